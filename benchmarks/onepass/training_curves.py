"""Held-out distances over the minutes of a training, from a warm start and from a cold one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pinxit
from benchmarks.markdown import MISSING, table
from pinxit.config.spec import Value

STARTS = {"warm": "shipped", "cold": "scratch"}
"""Name of a start -> `pinxit.config.training.TrainFast.begin`."""
MARKS = (0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Minutes at which the table has rows."""


@dataclass(frozen=True, slots=True)
class Point:
    """Held-out distances at one moment of a training."""

    minutes: float
    content: float
    style: float


def run(
    work: Path, photos: Path | None, minutes: float, out: Path, say: Callable[[str], None], **options: Value
) -> dict[str, list[Point]]:
    """Train one work for so many minutes from every start, continuing trainings that exist; return their scores."""
    curves = {}
    for name, begin in STARTS.items():
        target = out / f"start-{name}.pinxit"
        target.parent.mkdir(parents=True, exist_ok=True)
        settings: dict[str, Value] = {
            "begin": begin,
            "minutes": minutes,
            "save_minutes": min(1.0, minutes / 20),
            **options,
        }
        result = pinxit.train(work, target, photos=photos, **settings)  # type: ignore[arg-type]  # options alone
        say(f"{name}: {result.seconds / 60:.1f} minutes, style {result.style:.3f}, content {result.content:.3f}")
        curves[name] = points(out / f"start-{name}-training" / "scores.csv")
    return curves


def points(path: Path) -> list[Point]:
    """Return the scores that a training wrote, in order of time."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Point(float(row["seconds"]) / 60, float(row["content"]), float(row["style"])) for row in rows]


def table_of(curves: Mapping[str, Sequence[Point]]) -> str:
    """Return a table of style and content distance at `MARKS`: for each start, those of the last score until then."""
    last = max(curve[-1].minutes for curve in curves.values())
    marks = [mark for mark in MARKS if mark < last] + [last]
    rows = [[f"{mark:.3g}", *(_at(curve, mark) for curve in curves.values())] for mark in marks]
    return table(["minutes", *(f"{name}: style; content" for name in curves)], rows)


def _at(curve: Sequence[Point], minutes: float) -> str:
    until = [point for point in curve if point.minutes <= minutes]
    return f"{until[-1].style:.3f}; {until[-1].content:.3f}" if until else MISSING
