"""Grids that stand out in a painted picture, and their weight in a training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit.config.training import TrainAdain
from pinxit.errors import BadOption
from pinxit.nn import vgg_weights as weights
from pinxit.training import any_style
from pinxit.training.export import pack
from pinxit.training.losses.any_style import AnyStyleLoss
from pinxit.training.losses.pixels import grid_artifact_loss
from support.networks import tiny_vgg, trained_network

pytest_plugins = ["support.training_fixtures"]

SIZE = 128


def noise(strength: float = 0.05, seed: int = 0) -> Tensor:
    return 0.5 + strength * torch.randn((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed))


def grid(period: float, strength: float, across: bool = True) -> Tensor:
    wave = strength * torch.cos(2 * torch.pi * torch.arange(SIZE) / period)
    return wave.view(1, 1, 1, -1) if across else wave.view(1, 1, -1, 1)


@pytest.mark.parametrize("period", [2, 4, 8])
@pytest.mark.parametrize("across", [True, False])
def test_a_grid_with_the_strides_stands_out_of_noise(period: int, across: bool) -> None:
    plain = float(grid_artifact_loss(noise()))
    faint, strong = (float(grid_artifact_loss(noise() + grid(period, strength, across))) for strength in (0.02, 0.1))
    assert plain < 0.2
    assert plain + 0.05 < faint < strong


@pytest.mark.parametrize("period", [3.0, 5.3, 11.0])
def test_texture_of_other_periods_does_not(period: float) -> None:
    assert float(grid_artifact_loss(noise() + grid(period, 0.1))) < 0.2


@given(seed=st.integers(0, 99), level=st.floats(0.05, 0.95), strength=st.floats(0.02, 0.3))
def test_brightness_and_strength_of_a_texture_do_not_matter(seed: int, level: float, strength: float) -> None:
    assert (
        abs(
            float(grid_artifact_loss(noise(strength, seed) - 0.5 + level)) - float(grid_artifact_loss(noise(0.1, seed)))
        )
        < 0.05
    )


def test_a_flat_picture_has_no_grid() -> None:
    assert float(grid_artifact_loss(torch.full((1, 3, SIZE, SIZE), 0.5))) == 0
    assert float(grid_artifact_loss(0.5 + grid(4, 1e-5).expand(1, 3, SIZE, SIZE))) < 0.05


def test_each_picture_has_its_own() -> None:
    pictures = torch.cat([noise(), noise(seed=1) + grid(4, 0.1)])
    torch.testing.assert_close(
        grid_artifact_loss(pictures), torch.cat([grid_artifact_loss(each[None]) for each in pictures])
    )


def test_a_descent_takes_the_grid_away() -> None:
    picture = (noise() + grid(4, 0.05)).requires_grad_()
    before = float(grid_artifact_loss(picture).detach())
    descent = torch.optim.Adam([picture], 0.005)
    for _ in range(20):
        (picture.grad,) = torch.autograd.grad(grid_artifact_loss(picture).sum(), picture)
        descent.step()
    assert float(grid_artifact_loss(picture).detach()) < 0.6 * before
    assert bool(torch.isfinite(picture).all())


def test_windows_need_their_room() -> None:
    TrainAdain(crop_size=64, grid_artifact_weight=0.1)
    TrainAdain(crop_size=32)
    with pytest.raises(BadOption, match="64 px or more"):
        TrainAdain(crop_size=32, grid_artifact_weight=0.1)


def test_a_training_weighs_it(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", tiny_vgg)
    begin = tmp_path / "begin.pinxit"
    begin.write_bytes(pack(trained_network(), 5))
    losses = {}
    for weight in (0.0, 0.5):
        options = TrainAdain(
            minutes=0, steps=1, begin=str(begin), batch=2, crop_size=64, image_size=72, pruned_vgg_share=0.0, threads=1,
            precision="float32", save_minutes=1e6, grid_artifact_weight=weight,
        )  # fmt: skip
        (progress,) = any_style.train(photos, photos, tmp_path / str(weight), options)
        losses[weight] = progress.losses
    assert losses[0.0]["grid_artifact"] == 0 < losses[0.5]["grid_artifact"]
    assert losses[0.5]["loss"] == pytest.approx(losses[0.0]["loss"] + 0.5 * losses[0.5]["grid_artifact"], rel=1e-3)
    assert "grid_artifact" in AnyStyleLoss(lambda x: {}, TrainAdain()).weights
