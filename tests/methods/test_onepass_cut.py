"""What is cut out of a picture before it is painted: any rows and columns, as they are asked for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pinxit.methods.onepass import levels, tiles
from pinxit.methods.onepass.network import Floats

HEIGHT, WIDTH = 40, 30
rows = st.lists(st.integers(0, HEIGHT - 1), min_size=1, max_size=60).map(np.asarray)
columns = st.lists(st.integers(0, WIDTH - 1), min_size=1, max_size=60).map(np.asarray)
spans = st.tuples(st.integers(-60, 60), st.integers(1, 90))
PICTURE = np.random.default_rng(0).random((HEIGHT, WIDTH, 3), np.float32)


def expected(rows: tiles.Indices, columns: tiles.Indices) -> Floats:
    return levels.batch(PICTURE[np.ix_(rows, columns)])


@given(rows, columns)
def test_any_rows_and_columns(rows: tiles.Indices, columns: tiles.Indices) -> None:
    part = levels.cut(PICTURE, rows, columns)
    assert part.flags.c_contiguous
    assert np.array_equal(part, expected(rows, columns))


@given(spans, spans)
def test_spans_that_are_mirrored_at_the_edges(tall: tuple[int, int], wide: tuple[int, int]) -> None:
    rows, columns = (
        tiles._mirrored(slice(start, start + count), length)
        for (start, count), length in ((tall, HEIGHT), (wide, WIDTH))
    )
    assert np.array_equal(levels.cut(PICTURE, rows, columns), expected(rows, columns))
