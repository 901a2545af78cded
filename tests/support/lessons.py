"""Small lessons: a training of some steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from pinxit.config.training import TrainFast
from pinxit.training import checkpoint
from pinxit.training import trained_styles as fast
from pinxit.training.trained_styles import Progress
from support.networks import SMALL


def options(**changed: Any) -> TrainFast:
    small = {
        "begin": "scratch", "minutes": 0.0, "side": 32, "stored": 36, "painted": 48, "crops": 12, "warmup": 3,
        "precision": "float32", "save_minutes": 1e6,
    }  # fmt: skip
    return TrainFast(**{**small, **changed})


def course(styles: Any, source: Path, out: Path, **changed: Any) -> list[Progress]:
    return list(fast.train(styles, out, options(**changed), source=source, shape=SMALL))


def average_of(folder: Path) -> dict[str, Tensor]:
    return dict(checkpoint.load_average(folder)[2])
