"""Contact sheets: where each picture stands, and what is between two styles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pinxit as package
from pinxit.batch import sheet
from pinxit.batch.sheet import GAP
from pinxit.errors import BadOption
from support.fakes import gradient

PHOTO = gradient(48, 64)
STYLES = [gradient(40, 40, shift=0.1 * number) for number in range(5)]


def cell(whole: np.ndarray, row: int, column: int) -> np.ndarray:
    """Cut one picture of `PHOTO`'s size out of a sheet."""
    y, x = GAP + row * (48 + GAP), GAP + column * (64 + GAP)
    return whole[y : y + 48, x : x + 64]


def test_each_style_has_its_name_under_its_picture() -> None:
    plain = sheet.arrange([PHOTO, PHOTO], 2)
    named = sheet.arrange([PHOTO, PHOTO], 2, ["", "wave"])
    assert named.shape[0] == plain.shape[0] + sheet.LEAST_CAPTION
    strip = named[GAP + 48 : GAP + 48 + sheet.LEAST_CAPTION]
    assert strip[:, GAP : GAP + 64].min() == 1
    assert strip[:, 2 * GAP + 64 : -GAP].min() < 0.5


def test_the_photo_comes_first_and_each_picture_carries_its_style() -> None:
    calls: list[tuple[float, int]] = []
    whole = sheet.sheet(PHOTO, STYLES[:2], method="adain", watch=lambda done, of: calls.append((done, of)))
    np.testing.assert_array_equal(cell(whole, 0, 0), PHOTO)
    expected = package.stylize(PHOTO, STYLES[0], method="adain").image
    np.testing.assert_array_equal(cell(whole, 0, 1)[:30], expected[:30])
    assert not np.allclose(cell(whole, 0, 1)[-10:, -10:], expected[-10:, -10:]), "the style, in its corner"
    assert calls == [(0, 2), (1, 2), (1, 2), (2, 2)], "each as it begins, and with its steps"


def test_a_row_begins_with_one_style_and_ends_with_the_other() -> None:
    whole = sheet.between(PHOTO, STYLES[:2], 3, method="adain")
    assert whole.shape == (48 + 2 * GAP, 3 * 64 + 4 * GAP, 3)
    half = package.stylize(PHOTO, [(STYLES[0], 0.5), (STYLES[1], 0.5)], method="adain").image
    np.testing.assert_array_equal(cell(whole, 0, 1), half)
    for column, style in ((0, STYLES[0]), (2, STYLES[1])):
        alone = package.stylize(PHOTO, style, method="adain").image
        np.testing.assert_array_equal(cell(whole, 0, column)[:30], alone[:30])


def test_a_square_has_four_styles_in_its_corners() -> None:
    whole = sheet.between(PHOTO, STYLES[:4], 2, method="adain")
    for place, style in enumerate(STYLES[:4]):
        alone = package.stylize(PHOTO, style, method="adain").image
        np.testing.assert_array_equal(cell(whole, *divmod(place, 2))[:30], alone[:30])


@given(st.sampled_from([2, 4]), st.integers(2, 9))
def test_weights_sum_to_one_and_each_style_stands_alone_once(styles: int, steps: int) -> None:
    weights = np.array(list(sheet._mixtures(styles, steps)))
    assert len(weights) == (steps if styles == 2 else steps**2)
    np.testing.assert_allclose(weights.sum(1), 1)
    assert ((weights == 1).sum(0) == 1).all()


@pytest.mark.parametrize("count", [1, 3, 5])
def test_only_two_or_four_styles_are_gone_between(count: int) -> None:
    with pytest.raises(BadOption, match="two styles, for a row, or four, for a square"):
        sheet.between(PHOTO, STYLES[:count], method="adain")


@pytest.mark.parametrize("steps", [-3, 0, 1, 33, 9_999_999])
def test_too_few_and_too_many_steps_are_refused(steps: int) -> None:
    with pytest.raises(BadOption, match=f"{steps} pictures from style to style are not possible; give 2 to 32"):
        sheet.between(PHOTO, STYLES[:2], steps, method="adain")


def test_no_style_is_no_sheet() -> None:
    with pytest.raises(BadOption, match="at least one style"):
        sheet.sheet(PHOTO, [], method="adain")


@given(st.integers(1, 30), st.integers(1, 400), st.integers(1, 400))
def test_a_sheet_is_never_wider_than_its_cells(cells: int, height: int, width: int) -> None:
    assert 1 <= sheet._columns(cells, (height, width)) <= cells


def test_a_tiny_photo_of_a_long_style_has_its_sheet_too() -> None:
    whole = sheet.sheet(gradient(1, 1), [gradient(4, 300)], method="adain")
    assert np.isfinite(whole).all()
