"""The plan before the descent: levels and steps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.options import Optimize
from pinxit.images import fit
from pinxit.methods.optimize.plan import SHORTEST, levels

GIB = 2**30
sides = st.integers(SHORTEST, 8192)
sizes = st.tuples(sides, sides)


def planned(size: tuple[int, int], **options: int) -> list[tuple[tuple[int, int], int]]:
    return [(level.size, level.steps) for level in levels(size, Optimize(losses="relative", **options))]  # type: ignore[arg-type]


def test_the_levels_that_pinxit_chooses() -> None:
    assert planned((512, 384)) == [((128, 96), 60), ((256, 192), 42), ((512, 384), 30)]
    assert planned((1024, 1024))[-1] == ((1024, 1024), 21)
    assert planned((2048, 16))[-1] == ((2048, 16), 15)


@pytest.mark.parametrize(("size", "steps"), [((16, 16), 60), ((100, 128), 60), ((255, 200), 43), ((16, 400), 34)])
def test_a_small_or_narrow_picture_has_one_level(size: tuple[int, int], steps: int) -> None:
    assert planned(size) == [(size, steps)]


def test_levels_and_steps_as_asked() -> None:
    assert planned((512, 512), levels=1, steps=300) == [((512, 512), 300)]
    assert planned((256, 256), levels=2, steps=84) == [((128, 128), 119), ((256, 256), 84)]
    assert [size for size, _ in planned((96, 64), levels=8)] == [(24, 16), (48, 32), (96, 64)]


@given(sizes, st.integers(0, 8), st.integers(0, 5000))
def test_every_plan_goes_from_coarse_to_fine(size: tuple[int, int], wanted: int, steps: int) -> None:
    found = levels(size, Optimize(losses="relative", levels=wanted, steps=steps))
    assert found[-1].size == size
    assert not steps or found[-1].steps == steps
    assert len(found) <= (wanted or 7)
    for coarse, fine in pairwise(found):
        assert max(coarse.size) == max(fine.size) // 2
        assert coarse.steps >= fine.steps
        assert coarse.size == fit(size, max(coarse.size)), "in the picture's proportions"
    assert all(min(level.size) >= SHORTEST and level.steps >= 1 for level in found)
