"""Keeping the photo's colors, against the statistics that each way promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinxit import color
from pinxit.stylizer import Image

seeds = st.integers(0, 2**32 - 1)


def cloud(seed: int) -> Image:
    """Colors, (24, 20, 3), correlated, of full rank, well inside [0, 1]."""
    generator = np.random.default_rng(seed)
    rotation = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    mix = rotation * generator.uniform(0.04, 0.1, size=3)
    colors = 0.5 + np.clip(generator.normal(size=(24, 20, 3)), -2, 2) @ mix
    return np.asarray(np.clip(colors, 0.05, 0.95), np.float32)


def covariance(image: Image) -> np.ndarray:
    return np.cov(image.reshape(-1, 3).T.astype(np.float64), bias=True)


@given(seeds, seeds)
@settings(max_examples=30, deadline=None)
def test_coral_gives_the_targets_mean_and_covariance(one: int, other: int) -> None:
    image, target = cloud(one), cloud(other)
    found = color.coral(image, target)
    if found.min() > 0 and found.max() < 1:  # nothing was clipped
        assert np.allclose(found.mean((0, 1)), target.mean((0, 1)), atol=2e-3)
        assert np.allclose(covariance(found), covariance(target), atol=2e-3)


def test_coral_of_a_picture_onto_itself_changes_nothing() -> None:
    assert np.allclose(color.coral(cloud(1), cloud(1)), cloud(1), atol=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_and_gray_pictures_have_an_answer(level: float) -> None:
    flat = np.full((8, 8, 3), level, np.float32)
    for found in (color.coral(flat, cloud(1)), color.coral(cloud(1), flat), color.match_histogram(flat, cloud(1))):
        assert np.isfinite(found).all()
        assert found.min() >= 0
        assert found.max() <= 1
    assert np.allclose(color.coral(cloud(1), flat), level, atol=0.05)


@given(seeds, seeds)
@settings(max_examples=30, deadline=None)
def test_histogram_gives_the_targets_distribution(one: int, other: int) -> None:
    found, target = color.match_histogram(cloud(one), cloud(other)), cloud(other)
    for channel in range(3):
        ranks = np.linspace(0.02, 0.98, 9)
        assert np.allclose(np.quantile(found[..., channel], ranks), np.quantile(target[..., channel], ranks), atol=0.02)


def test_histogram_keeps_the_order_of_values() -> None:
    image = cloud(3)
    found = color.match_histogram(image, cloud(4))
    order = np.argsort(image[..., 0], axis=None, kind="stable")
    assert (np.diff(found[..., 0].ravel()[order]) >= -1e-6).all()


def test_luminance_by_hand() -> None:
    image = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]], np.float32)
    assert np.allclose(color.luminance(image), [[0.299, 0.587, 0.114, 1.0]])


def test_luminance_mode_paints_in_gray_and_puts_the_chroma_back() -> None:
    content, style = cloud(1), cloud(2)
    gray_content, gray_style = color.prepare("luminance", content, style)
    assert np.ptp(gray_content, axis=2).max() == 0
    assert np.ptp(gray_style, axis=2).max() == 0
    assert gray_style.mean() == pytest.approx(gray_content.mean(), abs=1e-3)
    painted = np.clip(gray_content + 0.05, 0, 1)
    finished = color.finish("luminance", painted, content)
    assert np.allclose(color.luminance(finished), color.luminance(painted), atol=1e-4)
    assert np.allclose(finished @ color.YIQ[1:].T, content @ color.YIQ[1:].T, atol=1e-4)


@pytest.mark.parametrize("mode", ["style", "coral", "histogram"])
def test_the_other_modes_leave_the_content_and_the_result_alone(mode: str) -> None:
    content, style = cloud(1), cloud(2)
    seen, changed = color.prepare(mode, content, style)
    assert seen is content
    assert (changed is style) == (mode == "style")
    assert color.finish(mode, style, content) is style
