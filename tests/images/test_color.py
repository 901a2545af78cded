"""Color keeping: each way against the statistic that it promises to match."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.images.color import YIQ, coral, finish, luminance, match_histogram, match_moments, recolor, toned

MODES = ["style", "luminance", "coral", "histogram"]


def picture(seed: int, height: int = 20, width: int = 30) -> Any:
    """Colors that hang together, well inside [0, 1], with deviations of 0.03 to 0.09 along three axes."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(3, 3)))[0] * [[0.03], [0.05], [0.09]]
    mixed = rng.uniform(-1.7, 1.7, (height, width, 3)) @ axes
    return (0.4 + 0.2 * rng.random(3) + mixed).astype(np.float32)


def flat(value: float, height: int = 8, width: int = 8) -> Any:
    return np.full((height, width, 3), value, np.float32)


def covariance(image: Any) -> Any:
    return np.cov(image.reshape(-1, 3).T.astype(np.float64), bias=True)


PHOTO, STYLE = picture(1), picture(2, 25, 17)


def test_luminance_by_hand() -> None:
    image = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]], np.float32)
    np.testing.assert_allclose(luminance(image), [[0.299, 0.587, 0.114, 1]], rtol=1e-6)
    assert luminance(image).dtype == np.float32


def test_yiq_has_no_chroma_in_gray() -> None:
    np.testing.assert_allclose(YIQ @ [0.7, 0.7, 0.7], [0.7, 0, 0], atol=1e-12)


@given(st.integers(0, 99), st.integers(0, 99))
def test_coral_gives_mean_and_covariance(first: int, second: int) -> None:
    image, target = picture(first), picture(second)
    result = coral(image, target)
    np.testing.assert_allclose(result.mean(axis=(0, 1)), target.mean(axis=(0, 1)), atol=1e-3)
    # Exact for the covariances with `REGULAR` on their diagonals, where nothing is clipped.
    np.testing.assert_allclose(covariance(result), covariance(target), atol=1e-4)


def test_coral_by_hand() -> None:
    """Gray levels 0.4 and 0.6 on one axis, to 0.1 and 0.9: the middle kept, the distance fourfold."""
    image = np.repeat(np.array([[[0.4], [0.6]]], np.float32), 3, axis=2)
    target = np.repeat(np.array([[[0.1], [0.9]]], np.float32), 3, axis=2)
    np.testing.assert_allclose(coral(image, target)[..., 0], [[0.1, 0.9]], atol=1e-3)


def test_coral_of_itself_changes_nothing() -> None:
    np.testing.assert_allclose(coral(PHOTO, PHOTO), PHOTO, atol=1e-5)


def test_histogram_gives_the_targets_values() -> None:
    image, target = picture(1), picture(2)
    result = match_histogram(image, target)
    for channel in range(3):
        expected = np.sort(target[..., channel], axis=None)
        np.testing.assert_allclose(np.sort(result[..., channel], axis=None), expected, atol=1e-6)
        order = np.argsort(image[..., channel], axis=None)
        assert (np.diff(result[..., channel].ravel()[order]) >= 0).all(), "brighter stays brighter"


def test_histogram_of_another_size_has_the_same_quantiles() -> None:
    result = match_histogram(PHOTO, STYLE)
    for share in (0.1, 0.5, 0.9):
        expected = np.quantile(STYLE, share, axis=(0, 1))
        np.testing.assert_allclose(np.quantile(result, share, axis=(0, 1)), expected, atol=0.01)


def test_histogram_gives_equal_values_one_value() -> None:
    image = np.zeros((1, 4, 3), np.float32)
    image[0, 3] = 1
    target = np.repeat(np.array([[[0.1], [0.2], [0.3], [0.8]]], np.float32), 3, axis=2)
    # Three equal ones share the ranks 0 ... 3/4, whose middle lies at the second value.
    np.testing.assert_allclose(match_histogram(image, target)[0, :, 0], [0.2, 0.2, 0.2, 0.8], atol=1e-6)


def test_moments() -> None:
    result = match_moments(luminance(PHOTO), luminance(STYLE))
    assert result.mean() == pytest.approx(luminance(STYLE).mean(), abs=1e-5)
    assert result.std() == pytest.approx(luminance(STYLE).std(), rel=0.01)


def test_luminance_keeps_the_photos_chroma() -> None:
    painted = np.clip(PHOTO[::-1] + 0.02, 0, 1)
    result = finish("luminance", painted, PHOTO)
    np.testing.assert_allclose(luminance(result), luminance(painted), atol=1e-5)
    np.testing.assert_allclose((result @ YIQ.T)[..., 1:], (PHOTO @ YIQ.T)[..., 1:], atol=1e-5)


def test_luminance_paints_in_gray_at_the_photos_brightness() -> None:
    content, style = toned("luminance", PHOTO), recolor("luminance", STYLE, PHOTO)
    for gray, shape in ((content, PHOTO.shape), (style, STYLE.shape)):
        assert gray.shape == shape
        assert (gray == gray[..., :1]).all()
    np.testing.assert_allclose(content[..., 0], luminance(PHOTO))
    assert style.mean() == pytest.approx(content.mean(), abs=1e-4)


def test_coral_and_histogram_change_the_style_and_not_the_photo() -> None:
    for mode, way in (("coral", coral), ("histogram", match_histogram)):
        content, style = toned(mode, PHOTO), recolor(mode, STYLE, PHOTO)
        assert content is PHOTO
        assert np.array_equal(style, way(STYLE, PHOTO))


def test_the_styles_colors_are_left_alone() -> None:
    content, style = toned("style", PHOTO), recolor("style", STYLE, PHOTO)
    assert content is PHOTO
    assert style is STYLE


@pytest.mark.parametrize("mode", ["style", "coral", "histogram"])
def test_only_luminance_has_something_to_finish(mode: str) -> None:
    assert finish(mode, STYLE, PHOTO) is STYLE


ODD = {
    "flat": flat(0.5),
    "black": flat(0),
    "white": flat(1),
    "one pixel": flat(0.3, 1, 1),
    "line": np.random.default_rng(0).random((1, 9, 3), np.float32),
    "gray": np.repeat(np.random.default_rng(1).random((6, 6, 1), np.float32), 3, axis=2),
    "two colors": np.eye(3, dtype=np.float32)[np.random.default_rng(2).integers(0, 2, (5, 5))],
    "noise": np.random.default_rng(3).random((7, 5, 3), np.float32),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("photo", ODD)
@pytest.mark.parametrize("style", ODD)
def test_odd_pictures_stay_pictures(mode: str, photo: str, style: str) -> None:
    content, reference = toned(mode, ODD[photo]), recolor(mode, ODD[style], ODD[photo])
    assert (content.shape, reference.shape) == (ODD[photo].shape, ODD[style].shape)
    for image in (content, reference, finish(mode, content, ODD[photo])):
        assert image.dtype == np.float32
        assert np.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1


@pytest.mark.parametrize("way", [coral, match_histogram])
def test_a_flat_target_makes_a_flat_picture(way: Any) -> None:
    np.testing.assert_allclose(way(PHOTO, flat(0.25)), 0.25, atol=0.02)


def test_noise_in_a_gray_picture_is_not_blown_up_to_full_color() -> None:
    rng = np.random.default_rng(0)
    gray = np.repeat(rng.random((40, 40, 1), np.float32), 3, axis=2)
    speckled = np.clip(gray + rng.normal(0, 0.001, gray.shape), 0, 1).astype(np.float32)
    result = coral(speckled, rng.random((40, 40, 3), np.float32))
    chroma = (result @ YIQ.T)[..., 1:]
    assert chroma.std() < 0.1
