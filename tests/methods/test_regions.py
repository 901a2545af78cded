"""The picture divided between styles: whatever masks and weights are given, each place is painted once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from pinxit.methods.optimize.plan import SHORTEST
from pinxit.methods.optimize.regions import Region, divide, exclusive, fitted, padded, scaled
from pinxit.styles.style import Reference, Style

SHAPE = (20, 30)
LEFT = np.zeros(SHAPE, np.float32)
LEFT[:, :15] = 1
RIGHT = 1 - LEFT
NONE = np.zeros(SHAPE, np.float32)


def flat(value: float, height: int = 16, width: int = 16) -> Any:
    return np.full((height, width, 3), value, np.float32)


def tensor(image: Any) -> Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1)[None].copy())


def regions(*references: Reference, shape: tuple[int, int] = SHAPE, size: tuple[int, int] = SHAPE) -> list[Region]:
    return divide(Style(references), shape, size, 1.0, tensor)


def weights(*references: Reference) -> list[float]:
    return [region.weight for region in regions(*references)]


def colors(region: Region) -> list[tuple[float, Any]]:
    """(gray value, share) of each of a region's styles."""
    return [(round(float(picture.mean()), 3), pytest.approx(share)) for picture, share in region.styles]


def test_one_style_paints_the_whole() -> None:
    (region,) = regions(Reference(flat(0.2)))
    assert region.mask is None
    assert region.weight == 1
    assert colors(region) == [(0.2, 1.0)]


def test_several_styles_share_the_whole_by_weight() -> None:
    (region,) = regions(Reference(flat(0.2), 3.0), Reference(flat(0.4), 1.0), Reference(flat(0.6), 0.0))
    assert colors(region) == [(0.2, 0.75), (0.4, 0.25)]
    assert region.weight == 1


def test_each_mask_is_a_region() -> None:
    left, right = regions(Reference(flat(0.2), mask=LEFT), Reference(flat(0.4), mask=RIGHT))
    assert colors(left) == [(0.2, 1.0)]
    assert colors(right) == [(0.4, 1.0)]
    assert left.mask is not None
    assert left.mask.shape == (1, 1, *SHAPE)
    assert np.array_equal(left.mask[0, 0].numpy(), LEFT)
    assert (left.weight, right.weight) == (0.5, 0.5)


def test_styles_without_a_mask_share_what_is_left() -> None:
    left, rest = regions(Reference(flat(0.2), mask=LEFT), Reference(flat(0.4)), Reference(flat(0.6), 3.0))
    assert rest.mask is not None
    assert np.array_equal(rest.mask[0, 0].numpy(), RIGHT)
    assert colors(rest) == [(0.4, 0.25), (0.6, 0.75)]
    # The rest's weight is its styles' mean, 2: twice that of the left. Together they are the whole, 1.
    assert [left.weight, rest.weight] == pytest.approx([1 / 3, 2 / 3])


def test_what_no_style_claims_stays_unpainted() -> None:
    (region,) = regions(Reference(flat(0.2), mask=LEFT))
    assert region.weight == pytest.approx(0.5)


def test_weights_are_relative_however_large() -> None:
    for unit in (1e-300, 1.0, 1e308):
        pair = weights(Reference(flat(0.2), unit, LEFT), Reference(flat(0.4), unit / 4, RIGHT))
        assert pair == [pytest.approx(0.8), pytest.approx(0.2)]
        (region,) = regions(Reference(flat(0.2), unit), Reference(flat(0.4), unit))
        assert colors(region) == [(0.2, 0.5), (0.4, 0.5)]


def test_black_masks_and_zero_weights_make_no_region() -> None:
    assert weights(Reference(flat(0.2), mask=NONE), Reference(flat(0.4), mask=RIGHT)) == [pytest.approx(0.5)]
    assert weights(Reference(flat(0.2), 0.0, LEFT), Reference(flat(0.4))) == [1.0]
    assert regions(Reference(flat(0.2), mask=NONE)) == []
    left = regions(Reference(flat(0.2), mask=1 - NONE), Reference(flat(0.4)))
    assert [colors(region) for region in left] == [[(0.2, 1.0)]], "nothing is left for the second"


def test_a_mask_follows_the_content_to_every_size() -> None:
    (region,) = regions(Reference(flat(0.2), mask=np.repeat(LEFT, 3, axis=0)), size=(40, 60))
    assert region.mask is not None
    assert region.mask.shape == (1, 1, 40, 60)
    assert region.mask[..., :28].min() > 0.95
    assert region.mask[..., 32:].max() < 0.05


def test_a_mask_of_a_padded_content_is_padded_too() -> None:
    mask = np.zeros((4, 40), np.float32)
    mask[:2] = 1
    (region,) = regions(Reference(flat(0.2), mask=mask), shape=(4, 40), size=(16, 40))
    assert region.mask is not None
    rows = region.mask[0, 0, :, 0].tolist()
    assert rows == [1, 1, 0, 0, 0, 0, 1, 1] * 2, "mirrored as the content is"


masks = st.lists(arrays(np.float32, (3, 4), elements=st.floats(0, 1, width=32)), min_size=1, max_size=4)


@given(masks)
def test_masks_never_exceed_the_place_and_are_left_alone_where_they_do_not(given: list[Any]) -> None:
    found = exclusive(given)
    whole, before = np.sum(found, axis=0), np.sum(given, axis=0)
    assert whole.max() <= 1 + 1e-6
    for mask, old in zip(found, given, strict=True):
        assert np.array_equal(mask[before <= 1], old[before <= 1])
        assert (mask <= old).all()
        assert mask.dtype == np.float32
    np.testing.assert_allclose(whole[before > 1], 1, rtol=1e-5)


@given(masks, st.lists(st.floats(0.1, 10), min_size=4, max_size=4))
def test_the_regions_weights_sum_to_what_they_cover(given: list[Any], loads: list[float]) -> None:
    references = [Reference(flat(0.5), load, mask) for mask, load in zip(given, loads, strict=False)]
    covered = float(np.sum(exclusive(given), axis=0).mean())
    found = divide(Style(tuple(references)), (3, 4), (SHORTEST, SHORTEST), 1.0, tensor)
    assert sum(region.weight for region in found) == pytest.approx(covered, abs=0.15)  # resized on the way
    whole = divide(Style((*references, Reference(flat(0.1)))), (3, 4), (SHORTEST, SHORTEST), 1.0, tensor)
    assert sum(region.weight for region in whole) == pytest.approx(1, abs=1e-4)


@given(st.integers(1, 40), st.integers(1, 40))
def test_padding_mirrors_and_never_cuts(height: int, width: int) -> None:
    image = np.random.default_rng(0).random((height, width, 3), np.float32)
    found = padded(image)
    assert found.shape == (max(SHORTEST, height), max(SHORTEST, width), 3)
    assert np.array_equal(found[:height, :width], image)
    assert padded(image[..., 0]).shape == found.shape[:2]
    if height < SHORTEST:
        assert np.array_equal(found[height, :width], image[height - 1])


def test_fitted_goes_the_contents_way() -> None:
    image = np.random.default_rng(0).random((50, 50, 3), np.float32)
    assert fitted(image, (100, 60), (50, 30)).shape == (50, 30, 3)
    assert fitted(image, (5, 60), (16, 60)).shape == (16, 60, 3)


@pytest.mark.parametrize(
    ("shape", "long_side", "expected"),
    [((100, 50), 200, (200, 100)), ((100, 50), 40.4, (40, 20)), ((400, 4), 100, (100, 16)), ((1, 1), 0.5, (16, 16))],
)
def test_a_style_picture_is_scaled_both_ways(
    shape: tuple[int, int], long_side: float, expected: tuple[int, int]
) -> None:
    assert scaled(flat(0.3, *shape), long_side).shape == (*expected, 3)
