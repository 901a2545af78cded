"""How a training comes along: held-out distances by minutes, from a warm start and from a cold one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pinxit
from benchmarks.markdown import MISSING, table

BEGINNINGS = {"warm": "shipped", "cold": "scratch"}
"""Word for a start -> `pinxit.config.training.TrainFast.begin`."""
MARKS = (0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Minutes that the table has lines for."""


@dataclass(frozen=True, slots=True)
class Point:
    """Held-out distances at one moment of a training."""

    minutes: float
    content: float
    style: float


def run(
    work: Path, photos: Path | None, minutes: float, out: Path, say: Callable[[str], None], **options: Any
) -> dict[str, list[Point]]:
    """Teach one work for so many minutes from every beginning; a training that was begun goes on.

    The minutes are spent in full: the plan's own early end is for those who wait.
    """
    found = {}
    for word, begin in BEGINNINGS.items():
        target = out / f"course-{word}.pinxit"
        target.parent.mkdir(parents=True, exist_ok=True)
        how = {"begin": begin, "minutes": minutes, "save_minutes": min(1.0, minutes / 20), **options}
        result = pinxit.train(work, target, photos=photos, **how)
        say(f"{word}: {result.seconds / 60:.1f} minutes, style {result.style:.3f}, content {result.content:.3f}")
        found[word] = points(out / f"course-{word}-training" / "scores.csv")
    return found


def points(path: Path) -> list[Point]:
    """Return the scores that a training wrote, in order of time."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Point(float(row["seconds"]) / 60, float(row["content"]), float(row["style"])) for row in rows]


def table_of(curves: dict[str, Sequence[Point]] | dict[str, list[Point]]) -> str:
    """Return style and content distance of each course at `MARKS`: those of the last score until then."""
    last = max(curve[-1].minutes for curve in curves.values())
    marks = [mark for mark in MARKS if mark < last] + [last]
    rows = [[f"{mark:.3g}", *(_at(curve, mark) for curve in curves.values())] for mark in marks]
    return table(["minutes", *(f"{word}: style; content" for word in curves)], rows)


def _at(curve: Sequence[Point], minutes: float) -> str:
    until = [point for point in curve if point.minutes <= minutes]
    return f"{until[-1].style:.3f}; {until[-1].content:.3f}" if until else MISSING
