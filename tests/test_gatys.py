"""Gatys' method on a thin network of random weights: what it promises of any content and any style."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from networks import thin_vgg
from pinxit.errors import BadOption, Diverged
from pinxit.optimize import gatys
from pinxit.optimize.gatys import Gatys
from pinxit.options import Look, Optimize
from pinxit.style import gather
from pinxit.stylizer import Image


def picture(seed: int, height: int = 32, width: int = 40) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.optimize.weights.load", thin_vgg)


def painter(style: Any = None, masks: Any = None, look: dict[str, Any] | None = None, **options: Any) -> Gatys:
    given = picture(1) if style is None else style
    return Gatys(gather(given, masks), Look(**(look or {})), Optimize(**{"steps": 4, "threads": 1, **options}))


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (15, 16), (33, 47), (260, 17)])
def test_any_size_is_painted_at_that_size(size: tuple[int, int]) -> None:
    found = painter(steps=2)(picture(0, *size))
    assert found.shape == (*size, 3)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_steps_are_counted_through_all_levels() -> None:
    steps = list(painter(levels=2).steps(picture(0, 40, 48)))
    assert [step.index for step in steps] == list(range(1, steps[-1].of + 1))
    assert len({step.size for step in steps}) == 2
    assert steps[-1].size == (40, 48)
    assert steps[-1].share == pytest.approx(1)
    assert set(steps[-1].losses) == {"content", "style"}
    assert steps[0].preview().shape == (*steps[0].size, 3)


def test_the_loss_falls() -> None:
    losses = [step.loss for step in painter(steps=12, levels=1).steps(picture(0))]
    assert min(losses[6:]) < 0.9 * losses[0]


def test_the_result_is_the_best_picture_not_the_last() -> None:
    steps = list(painter(steps=8, levels=1, learning_rate=3.0).steps(picture(0)))
    best = min(range(len(steps)), key=lambda index: steps[index].loss)
    assert np.array_equal(steps[-1].preview(), steps[best].preview())


def test_the_same_seed_gives_the_same_bytes_and_another_another() -> None:
    def noise(seed: int) -> bytes:
        return painter(init="noise", look={"seed": seed})(picture(0)).tobytes()

    assert noise(1) == noise(1)
    assert noise(1) != noise(2)


@pytest.mark.parametrize("init", ["recolored", "content", "style", "noise"])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_every_start_and_optimizer_paints(init: str, optimizer: str) -> None:
    found = painter(init=init, optimizer=optimizer)(picture(0))
    assert np.isfinite(found).all()


def test_at_strength_zero_the_content_comes_back_and_near_zero_almost() -> None:
    content = picture(0)
    assert np.array_equal(painter(look={"strength": 0.0})(content), content)
    near = painter(look={"strength": 0.01})(content)
    far = painter(look={"strength": 1.0})(content)
    assert np.abs(near - content).mean() < 0.2 * np.abs(far - content).mean()


def test_masks_paint_each_half_in_its_own_colors() -> None:
    left = np.zeros((32, 40), np.float32)
    left[:, :20] = 1
    red, blue = np.zeros((16, 16, 3), np.float32), np.zeros((16, 16, 3), np.float32)
    red[..., 0], blue[..., 2] = 0.9, 0.9
    found = painter([red, blue], [left, 1 - left])(np.full((32, 40, 3), 0.5, np.float32))
    assert found[:, :16, 0].mean() > found[:, :16, 2].mean() + 0.2
    assert found[:, 24:, 2].mean() > found[:, 24:, 0].mean() + 0.2


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_styles_and_contents_are_painted(level: float) -> None:
    flat = np.full((24, 24, 3), level, np.float32)
    assert np.isfinite(painter(flat)(picture(0))).all()
    assert np.isfinite(painter()(flat)).all()


def test_a_loss_that_leaves_all_bounds_stops_at_the_best_picture() -> None:
    steps = list(painter(steps=30, levels=1, learning_rate=900.0).steps(picture(0)))
    assert np.isfinite(steps[-1].preview()).all()
    assert steps[-1].preview().shape == (32, 40, 3)


def test_a_first_loss_that_is_not_finite_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gatys, "descend", lambda *words: iter(()))
    with pytest.raises(Diverged, match="first picture"):
        list(painter().steps(picture(0)))


def test_threads_hold_during_a_step_only() -> None:
    before = torch.get_num_threads()
    for _ in painter(threads=1).steps(picture(0)):
        assert torch.get_num_threads() == before


def test_a_device_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BadOption, match="no cuda device"):
        painter(device="cuda")


def test_an_unknown_layer_is_refused_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.optimize.weights.load", lambda vgg: pytest.fail("loaded"))
    with pytest.raises(BadOption, match="conv4_4"):
        painter(content_layers="conv4_5")
