"""The log of a training: loss curve, held-out scores and sheets, beside its checkpoint.

::

    curve.csv             step, seconds, and every loss: the means of the steps since the line before
    scores.csv            step, seconds, content and style distance of the held-out pictures; lower is better
    sheets/00012000.jpg   held-out photos, painted by the averaged network
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import numpy as np

from pinxit import images
from pinxit.files import atomic
from pinxit.training.checkpoint import rename
from pinxit.training.evaluator import Evaluation

Row = dict[str, str]
INTERVALS = 10
"""Intervals of a training that one line of the curve averages."""
OLD_COLUMNS = {"weave": "grid_artifact", "places": "position_bias", "quiet": "flat_region"}
"""Columns of ``curve.csv``: name in earlier versions -> name now."""


class TrainingLog:
    """The files of one training; lines after the step that a run starts from are dropped."""

    def __init__(self, folder: Path, step: int) -> None:
        self.folder = folder
        self.curve, self.scores = (_read(folder / name, step) for name in ("curve.csv", "scores.csv"))
        self._pending: list[Mapping[str, float]] = []

    def add(self, step: int, seconds: float, losses: Mapping[str, float]) -> None:
        """Record the losses of one interval."""
        self._pending.append(losses)
        if len(self._pending) >= INTERVALS:
            self._add_line(step, seconds)

    def _add_line(self, step: int, seconds: float) -> None:
        means = {name: fmean(losses[name] for losses in self._pending) for name in self._pending[0]}
        self.curve.append(_row(step, seconds, means))
        self._pending = []

    def save(self, step: int, seconds: float, evaluation: Evaluation) -> None:
        """Write all files, each completely or not at all.

        Raises `WriteFailed`, `DiskFull`.
        """
        if self._pending:
            self._add_line(step, seconds)
        self.scores = [row for row in self.scores if int(row["step"]) < step]
        self.scores.append(_row(step, seconds, evaluation.means))
        atomic.save(_csv(self.curve), self.folder / "curve.csv")
        atomic.save(_csv(self.scores), self.folder / "scores.csv")
        try:
            (self.folder / "sheets").mkdir(exist_ok=True)
        except OSError as error:
            raise atomic.failure(error, "sheets") from error
        picture = evaluation.sheet.permute(1, 2, 0).float().cpu().numpy()
        images.write(np.ascontiguousarray(picture), self.folder / "sheets" / f"{step:08d}.jpg")


def _row(step: int, seconds: float, values: Mapping[str, float]) -> Row:
    return {"step": str(step), "seconds": f"{seconds:.1f}", **{name: f"{value:.5f}" for name, value in values.items()}}


def _csv(rows: list[Row]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["step"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _read(path: Path, step: int) -> list[Row]:
    """Return the rows up to ``step``; none of an unreadable file, which is no reason to stop a training."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [rename(row, OLD_COLUMNS) for row in csv.DictReader(file) if int(row["step"]) <= step]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []
