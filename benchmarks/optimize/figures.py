"""The numbers of a comparison, computed from the records; a missing one is None."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.optimize import records
from benchmarks.optimize.programs import PROGRAMS, SHORT, TIMED, TRACED, Program, Setting
from benchmarks.optimize.records import Point, Record
from benchmarks.pairs import Pair
from pinxit.metrics.distances import Score

THRESHOLDS = (0.5, 0.4, 0.3, 0.25, 0.2, 0.15)
"""Style distances; for each the report says when a program's picture reached it."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number, measured or extrapolated from a short run; of one pair, or a mean over ``present`` of ``of`` pairs."""

    number: float
    extrapolated: bool = False
    present: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Reached:
    """The first picture at or below a style distance: when it was there, and its content distance."""

    seconds: Value
    content: Value


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one program on one pair that are there, by kind."""

    program: Program
    pair: Pair
    setting: Setting
    by_kind: dict[str, Record]

    @property
    def whole(self) -> Record | None:
        """The run that went to its end: the timed one if there is one, else the traced one."""
        return self.by_kind.get(TIMED) or self.by_kind.get(TRACED)

    def seconds(self) -> Value | None:
        """Return the wall time of the whole process; without a whole run, extrapolated from a short one."""
        if self.whole:
            return Value(self.whole.seconds)
        short = self.by_kind.get(SHORT)
        seconds = short.extrapolated(self.setting.peer_steps) if short else None
        return None if seconds is None else Value(seconds, extrapolated=True)

    def measured(self, what: Callable[[Record], float | None]) -> Value | None:
        """Return a number of the whole run."""
        number = what(self.whole) if self.whole else None
        return None if number is None else Value(number)

    def scored(self, what: Callable[[Score], float]) -> Value | None:
        """Return a number of the finished picture's score."""
        return self.measured(lambda record: what(record.score) if record.score else None)

    def reached(self, style: float) -> Reached | None:
        """Return when the picture first was at or below a style distance; None if it never was, or was not traced."""
        traced = self.by_kind.get(TRACED)
        points: Sequence[Point] = traced.points if traced else ()
        for point in points:
            if point.score and point.score.style <= style:
                return Reached(Value(point.seconds), Value(point.score.content))
        return None


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the report."""

    name: str
    of: Callable[[Runs], Value | None]
    unit: str = ""


WALL = Measure("wall time", Runs.seconds, "s")
CPU = Measure("CPU time", lambda runs: runs.measured(lambda record: record.cpu_seconds), "s")
MEMORY = Measure("peak memory", lambda runs: runs.measured(lambda record: record.peak_bytes), "GB")
STYLE = Measure("style distance", lambda runs: runs.scored(lambda score: score.style))
CONTENT = Measure("content distance", lambda runs: runs.scored(lambda score: score.content))
SSIM = Measure("SSIM", lambda runs: runs.scored(lambda score: score.ssim))
COST, QUALITY = (WALL, CPU, MEMORY), (STYLE, CONTENT, SSIM)


@dataclass(frozen=True, slots=True)
class Row:
    """One pair: pinxit's runs and the peer's."""

    ours: Runs
    peers: Runs

    @property
    def name(self) -> str:
        """The pair's."""
        return self.ours.pair.name


@dataclass(frozen=True, slots=True)
class Sides:
    """A measure of pinxit and of the peer, on one pair or as means over ``pairs`` of them that both have."""

    ours: Value | None
    peers: Value | None
    pairs: int = 1
    """0 for means that are each over a program's own pairs, and so cannot be compared."""

    @property
    def ratio(self) -> Value | None:
        """pinxit's by the peer's: below 1, pinxit's is the smaller."""
        if self.ours is None or self.peers is None or self.pairs == 0 or self.peers.number == 0:
            return None
        extrapolated = self.ours.extrapolated or self.peers.extrapolated
        return Value(self.ours.number / self.peers.number, extrapolated)


def gather(pairs: Sequence[Pair], setting: Setting, folder: Path) -> list[Row]:
    """Return a row for each pair with every record in ``folder`` that was made under ``setting``."""
    return [Row(*(_runs(program, pair, setting, folder) for program in PROGRAMS)) for pair in pairs]


def _runs(program: Program, pair: Pair, setting: Setting, folder: Path) -> Runs:
    tasks = records.possible(program, pair, setting, folder)
    return Runs(program, pair, setting, {task.kind: record for task in tasks if (record := records.of(task))})


def sides(row: Row, measure: Measure) -> Sides:
    """Return both programs' values of ``measure`` on one pair."""
    return Sides(measure.of(row.ours), measure.of(row.peers))


def mean(values: Iterable[Sides]) -> Sides:
    """Return the mean of each program over the pairs where both have a value.

    Where no pair has both, each program's mean is over its own pairs.
    """
    every = list(values)
    both = [pair for pair in every if pair.ours and pair.peers]
    taken = both or every
    ours, peers = [pair.ours for pair in taken], [pair.peers for pair in taken]
    return Sides(_mean(ours, len(every)), _mean(peers, len(every)), len(both))


def _mean(values: Iterable[Value | None], of: int) -> Value | None:
    present = [value for value in values if value]
    if not present:
        return None
    extrapolated = any(value.extrapolated for value in present)
    return Value(statistics.fmean(value.number for value in present), extrapolated, len(present), of)


@dataclass(frozen=True, slots=True)
class Crossing:
    """When both programs reached a style distance, and the content distance there, as means."""

    style: float
    seconds: Sides
    content: Sides
    ours: int
    """How many pairs pinxit reached it on."""
    peers: int


def crossings(rows: Sequence[Row]) -> list[Crossing]:
    """Return the mean curve at every one of `THRESHOLDS`."""
    pairs = {style: [(row.ours.reached(style), row.peers.reached(style)) for row in rows] for style in THRESHOLDS}
    return [_crossing(style, reached) for style, reached in pairs.items()]


def _crossing(style: float, reached: Sequence[tuple[Reached | None, Reached | None]]) -> Crossing:
    def means(what: Callable[[Reached], Value]) -> Sides:
        return mean(Sides(what(ours) if ours else None, what(peers) if peers else None) for ours, peers in reached)

    return Crossing(
        style,
        seconds=means(lambda reached: reached.seconds),
        content=means(lambda reached: reached.content),
        ours=sum(1 for ours, _ in reached if ours),
        peers=sum(1 for _, peers in reached if peers),
    )


def all_records(rows: Sequence[Row]) -> list[Record]:
    """Return every record behind ``rows``."""
    return [record for row in rows for runs in (row.ours, row.peers) for record in runs.by_kind.values()]


def is_traced(rows: Sequence[Row]) -> bool:
    """Return whether there is a curve at all."""
    return any(record.kind == TRACED for record in all_records(rows))
