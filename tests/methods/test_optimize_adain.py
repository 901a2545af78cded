"""Descent that starts from what the one-pass network paints (``init="adain"``)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit
from pinxit import images
from pinxit.config.options import Adain, Look, Optimize
from pinxit.errors import MissingExtra
from pinxit.images import Image, color
from pinxit.methods.base import Guide
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.optimize.stylizer import OptimizeStylizer
from pinxit.styles.style import load_styles
from support.networks import tiny_vgg


def picture(seed: int, height: int = 32, width: int = 40) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network_bytes: bytes) -> None:
    """Let a small network be the one that comes with pinxit."""
    path = tmp_path / "small.pinxit"
    path.write_bytes(network_bytes)
    monkeypatch.setattr("pinxit.methods.onepass.any_style.SHIPPED", path)
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def painter(
    style: Any = None, masks: Any = None, look: dict[str, Any] | None = None, **options: Any
) -> OptimizeStylizer:
    still = {"learning_rate": 1e-6}  # the first step's picture is then the start
    settings = {"losses": "relative", "init": "adain", "levels": 1, "steps": 4, "threads": 1, **still, **options}
    return OptimizeStylizer(
        load_styles(picture(1) if style is None else style, masks), Look(**(look or {})), Optimize(**settings)
    )


def in_one_pass(content: Image, style: Any = None, masks: Any = None, **look: Any) -> Image:
    hand = AnyStyleStylizer(load_styles(picture(1) if style is None else style, masks), Look(**look), Adain(threads=1))
    return hand(content)


def first(hand: OptimizeStylizer, content: Image) -> Image:
    """Return the picture that a descent begins with."""
    return next(iter(hand.steps(content))).preview()


LEFT = np.array([[1] * 20 + [0] * 20] * 32, np.float32)
"""(32, 40): white on the left."""


@pytest.mark.parametrize("look", [{}, {"strength": 0.4}, {"style_scale": 2.5}], ids=str)
@pytest.mark.parametrize(
    ("style", "masks"),
    [(None, None), ([(picture(1), 0.8), (picture(2) ** 4, 0.2)], None), ([picture(1), picture(2) ** 4], [LEFT, None])],
    ids=["one", "by weight", "by mask"],
)
def test_it_starts_from_what_adain_paints_with_the_same_controls(style: Any, masks: Any, look: dict[str, Any]) -> None:
    content = picture(0)
    expected = in_one_pass(content, style, masks, **look)
    np.testing.assert_allclose(first(painter(style, masks, look), content), expected, atol=1e-4)
    assert np.abs(expected - content).mean() > 0.05


def test_what_no_mask_claims_is_the_photo_at_the_start() -> None:
    content = picture(0)
    start = first(painter(masks=[LEFT]), content)
    np.testing.assert_allclose(start[:, 24:], content[:, 24:], atol=1e-4)
    assert np.abs(start - content)[:, :16].mean() > 0.05


def test_the_painting_is_the_start_at_every_size() -> None:
    content = picture(0, 64, 80)
    painting = in_one_pass(content)
    steps = [step.preview() for step in painter(levels=2, steps=1).steps(content)]
    np.testing.assert_allclose(steps[0], images.resize(painting, (32, 40)), atol=1e-4)
    np.testing.assert_allclose(steps[-1], painting, atol=1e-4)
    assert np.abs(images.resize(images.resize(painting, (32, 40)), (64, 80)) - painting).mean() > 0.05


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (15, 17)])
def test_small_photos_are_painted_without_what_pads_them(size: tuple[int, int]) -> None:
    content, mask = picture(0, *size), np.ones(size, np.float32)
    mask[:, size[1] // 2 :] = 0.5
    start = first(painter(masks=[mask]), content)
    np.testing.assert_allclose(start, in_one_pass(content, masks=[mask]), atol=1e-4)
    found = painter(masks=[mask])(content)
    assert found.shape == content.shape
    assert np.isfinite(found).all()


def test_the_descent_goes_on_from_there() -> None:
    losses = [step.loss for step in painter(steps=12, learning_rate=1.0).steps(picture(0))]
    assert min(losses[6:]) < 0.95 * losses[0]


def test_the_seed_changes_nothing() -> None:
    one, two = (painter(look={"seed": seed})(picture(0)) for seed in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_in_a_film_it_starts_so_where_the_frame_before_is_not_trusted() -> None:
    content, before = picture(0), picture(2)
    step = next(iter(painter().steps(content, Guide(before, LEFT, 1.0))))
    np.testing.assert_allclose(step.preview()[:, :20], before[:, :20], atol=1e-4)
    np.testing.assert_allclose(step.preview()[:, 20:], in_one_pass(content)[:, 20:], atol=1e-4)


def test_without_onnx_runtime_the_cure_is_told_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert np.isfinite(painter(init="recolored")(picture(0))).all()
    with pytest.raises(MissingExtra) as adains:
        in_one_pass(picture(0))
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", lambda vgg: pytest.fail("loaded"))
    with pytest.raises(MissingExtra, match=r"pip install '\.\[") as own:
        painter()
    assert str(own.value) == str(adains.value)


def test_the_recipe_knows_it_as_a_word_and_repeats_it() -> None:
    settings: dict[str, Any] = {"method": "optimize", "init": "adain", "steps": 3, "threads": 1}
    one, two = (pinxit.stylize(picture(0), picture(1), **settings) for _ in range(2))
    assert (one.recipe["options"]["init"], one.recipe["files"]) == ("adain", {})
    np.testing.assert_array_equal(one.image, two.image)


def test_neighbors_keep_the_coarse_colors_of_the_recolored_start(monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture(0, 64, 64)
    options: dict[str, Any] = {"losses": "neighbors", "learning_rate": 1.0, "steps": 12}
    expected = color.coral(in_one_pass(content), picture(1))

    def drift() -> float:
        *_, last = painter(**options).steps(content)
        assert "colors" in last.losses
        moved = last.preview() - expected
        return float(np.abs(moved.reshape(8, 8, 8, 8, 3).mean((1, 3))).mean())

    near = drift()
    monkeypatch.setattr("pinxit.methods.optimize.stylizer.COARSE_COLORS", 0.0)
    assert near < 0.7 * drift()


@pytest.mark.parametrize("options", [{"losses": "relative"}, {"losses": "neighbors", "init": "content"}], ids=str)
def test_other_losses_and_starts_have_no_coarse_colors(options: dict[str, Any]) -> None:
    *_, last = painter(**options).steps(picture(0))
    assert "colors" not in last.losses
