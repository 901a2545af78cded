"""Sizes and transparency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pinxit import images
from pinxit.images import Image
from support import pictures

sides = st.integers(1, 20_000)
FLOAT = pictures.scene_float(32, 48)


@given(height=sides, width=sides, long_side=sides)
def test_fit_keeps_bounds_and_proportions(height: int, width: int, long_side: int) -> None:
    shape = images.fit((height, width), long_side)
    assert max(shape) == min(max(height, width), long_side)
    assert min(shape) >= 1
    scale = max(shape) / max(height, width)
    for side, before in zip(shape, (height, width), strict=True):
        assert side <= before
        assert abs(side - before * scale) <= max(0.5, 1 - before * scale) + 1e-9


@given(height=sides, width=sides, long_side=sides)
def test_fit_twice_is_fit_once(height: int, width: int, long_side: int) -> None:
    once = images.fit((height, width), long_side)
    assert images.fit(once, long_side) == once


@settings(max_examples=50, deadline=None)
@given(
    image=arrays.arrays(
        np.float32,
        st.one_of(arrays.array_shapes(min_dims=2, max_dims=2, max_side=12), st.just((5, 7, 3)), st.just((6, 2, 4))),
        elements=st.floats(0, 1, width=32),
    ),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
)
def test_resize_gives_the_size_asked_for_within_range(image: Image, height: int, width: int) -> None:
    result = images.resize(image, (height, width))
    assert result.shape == (height, width, *image.shape[2:])
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1


def test_resize_to_the_same_size_is_the_identity() -> None:
    assert images.resize(FLOAT, (32, 48)) is FLOAT


@pytest.mark.parametrize("size", [(8, 12), (17, 5), (64, 96), (1, 1)])
def test_resize_keeps_a_flat_color(size: tuple[int, int]) -> None:
    flat = np.full((32, 48, 3), 0.3, np.float32)
    np.testing.assert_allclose(images.resize(flat, size), 0.3, atol=1e-6)


def test_resize_is_antialiased() -> None:
    checkers = (np.indices((64, 64)).sum(axis=0) % 2).astype(np.float32)
    np.testing.assert_allclose(images.resize(checkers, (8, 8)), 0.5, atol=0.02)


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    shares=st.tuples(*[st.floats(0, 0.45)] * 4),
)
def test_cut_leaves_the_middle_and_never_nothing(
    height: int, width: int, shares: tuple[float, float, float, float]
) -> None:
    top, right, bottom, left = shares
    image = np.arange(height * width * 3, dtype=np.float32).reshape(height, width, 3)
    result = images.cut(image, shares)
    row, column = int(top * height), int(left * width)
    assert result.shape == (height - row - int(bottom * height), width - column - int(right * width), 3)
    assert result.size
    assert result[0, 0, 0] == image[row, column, 0]


def test_resize_there_and_back_is_close() -> None:
    back = images.resize(images.resize(FLOAT, (64, 96)), (32, 48))
    assert np.abs(back - FLOAT).max() < 0.02


def test_resize_keeps_more_than_8_bits() -> None:
    faint = np.linspace(0, 1 / 255, 64, dtype=np.float32).reshape(1, 64).repeat(4, axis=0)
    assert len(np.unique(images.resize(faint, (4, 32)))) == 32


def test_opaque_pictures_pass_unchanged() -> None:
    colors, alpha = images.split_alpha(FLOAT)
    assert colors is FLOAT
    assert alpha is None
    opaque = np.dstack([FLOAT, np.ones((32, 48), np.float32)])
    colors, alpha = images.split_alpha(opaque)
    np.testing.assert_array_equal(colors, FLOAT)
    np.testing.assert_array_equal(images.join_alpha(colors, alpha), opaque)
    assert images.join_alpha(FLOAT, None) is FLOAT


@settings(max_examples=50, deadline=None)
@given(
    image=arrays.arrays(
        np.float32, st.tuples(st.integers(1, 17), st.integers(1, 17), st.just(4)), elements=st.floats(0, 1, width=32)
    )
)
def test_split_keeps_visible_colors_and_all_of_alpha(image: Image) -> None:
    colors, alpha = images.split_alpha(image)
    assert alpha is not None
    np.testing.assert_array_equal(alpha, image[..., 3])
    visible = alpha >= 0.0625
    np.testing.assert_allclose(colors[visible], image[visible][:, :3], atol=1e-6)
    assert colors.shape == (*alpha.shape, 3)
    assert colors.min() >= 0  # false for NaN
    assert colors.max() <= 1


@pytest.mark.parametrize("hidden", [(0, 0, 0), (1, 1, 1), (0, 1, 0)])
@pytest.mark.parametrize("shape", [(64, 64), (37, 53), (1, 40)])
def test_hidden_colors_leave_no_trace(hidden: tuple[int, int, int], shape: tuple[int, int]) -> None:
    image = np.empty((*shape, 4), np.float32)
    image[:] = (*hidden, 0)
    image[: shape[0] // 2 + 1, : shape[1] // 2] = (0.8, 0.4, 0.2, 1)
    colors, _ = images.split_alpha(image)
    np.testing.assert_allclose(colors, np.broadcast_to(np.array([0.8, 0.4, 0.2]), colors.shape), atol=1e-5)


def test_a_hole_is_filled_smoothly_from_its_rim() -> None:
    image = np.dstack([pictures.scene_float(64, 64), np.ones((64, 64), np.float32)])
    image[16:48, 16:48] = (0, 0, 1, 0)
    colors, _ = images.split_alpha(image)
    jumps = max(np.abs(np.diff(colors, axis=axis)).max() for axis in (0, 1))
    assert jumps < 0.15  # the hidden blue would jump by 0.84
    assert colors[32, 17, 0] < colors[32, 46, 0]  # dark side, bright side
    assert colors[17, 32, 1] < colors[46, 32, 1]


def test_nothing_visible_is_mid_gray() -> None:
    clear = np.zeros((5, 4, 4), np.float32)
    colors, alpha = images.split_alpha(clear)
    assert (colors == 0.5).all()
    assert alpha is not None
    assert alpha.max() == 0
