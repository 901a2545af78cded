"""Records of finished runs: a JSON file beside each picture, written whole or not at all."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.folders import sha256
from benchmarks.optimize.programs import SHORT, TIMED, TRACED, Program, Setting, Task
from benchmarks.pairs import Pair
from pinxit.files import atomic
from pinxit.metrics.distances import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A picture saved on the way: its file, when it was complete, and, once measured, its score."""

    file: str
    seconds: float
    """Since the process started."""
    score: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One finished run. ``None`` is what was not measured."""

    program: str
    version: str
    code: str
    """`benchmarks.optimize.programs.code_fingerprint` of the program."""
    kind: str
    pair: str
    content_sha256: str
    style_sha256: str
    size: int
    steps: int | None
    device: str
    machine: dict[str, str]
    seconds: float
    cpu_seconds: float
    peak_bytes: int | None
    seconds_a_step: float | None
    """Of the peer's short run: `benchmarks.optimize.programs.seconds_a_step`."""
    pace: str = "mean pace of its steps"
    """What ``seconds_a_step`` is; records that do not say it hold the mean."""
    picture_sha256: str
    points: tuple[Point, ...] = ()
    """In order of time, the finished picture last; empty unless traced."""
    save_seconds: float | None = None
    """What writing the finished picture once more takes: about what each one saved on the way cost."""
    score: Score | None = None

    def answers(self, task: Task) -> bool:
        """Return whether this is the record of ``task``, and its picture still the one that was painted."""
        expected = (task.program.name, task.kind, task.pair.name, task.setting.size, task.steps, task.setting.device)
        return (
            expected == (self.program, self.kind, self.pair, self.size, self.steps, self.device)
            and self.content_sha256 == sha256(task.pair.content)
            and self.style_sha256 == sha256(task.pair.style)
            and self.picture_sha256 == sha256(task.picture)
        )

    def extrapolated(self, steps: int) -> float | None:
        """Return the seconds that ``steps`` steps would take: this run, and the missing steps at the measured pace."""
        if self.seconds_a_step is None or self.steps is None:
            return None
        return self.seconds + (steps - self.steps) * self.seconds_a_step


def save(record: Record, path: Path) -> None:
    """Write ``record``. Raises `WriteFailed`."""
    atomic.save(json.dumps(dataclasses.asdict(record), indent=1).encode(), path)


def load(path: Path) -> Record | None:
    """Return the record at ``path``; None where there is none, or one of another shape than this version's."""
    try:
        return _record(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def of(task: Task) -> Record | None:
    """Return the record that a finished run of ``task`` left, or None."""
    record = load(task.record)
    return record if record and record.answers(task) else None


def possible(program: Program, pair: Pair, setting: Setting, folder: Path) -> list[Task]:
    """Return the task of every kind that may have been done; a short one had as many steps as its record says."""
    steps = setting.peer_steps if program.takes_steps else None
    tasks = [Task(program, pair, kind, setting, steps, folder) for kind in (TIMED, TRACED)]
    short = Task(program, pair, SHORT, setting, None, folder)
    record = load(short.record)
    return [*tasks, dataclasses.replace(short, steps=record.steps)] if record else tasks


def _record(values: dict[str, Any]) -> Record:
    points = [Point(**{**point, "score": _score(point["score"])}) for point in values["points"]]
    return Record(**{**values, "points": tuple(points), "score": _score(values["score"])})


def _score(values: dict[str, float] | None) -> Score | None:
    return Score(**values) if values else None
