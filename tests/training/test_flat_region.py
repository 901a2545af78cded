"""Shapes painted into flat regions cost by their depth; strokes and edges do not."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit.training.losses.pixels import CELL, flat_region_loss


def flat(value: float = 0.5) -> Tensor:
    return torch.full((1, 3, 64, 64), value)


def dripping(photo: Tensor, left: int = 32, depth: float = 0.3) -> Tensor:
    """The photo with a dark column in it, two cells wide."""
    painted = photo.clone()
    painted[..., left : left + 2 * CELL] -= depth
    return painted


def busy(seed: int = 0) -> Tensor:
    cells = torch.rand((1, 3, 8, 8), generator=torch.Generator().manual_seed(seed))
    return cells.repeat_interleave(CELL, 2).repeat_interleave(CELL, 3)


def test_a_drip_in_a_sky_costs_by_its_depth() -> None:
    shallow, deep = (flat_region_loss(dripping(flat(), depth=depth), flat()) for depth in (0.1, 0.3))
    # Two steps among the seven from column to column, in each of the eight rows.
    torch.testing.assert_close(shallow, torch.tensor([2 * 0.1 / 7]))
    torch.testing.assert_close(deep, 3 * shallow)


def test_what_is_painted_where_the_photo_has_edges_costs_next_to_nothing() -> None:
    photo = busy()
    assert flat_region_loss(dripping(photo), photo) < 0.01 * flat_region_loss(dripping(flat()), flat())


def test_only_the_flat_half_counts() -> None:
    photo = flat()
    photo[..., 32:] = busy()[..., 32:]
    assert flat_region_loss(dripping(photo, 48), photo) < 0.2 * flat_region_loss(dripping(photo, 4), photo)


@given(st.integers(0, 2**31), st.floats(0, 1))
def test_a_picture_of_one_color_and_one_painted_as_it_is_cost_nothing(seed: int, value: float) -> None:
    assert flat_region_loss(flat(value), busy(seed)).item() == pytest.approx(0, abs=1e-6)
    assert flat_region_loss(flat(value), flat(1 - value)).item() == pytest.approx(0, abs=1e-6)


def test_strokes_finer_than_a_cell_cost_nothing() -> None:
    fine = flat()
    fine[..., ::2] += 0.2
    assert flat_region_loss(fine, flat()).item() == pytest.approx(0, abs=1e-6)


def test_each_picture_has_its_own_and_the_gradient_takes_the_drip_away() -> None:
    painted = torch.cat([flat(), dripping(flat())]).requires_grad_()
    loss = flat_region_loss(painted, torch.cat([flat(), flat()]))
    assert loss[0] < 1e-6 < loss[1]
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert painted.grad is not None
    assert (painted.grad[1, :, :, 32 : 32 + 2 * CELL] <= 0).all(), "down the gradient the dark column gets lighter"
    assert painted.grad[1].min() < 0
