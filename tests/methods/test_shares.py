"""Which style paints where, in one pass: layers, and their shares of each pixel by masks and weights."""

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


LEFT = np.zeros((8, 8), np.float32)
LEFT[:, :4] = 1
RAMP = np.linspace(0, 1, 16, dtype=np.float32)[None].repeat(4, 0)
WHOLE = slice(0, 8), slice(0, 8)


def test_weights_too_small_beside_others_make_no_layer() -> None:
    styles = [Reference(BLUE.image, 1e308, LEFT), Reference(BLUE.image, 3e-300), Reference(OTHER.image, 1e-300)]
    assert [each.references for each in Regions(Style(tuple(styles)), (8, 8)).layers] == [[0]]
    (layer,) = Regions(Style(tuple(styles[1:])), (8, 8)).layers
    np.testing.assert_allclose(layer.weights, [0.75, 0.25])


def test_without_masks_one_layer_paints_everything_by_weight() -> None:
    regions = Regions(Style((Reference(BLUE.image, 3.0), OTHER)), (64, 80))
    (layer,) = regions.layers
    assert layer.references == [0, 1]
    np.testing.assert_allclose(layer.weights, [0.75, 0.25])
    assert regions.at(WHOLE) is None


def test_equal_masks_and_none_are_a_layer_each() -> None:
    style = Style((Reference(BLUE.image, 3.0, LEFT), OTHER, Reference(OTHER.image, 1.0, LEFT.copy()), BLUE))
    regions = Regions(style, (8, 8))
    assert [layer.references for layer in regions.layers] == [[0, 2], [1, 3]]
    np.testing.assert_allclose(regions.layers[0].weights, [0.75, 0.25])
    np.testing.assert_array_equal(regions.at(WHOLE), [LEFT, 1 - LEFT, np.zeros((8, 8))])


@pytest.mark.parametrize("unseen", [Reference(OTHER.image, mask=0 * LEFT), Reference(OTHER.image, 0.0, RAMP)])
def test_a_layer_that_is_seen_nowhere_is_not_painted(unseen: Reference) -> None:
    regions = Regions(Style((Reference(BLUE.image, mask=LEFT), unseen)), (8, 8))
    assert [layer.references for layer in regions.layers] == [[0]]
    np.testing.assert_array_equal(regions.at(WHOLE), [LEFT, 1 - LEFT])


def test_a_mask_that_is_white_everywhere_is_no_mask() -> None:
    regions = Regions(Style((Reference(BLUE.image, mask=np.ones((3, 4), np.float32)), OTHER)), (8, 8))
    assert [layer.references for layer in regions.layers] == [[0]]
    assert regions.at(WHOLE) is None


def test_a_window_has_the_shares_of_its_place() -> None:
    mask = np.random.default_rng(0).random((40, 48), np.float32)
    regions = Regions(Style((Reference(BLUE.image, mask=mask), OTHER)), (40, 48))
    window = slice(7, 39), slice(8, 40)
    expected = np.stack([mask[window], 1 - mask[window], 0 * mask[window]])
    result = regions.at(window)
    assert result is not None
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("column", [0, 1000, 4999])
def test_masks_of_large_pictures_are_kept_small_and_interpolated(column: int) -> None:
    ramp = np.linspace(0, 1, 5000, dtype=np.float32)[None].repeat(8, 0)
    shares = Regions(Style((Reference(BLUE.image, mask=ramp), OTHER)), (8, 5000)).at(
        (slice(0, 8), slice(column, column + 1))
    )
    assert shares is not None
    assert shares[0, 0, 0] == pytest.approx(ramp[0, column], abs=1e-3)


def test_a_soft_mask_fades_softly() -> None:
    shares = Regions(Style((Reference(BLUE.image, mask=RAMP),)), (8, 32)).at((slice(0, 8), slice(0, 32)))
    assert shares is not None
    (first, *_), (bare, *_) = shares
    assert (np.diff(first) >= 0).all()
    assert (first[0], first[-1]) == (0, 1)
    assert np.diff(first).max() < 0.05
    np.testing.assert_allclose(bare, 1 - first, atol=1e-6)


@pytest.mark.parametrize("scale", [2.0**-1060, 2.0**-140, 2.0**10, 2.0**1020])
@pytest.mark.parametrize("masked", [False, True])
def test_only_what_weights_are_to_each_other_counts(scale: float, masked: bool) -> None:
    mask = np.random.default_rng(0).random((8, 8), np.float32) if masked else None

    def shares_at(scale: float) -> list[np.ndarray]:
        style = Style(tuple(Reference(BLUE.image, weight * scale, mask) for weight in (1.0, 3.0, 0.5)))
        (layer,) = Regions(style, (8, 8)).layers
        return [shares(style, (8, 8)), layer.weights]

    for scaled, plain in zip(shares_at(scale), shares_at(1.0), strict=True):
        np.testing.assert_array_equal(scaled, plain)
