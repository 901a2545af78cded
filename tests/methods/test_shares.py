"""Which style paints where, in one pass: shares of masks and weights, whole or in parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.methods.onepass.regions import Regions, shares
from pinxit.styles.style import Reference, Style
from support.fakes import gradient

BLUE, OTHER = Reference(gradient(4, 5)), Reference(gradient(3, 3))

WEIGHT = st.floats(0, 10, width=32)


@given(st.lists(st.tuples(WEIGHT, st.booleans()), min_size=1, max_size=4), st.integers(0, 2**31))
def test_shares_are_never_negative_and_sum_to_one(styles: list[tuple[float, bool]], seed: int) -> None:
    random = np.random.default_rng(seed)
    references = [
        Reference(BLUE.image, weight, random.random((6, 5), np.float32) * random.integers(2) if masked else None)
        for weight, masked in styles
    ]
    result = shares(Style(tuple(references)), (6, 5))
    assert result.shape[0] == len(styles) + 1
    assert result.min() >= 0
    np.testing.assert_allclose(result.sum(0), 1, atol=1e-5)


def test_what_no_mask_claims_stays_the_content() -> None:
    mask = np.zeros((4, 4), np.float32)
    mask[0] = 1
    result = shares(Style((Reference(BLUE.image, mask=mask),)), (4, 4))
    np.testing.assert_array_equal(result[0], mask)
    np.testing.assert_array_equal(result[1], 1 - mask)


def masked(height: int, width: int) -> Style:
    random = np.random.default_rng(0)
    return Style((Reference(BLUE.image, mask=random.random((height, width), np.float32)), OTHER))


def test_without_masks_the_shares_are_the_weights_everywhere() -> None:
    regions = Regions(Style((Reference(BLUE.image, 3.0), OTHER)), (64, 80))
    first, second = regions.at(np.arange(16), np.arange(8), 2)
    np.testing.assert_allclose(first[0, :, 0, 0], [0.75, 0.25])
    assert first.shape == second.shape == (1, 2, 1, 1)
    assert not regions.bare


def test_a_part_has_the_shares_of_its_place() -> None:
    style = masked(40, 48)
    whole = shares(style, (40, 48))
    rows, columns = np.array([0, 0, 7, 39]), np.arange(8, 40)
    (result,) = Regions(style, (40, 48)).at(rows, columns, 1)
    part = whole[:2][:, rows][:, :, columns]
    np.testing.assert_allclose(result[0], part.reshape(2, 2, 2, 16, 2).mean((2, 4)), atol=1e-6)


def test_coarser_levels_have_the_means_of_finer_ones() -> None:
    fine, coarse = Regions(masked(16, 16), (16, 16)).at(np.arange(16), np.arange(16), 2)
    np.testing.assert_allclose(coarse, fine.reshape(1, 2, 4, 2, 4, 2).mean((3, 5)), atol=1e-6)


@pytest.mark.parametrize("column", [0, 1000, 4999])
def test_masks_of_large_pictures_are_kept_small_and_interpolated(column: int) -> None:
    ramp = np.linspace(0, 1, 5000, dtype=np.float32)[None].repeat(8, 0)
    (result,) = Regions(Style((Reference(BLUE.image, mask=ramp), OTHER)), (8, 5000)).at(
        np.arange(8), np.array([column, column]), 1
    )
    assert result[0, 0, 0, 0] == pytest.approx(ramp[0, column], abs=1e-3)


def test_where_nothing_paints_the_content_shows_and_the_styles_share_as_beside_it() -> None:
    half = np.zeros((8, 8), np.float32)
    half[:, :4] = 1
    regions = Regions(Style((Reference(BLUE.image, mask=half), Reference(OTHER.image, 3.0, half))), (8, 8))
    (result,) = regions.at(np.arange(8), np.arange(8), 1)
    assert regions.bare
    np.testing.assert_allclose(result[0, :, 0], [[0.25] * 4, [0.75] * 4])
    cover = regions.cover((slice(2, 5), slice(2, 6)))
    np.testing.assert_array_equal(cover[..., 0], [[1, 1, 0, 0]] * 3)


def test_a_soft_mask_covers_softly() -> None:
    ramp = np.linspace(0, 1, 16, dtype=np.float32)[None].repeat(4, 0)
    regions = Regions(Style((Reference(BLUE.image, mask=ramp),)), (8, 32))
    cover = regions.cover((slice(0, 8), slice(0, 32)))[0, :, 0]
    assert regions.bare
    assert (np.diff(cover) >= 0).all()
    assert cover[0] == 0
    assert cover[-1] == 1
    assert np.diff(cover).max() < 0.05


@pytest.mark.parametrize("scale", [2.0**-1060, 2.0**-140, 2.0**10, 2.0**1020])
@pytest.mark.parametrize("masked", [False, True])
def test_only_what_weights_are_to_each_other_counts(scale: float, masked: bool) -> None:
    mask = np.random.default_rng(0).random((8, 8), np.float32) if masked else None

    def shares_at(scale: float) -> list[np.ndarray]:
        style = Style(tuple(Reference(BLUE.image, weight * scale, mask) for weight in (1.0, 3.0, 0.5)))
        regions = Regions(style, (8, 8))
        return [shares(style, (8, 8)), *regions.at(np.arange(8), np.arange(8), 1)]

    for scaled, plain in zip(shares_at(scale), shares_at(1.0), strict=True):
        np.testing.assert_array_equal(scaled, plain)
