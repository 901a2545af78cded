"""The position bias: what pictures have in common by position costs, what one has alone does not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pinxit.training.losses.pixels import PositionBiasLoss, profile

SIDE = 96
FIRST = [0]


def pictures(count: int, seed: int = 0) -> Tensor:
    """Return pictures of soft noise, (N, 1, 3, S, S)."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, SIDE // 8, SIDE // 8, generator=random)
    return torch.nn.functional.interpolate(coarse, size=SIDE, mode="bilinear")[:, None]


def with_column(picture: Tensor, width: int = 12) -> Tensor:
    striped = picture.clone()
    striped[..., :width] = 0.5 * striped[..., :width] + 0.5 * torch.tensor([0.9, 0.8, 0.1])[:, None, None]
    return striped


def last(each: list[Tensor]) -> float:
    loss = PositionBiasLoss(1, SIDE)
    return [float(loss(one, FIRST)) for one in each][-1]


def test_a_profile_is_of_columns_and_rows_and_has_no_mean() -> None:
    values = profile(pictures(1)[0])
    assert values.shape == (1, 3, 2 * SIDE // 4)
    assert values[..., : SIDE // 4].mean(2).abs().max() < 1e-6


def test_a_picture_of_one_color_has_no_places() -> None:
    assert last([torch.full((1, 3, SIDE, SIDE), tone) for tone in (0.1, 0.5, 0.9)]) == pytest.approx(0, abs=1e-9)


def test_a_column_that_every_picture_has_counts_more_than_what_each_has_alone() -> None:
    alone = list(pictures(60))
    assert last([with_column(each) for each in alone]) > 4 * max(0.0, last(alone))


def test_what_only_one_picture_has_costs_nothing() -> None:
    picture = with_column(pictures(1)[0]).requires_grad_()
    term = PositionBiasLoss(1, SIDE)(picture, FIRST)
    term.sum().backward()  # type: ignore[no-untyped-call]
    assert not term.any()
    assert picture.grad is not None
    assert not picture.grad.any()


def test_the_gradient_takes_the_column_away() -> None:
    loss = PositionBiasLoss(1, SIDE)
    for each in pictures(40):
        loss(with_column(each), FIRST)
    picture = with_column(pictures(1, seed=1)[0]).requires_grad_()
    loss(picture, FIRST).sum().backward()  # type: ignore[no-untyped-call]
    assert picture.grad is not None
    blue = picture.grad[0, 2].mean(0)  # by column; the stripe has too little of it
    assert blue[:12].max() < 0
    assert blue[:12].mean() < -5 * blue[24:].abs().mean()


def test_a_sky_above_is_no_habit_and_a_strip_along_the_top_is() -> None:
    height = torch.linspace(0.8, 0.2, SIDE)[:, None].expand(1, 3, SIDE, SIDE)
    strip = torch.full((1, 3, SIDE, SIDE), 0.5)
    strip[:, :, :8] = 0.8
    assert last([strip] * 30) > 5 * last([height] * 30)


def test_every_style_has_its_own() -> None:
    loss, each = PositionBiasLoss(2, SIDE), pictures(30)
    for one in each:
        loss(torch.cat([with_column(one), one]), [0, 1])
    values = loss(each[0].repeat(2, 1, 1, 1), [0, 1])
    assert values.shape == (2,)
    again = PositionBiasLoss(2, SIDE)
    for one in each:
        again(one, [1])
    assert float(again(each[0], [1])) == pytest.approx(float(values[1]), rel=1e-5)


def test_profiles_are_gone_on_with_unless_squares_are_of_another_size() -> None:
    before, after, other = PositionBiasLoss(1, SIDE), PositionBiasLoss(1, SIDE), PositionBiasLoss(1, SIDE // 2)
    before(pictures(1)[0], FIRST)
    after.restore(before.profiles)
    other.restore(before.profiles)
    assert torch.equal(after.profiles, before.profiles)
    assert before.profiles.any()
    assert not other.profiles.any()


def test_sides_that_are_no_whole_places_and_tiny_ones() -> None:
    for side in (4, 7, 33):
        assert torch.isfinite(PositionBiasLoss(1, side)(torch.rand(1, 3, side, side), FIRST)).all()
