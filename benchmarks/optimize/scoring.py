"""The distances of every painted picture, measured after all runs: the network must not be in memory during them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.optimize import records
from benchmarks.optimize.programs import PROGRAMS, SHORT, Setting, Task
from benchmarks.optimize.records import Record
from benchmarks.pairs import Pair
from pinxit import images
from pinxit.metrics.distances import Score, Scorer


class Scores(Protocol):
    """What measures a painted picture: `pinxit.metrics.distances.Scorer`."""

    def score(self, content: Path, style: Path, painted: Path, /) -> Score:
        """Return the score of the picture ``painted``."""


def _scorer(size: int) -> Scores:
    return Scorer(size=size)


def complete(
    pairs: Sequence[Pair],
    setting: Setting,
    folder: Path,
    say: Callable[[str], None],
    scorer: Callable[[int], Scores] = _scorer,
) -> None:
    """Measure what the records in ``folder`` do not hold yet, at the size painted, and write it into them.

    A short run's picture is unfinished, and is not measured. Raises what the scorer raises.
    """
    made: Scores | None = None
    tasks = [
        task for pair in pairs for program in PROGRAMS for task in records.possible(program, pair, setting, folder)
    ]
    for task in tasks:
        record = records.of(task)
        if record is None or task.kind == SHORT or _is_complete(record):
            continue
        made = made or scorer(setting.size)
        say(f"scoring {task.program.name} on {task.pair.name} ({task.kind}): {max(1, len(record.points))} pictures")
        records.save(_scored(record, task, made), task.record)


def _is_complete(record: Record) -> bool:
    return record.score is not None and all(point.score for point in record.points)


def _scored(record: Record, task: Task, scorer: Scores) -> Record:
    pair, folder = task.pair, task.picture.parent
    points = tuple(
        dataclasses.replace(point, score=point.score or scorer.score(pair.content, pair.style, folder / point.file))
        for point in record.points
    )
    last = points[-1].score if points else None  # the finished picture: it need not be measured twice
    return dataclasses.replace(
        record,
        points=points,
        score=record.score or last or scorer.score(pair.content, pair.style, task.picture),
        save_seconds=_save_seconds(task.picture) if points else None,
    )


def _save_seconds(picture: Path) -> float:
    image = images.read(picture)
    start = time.perf_counter()
    images.encode(image, "png")
    return time.perf_counter() - start
