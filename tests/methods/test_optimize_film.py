"""Descent for films (Ruder et al. 2016): each frame starts from the one before, moved, and stays near to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from methods.test_optimize import STAYING
from pinxit.config.options import Look, Optimize
from pinxit.images import Image
from pinxit.methods.base import Guide
from pinxit.methods.optimize.losses import Temporal
from pinxit.methods.optimize.stylizer import OptimizeStylizer
from pinxit.styles.style import load_styles
from support.networks import tiny_vgg


def picture(seed: int, height: int = 32, width: int = 40) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def painter(**options: Any) -> OptimizeStylizer:
    return OptimizeStylizer(
        load_styles(picture(1)), Look(), Optimize(**{"losses": "relative", "steps": 4, "threads": 1, **options})
    )


def guide(weight: float, trust: float | Image = 1.0, height: int = 32, width: int = 40) -> Guide:
    return Guide(picture(2, height, width), np.full((height, width), trust, np.float32), weight)


def test_the_temporal_loss_is_the_papers() -> None:
    x, moved = torch.rand(1, 3, 2, 2), torch.rand(1, 3, 2, 2)
    trust = torch.tensor([[[[1.0, 0.0], [0.5, 1.0]]]])
    expected = sum(
        float(trust[0, 0, i, j] * (x[0, c, i, j] - moved[0, c, i, j]) ** 2)
        for c in range(3)
        for i in range(2)
        for j in range(2)
    )
    assert float(Temporal(moved, trust)(x)) == pytest.approx(expected / 12, rel=1e-5)


def test_it_starts_from_the_frame_before_at_the_full_size_only() -> None:
    last = guide(1.0)
    steps = list(painter(levels=2).steps(picture(0), last))
    assert {step.size for step in steps} == {(32, 40)}
    assert len(steps) == 4
    first = next(painter(levels=2, learning_rate=STAYING).steps(picture(0), last))
    assert np.abs(first.preview() - last.picture).max() < 1e-5
    assert "temporal" in first.losses
    assert first.losses["temporal"] == pytest.approx(0, abs=1e-9)


def test_where_it_is_not_trusted_it_starts_as_a_picture_does() -> None:
    alone = next(painter(levels=1, learning_rate=STAYING).steps(picture(0))).preview()
    half = np.zeros((32, 40), np.float32)
    half[:, 20:] = 1
    first = next(painter(learning_rate=STAYING).steps(picture(0), Guide(picture(2), half, 1.0))).preview()
    np.testing.assert_allclose(first[:, :20], alone[:, :20], atol=1e-5)
    np.testing.assert_allclose(first[:, 20:], picture(2)[:, 20:], atol=1e-5)


def test_the_weight_keeps_it_near() -> None:
    free, near = (
        float(np.abs(painter(steps=12).paint_frame(picture(0), guide(weight))[0] - picture(2)).mean())
        for weight in (0.0, 1000.0)
    )
    assert near < 0.3 * free


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (33, 47)])
def test_any_size_follows(size: tuple[int, int]) -> None:
    found = painter(steps=2).paint_frame(picture(0, *size), guide(30.0, 1.0, *size))[0]
    assert found.shape == (*size, 3)
    assert np.isfinite(found).all()
