"""The frames of a film: full ones, repainted windows, and whether style and strength stay the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import data

from pinxit import images
from pinxit.api import Stylizer
from pinxit.config.options import Limits
from pinxit.images.types import Window
from pinxit.methods.onepass import any_style
from pinxit.styles.style import load_styles
from pinxit.training.export import pack
from pinxit.video import propagate
from pinxit.video.frame_stylizer import ALPHA, FilmStylizer
from pinxit.video.steady_stylizer import SteadyStylizer
from pinxit.video.temporal_blend import WarpedFrame
from pinxit.video.timeline import parse
from support.fakes import gradient
from support.networks import trained_network

WINDOWS: list[Window] = [(slice(0, 32), slice(32, 64)), (slice(64, 96), slice(0, 128))]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    return path


def plain_stylizer(network: Path, **look: Any) -> Stylizer:
    return Stylizer(gradient(40, 56), method="adain", model=str(network), threads=1, **look)


@pytest.mark.parametrize("color", ["style", "luminance", "coral", "histogram"])
def test_repainted_windows_equal_the_full_frame(network: Path, color: str) -> None:
    stylizer = FilmStylizer(plain_stylizer(network, color=color))
    photo = gradient(96, 128)
    whole, state = stylizer.paint(photo, None, 0.0, None)
    for window, part in zip(WINDOWS, stylizer.repaint(photo, WINDOWS, 0.1, state, 16), strict=True):
        assert np.abs(part - whole[window]).mean() < 0.06  # the margin is small, and the edges lack context


def test_windows_in_a_trained_style_get_enough_context() -> None:
    """The style starry-night spreads its colors over a large field: a window with little context is visible."""
    astronaut = data.astronaut()  # type: ignore[no-untyped-call]
    photo, windows = images.resize(astronaut[..., :3].astype(np.float32) / 255, (448, 448)), [
        (slice(192, 256), slice(224, 288)), (slice(256, 320), slice(128, 192)),
    ]  # fmt: skip
    stylizer = FilmStylizer(Stylizer("starry-night", threads=1))
    steady = SteadyStylizer(stylizer, 448, 0.8, 3)
    _, _, film_state = steady(steady.prepare(photo, None, None), 0.0, None)
    full, state = stylizer.paint(photo, None, 0.0, None)
    small, chosen = (
        propagate.largest_difference(full, windows, stylizer.repaint(photo, windows, 0.1, state, margin))
        for margin in (propagate.MARGINS[0], int(film_state["margin"]))
    )
    assert chosen < propagate.VISIBLE_DIFFERENCE < small


def test_windows_depend_on_the_state_alone(network: Path) -> None:
    photo = gradient(96, 128)
    _, state = FilmStylizer(plain_stylizer(network)).paint(photo, None, 0.0, None)
    one, other = (FilmStylizer(plain_stylizer(network)).repaint(photo, WINDOWS, 0.1, state, 16) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_strength_0_gives_the_photo_and_no_state(network: Path) -> None:
    photo = gradient(48, 64)
    painted, state = FilmStylizer(plain_stylizer(network, strength=0.0)).paint(photo, None, 0.0, None)
    assert (painted == photo).all()
    assert not state


def moved(trust: float = 1.0) -> WarpedFrame:
    """Return a previous output of fine strokes that moved by a pixel."""
    strokes = np.indices((48, 64)).sum(0) % 2
    back = np.ones((48, 64, 2), np.float32)
    picture = np.repeat(strokes[..., None], 3, 2).astype(np.float32)
    return WarpedFrame(picture, np.full((48, 64), trust, np.float32), back, np.zeros((48, 64), np.uint8))


def test_trusted_strokes_of_the_previous_frame_guide_the_painting(network: Path) -> None:
    photo, stylizer = gradient(48, 64), FilmStylizer(plain_stylizer(network))
    alone, hidden, guided = (stylizer.paint(photo, None, 0.0, last)[0] for last in (None, moved(trust=0.0), moved()))
    assert (alone == hidden).all()
    assert np.abs(guided - alone).max() > 0.001


def test_outside_all_masks_the_photo_stays_whatever_the_previous_frame(network: Path) -> None:
    photo, mask = gradient(48, 64), np.zeros((48, 64), np.float32)
    mask[:, :32] = 1
    masked = Stylizer([gradient(40, 56)], masks=[mask], method="adain", model=str(network), threads=1)
    painted = FilmStylizer(masked).paint(photo, None, 0.0, moved())[0]
    assert np.allclose(painted[:, 48:], photo[:, 48:], atol=1e-6)
    assert np.abs(painted[:, :24] - photo[:, :24]).max() > 0.01


def test_strength_0_gives_the_photo_whatever_the_previous_frame(network: Path) -> None:
    photo = gradient(48, 64)
    assert (FilmStylizer(plain_stylizer(network, strength=0.0)).paint(photo, None, 0.0, moved())[0] == photo).all()


def test_styles_are_exaggerated_a_little(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their codes are larger than those of a picture, by the same factor everywhere."""
    photo = gradient(48, 64)
    emphasis = any_style.FILM_EMPHASIS
    film_codes = FilmStylizer(plain_stylizer(network)).paint(photo, None, 0.0, None)[1]["codes"]
    monkeypatch.setattr(any_style, "FILM_EMPHASIS", 1.0)
    plain_codes = FilmStylizer(plain_stylizer(network)).paint(photo, None, 0.0, None)[1]["codes"]
    assert np.allclose(film_codes, emphasis * plain_codes)
    assert emphasis > 1


def test_frames_are_propagated_while_style_and_strength_stay(network: Path) -> None:
    plain = FilmStylizer(plain_stylizer(network))
    assert plain.same_style(0, 100)
    fading = FilmStylizer(plain_stylizer(network), strengths=parse("1s:0.5 2s:1", "strengths"))
    assert fading.same_style(0, 0.9)
    assert not fading.same_style(1.1, 1.2)
    assert fading.same_style(2, 3)
    second = load_styles(gradient(30, 30, shift=0.5), None, Limits())
    mixed = FilmStylizer(plain_stylizer(network), second=second, mix=parse("0:0 2:1", "mix"))
    assert not mixed.same_style(0.1, 0.2)
    assert mixed.same_style(2, 4)
    assert not FilmStylizer(plain_stylizer(network), moving=[ALPHA]).same_style(0, 0.04)
