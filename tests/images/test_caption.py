"""Captions: the size asked for, dark on white, cut where they are too long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.images.caption import caption


@given(st.text(max_size=80), st.integers(8, 60), st.integers(8, 400))
def test_any_text_fits(text: str, height: int, width: int) -> None:
    image = caption(text, height, width)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1


def test_the_text_stands_in_the_middle() -> None:
    dark = caption("impasto", 40, 400)[..., 0] < 0.5
    columns = np.flatnonzero(dark.any(0))
    assert dark.any()
    assert columns.mean() == pytest.approx(200, abs=10)
    assert not dark[:, :100].any()


def test_a_long_text_is_cut_within_the_width() -> None:
    assert np.array_equal(caption("x" * 500, 20, 120), caption("x" * 900, 20, 120))
