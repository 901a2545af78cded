"""Trainings of a few steps."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from torch import Tensor

from pinxit.config.spec import Value
from pinxit.config.training import TrainFast
from pinxit.nn import vgg_weights
from pinxit.training import checkpoint, start, trained_styles
from pinxit.training.style_images import Sources
from pinxit.training.trained_styles import TrainingNotes
from pinxit.training.trainer import Progress
from support.networks import SMALL, tiny_vgg


def make_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a tiny loss network, and few crops to make a network of any style from."""
    monkeypatch.setattr(vgg_weights, "load", tiny_vgg)
    for name, count in {"FITTED": 32, "MEASURED": 64, "PRUNED": 32}.items():
        monkeypatch.setattr(start, name, count)


def options(**changed: Value) -> TrainFast:
    """Return options of a tiny training, from random weights."""
    small: dict[str, Value] = {
        "begin": "scratch", "minutes": 0.0, "crop_size": 32, "image_size": 36, "style_size": 48, "crops": 12,
        "warmup": 3, "precision": "float32", "save_minutes": 1e6,
    }  # fmt: skip
    return TrainFast(**{**small, **changed})  # type: ignore[arg-type]


def run_training(styles: Sources, photos: Path, out: Path, **changed: Value) -> list[Progress]:
    """Train a small network on ``styles``; return every progress."""
    return list(trained_styles.train(styles, out, options(**changed), photos=photos, shape=SMALL))


def notes_of(folder: Path) -> TrainingNotes:
    """Return the notes in the checkpoint of a training's folder."""
    return cast(TrainingNotes, checkpoint.read_record(folder)["notes"])


def ema_of(folder: Path) -> dict[str, Tensor]:
    """Return the averaged weights of a training's folder."""
    return dict(checkpoint.load_ema(folder)[2])
