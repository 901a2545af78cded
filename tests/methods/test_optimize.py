"""Gatys' method on a thin network of random weights: what it promises of any content and any style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinxit import images
from pinxit.config.options import Look, Optimize
from pinxit.errors import BadOption, NotFound
from pinxit.images import Image
from pinxit.methods.optimize.stylizer import OptimizeStylizer
from pinxit.nn.gram import gram
from pinxit.nn.vgg import VGG19
from pinxit.styles.style import load_styles
from support.networks import tiny_vgg

STAYING = 1e-6
"""A learning rate at which the first step still shows the start."""


def picture(seed: int, height: int = 32, width: int = 40) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def painter(
    style: Any = None, masks: Any = None, look: dict[str, Any] | None = None, **options: Any
) -> OptimizeStylizer:
    given = picture(1) if style is None else style
    settings = Optimize(**{"losses": "relative", "steps": 4, "threads": 1, **options})
    return OptimizeStylizer(load_styles(given, masks), Look(**(look or {})), settings)


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


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_one_step_moves_the_picture_and_lowers_the_loss(optimizer: str) -> None:
    (at_start,) = painter(steps=1, levels=1, learning_rate=STAYING, optimizer=optimizer).steps(picture(0))
    (step,) = painter(steps=1, levels=1, optimizer=optimizer).steps(picture(0))
    assert step.loss < at_start.loss
    assert np.abs(step.preview() - at_start.preview()).mean() > 0.5 / 255


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_nothing_worse_than_the_start_comes_out(steps: int) -> None:
    """Steps far too long: each is worse than the start, and none is so lost that it is taken back."""
    (at_start,) = painter(steps=1, levels=1, learning_rate=STAYING, optimizer="adam").steps(picture(0))
    options: dict[str, Any] = {"steps": steps, "levels": 1, "learning_rate": 80.0, "optimizer": "adam"}
    *_, last = painter(**options).steps(picture(0))
    assert last.loss > at_start.loss
    assert np.abs(last.preview() - at_start.preview()).max() < 1e-5


def test_the_result_is_the_best_picture_not_the_last() -> None:
    steps = list(painter(steps=8, levels=1, learning_rate=3.0).steps(picture(0)))
    best = min(range(len(steps)), key=lambda index: steps[index].loss)
    assert np.array_equal(steps[-1].preview(), steps[best].preview())


def test_the_same_seed_gives_the_same_bytes_and_another_another() -> None:
    def noise(seed: int) -> bytes:
        return painter(init="noise", look={"seed": seed})(picture(0)).tobytes()

    assert noise(1) == noise(1)
    assert noise(1) != noise(2)


@pytest.mark.parametrize("losses", ["neighbors", "relative", "gatys"])
def test_any_number_of_threads_gives_the_same_bytes(losses: str) -> None:
    content, style = picture(0, 128, 136), picture(1, 128, 120)  # large enough that sums are divided among threads
    one, two = (painter(style, steps=2, losses=losses, tv_weight=0.1, threads=count)(content) for count in (1, 2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("init", ["adain", "recolored", "content", "style", "noise"])
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


def test_each_half_comes_nearer_to_its_own_style() -> None:
    """Stripes across on the left, stripes down on the right, by the Gram matrices of either half."""
    across = np.zeros((48, 48, 3), np.float32)
    across[::4], across[1::4] = 0.9, 0.9
    down = across.transpose(1, 0, 2)
    left = np.zeros((32, 48), np.float32)
    left[:, :24] = 1
    content = picture(0, 32, 48)
    found = painter([across, down], [left, 1 - left], steps=20, content_weight=0.0)(content)
    network = VGG19(tiny_vgg(), ["conv1_1", "conv2_1"])

    def distance(half: Image, style: Image) -> float:
        f, a = (network(torch.from_numpy(x.transpose(2, 0, 1)[None].copy())) for x in (half, style))
        return sum(float((gram(f[n]) - gram(a[n])).norm() / gram(a[n]).norm()) for n in f)

    a, b = found[:, :20], found[:, 28:]
    assert distance(a, across) < 0.8 * distance(a, down)
    assert distance(b, down) < 0.8 * distance(b, across)


def test_overlapping_black_and_heavy_masks_are_painted() -> None:
    whole, none = np.ones((32, 40), np.float32), np.zeros((32, 40), np.float32)
    styles = [(picture(1), 1e308), (picture(2), 1e308), (picture(3), 1e-300)]
    for masks in ([whole, whole, None], [none, whole, None], [none, none, None], [whole, none, whole]):
        found = painter(styles, masks)(picture(0))
        assert np.isfinite(found).all()


def test_a_mask_of_the_whole_is_like_none() -> None:
    whole = np.ones((8, 8), np.float32)
    masked, plain = painter(masks=[whole], steps=2)(picture(0)), painter(steps=2)(picture(0))
    np.testing.assert_allclose(masked, plain, atol=1e-3)


@pytest.mark.parametrize("losses", ["relative", "gatys"])
@pytest.mark.parametrize(
    "look",
    [{"style_scale": 0.1}, {"style_scale": 4.0}, {"strength": 1e-9}, {"strength": 0.5}, {"size": 8192}],
    ids=str,
)
def test_every_look_is_painted_with_both_kinds_of_losses(look: dict[str, Any], losses: str) -> None:
    steps = list(painter(look=look, losses=losses).steps(picture(0)))
    assert np.isfinite(steps[-1].preview()).all()
    assert not steps[-1].warning


@pytest.mark.parametrize(
    "options",
    [
        {"style_weight": 1e12},
        {"content_weight": 1e12},
        {"content_weight": 0.0},
        {"style_weight": 0.0},
        {"style_weight": 0.0, "content_weight": 0.0, "tv_weight": 1.0},
        {"style_layers": "conv1_1=1e300,conv5_4=1e-300"},
        {"content_layers": "conv1_1", "style_layers": "conv1_2"},
        {"levels": 8, "steps": 2},
        {"levels": 1},
        {"steps": 1},
        {"pooling": "average"},
        {"precision": "bfloat16"},
        {"precision": "float32"},
        {"learning_rate": 1e-6},
        {"optimizer": "adam", "learning_rate": 1000.0},
    ],
    ids=str,
)
def test_every_extreme_option_is_painted(options: dict[str, Any]) -> None:
    found = painter(**options)(picture(0))
    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1


def test_the_published_losses_fall_with_the_default_weights() -> None:
    steps = list(painter(losses="gatys", steps=12, levels=2).steps(picture(0)))
    last = [step for step in steps if step.size == steps[-1].size]
    assert min(step.loss for step in last) < 0.5 * last[0].loss
    assert last[-1].losses["content"] > 0


def test_the_style_may_be_smaller_or_larger_than_the_content() -> None:
    for style in (picture(1, 1, 1), picture(1, 2, 300), picture(1, 200, 150)):
        assert np.isfinite(painter(style)(picture(0))).all()


def test_a_file_may_be_the_start(tmp_path: Path) -> None:
    start = picture(5, 16, 20)
    images.write(start, tmp_path / "start.png")
    (first, *_) = painter(init=str(tmp_path / "start.png"), levels=1, learning_rate=STAYING).steps(picture(0))
    np.testing.assert_allclose(first.preview(), images.resize(start, (32, 40)), atol=1 / 255)
    with pytest.raises(NotFound, match=r"none\.png"):
        painter(init=str(tmp_path / "none.png"))(picture(0))


def test_the_start_is_the_content_in_the_colors_of_the_style_by_strength() -> None:
    flat = np.full((16, 16, 3), 0.25, np.float32)
    for strength in (0.5, 1.0):
        (first, *_) = painter(
            flat, init="recolored", look={"strength": strength}, levels=1, learning_rate=STAYING
        ).steps(picture(0))
        expected = (1 - strength) * picture(0) + strength * 0.25
        np.testing.assert_allclose(first.preview(), expected, atol=0.02)


def test_a_level_hands_on_what_it_changed_and_not_what_it_lost() -> None:
    """Where nothing pulls, the fine detail that the coarse level cannot hold comes back whole."""
    content = picture(0, 64, 64)
    found = painter(style=content, init="content", levels=2, steps=1)(content)
    np.testing.assert_allclose(found, content, atol=0.01)


def test_the_content_is_left_as_it_was_and_may_be_read_only() -> None:
    content = picture(0)
    content.flags.writeable = False
    before = content.copy()
    for strength in (0.0, 1.0):
        found = painter(look={"strength": strength})(content)
        found[:] = 0
        assert np.array_equal(content, before)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_styles_and_contents_are_painted(level: float) -> None:
    flat = np.full((24, 24, 3), level, np.float32)
    assert np.isfinite(painter(flat)(picture(0))).all()
    assert np.isfinite(painter()(flat)).all()


def test_a_device_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BadOption, match=r"no cuda device on this machine; it has (mps, )?cpu"):
        painter(device="cuda")


def test_an_unknown_layer_is_refused_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", lambda vgg: pytest.fail("loaded"))
    with pytest.raises(BadOption, match="conv4_4"):
        painter(content_layers="conv4_5")
