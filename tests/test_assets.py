"""The example pictures: painted from a seed, distinct, and photos that need no download."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pinxit import images

ASSETS = Path(__file__).parent.parent / "tools" / "assets"
sys.path.insert(0, str(ASSETS))

import make_pictures  # noqa: E402
from painting import STYLES as PAINTERS  # noqa: E402

SMALL = 96
STYLES = sorted(PAINTERS)


@pytest.fixture(scope="module")
def painted() -> dict[str, NDArray[np.float32]]:
    return {name: make_pictures.make_style(name, SMALL) for name in STYLES}


def test_there_are_enough_styles_and_photos() -> None:
    assert len(STYLES) >= 8
    assert {"swirls", "woodblock", "mosaic"} <= set(STYLES)
    assert {"chelsea", "coffee"} <= set(make_pictures.CONTENT)


@pytest.mark.parametrize("name", STYLES)
def test_a_style_is_a_picture(name: str, painted: dict[str, NDArray[np.float32]]) -> None:
    picture = painted[name]
    assert picture.dtype == np.float32
    assert (picture.ndim, picture.shape[2]) == (3, 3)
    assert max(picture.shape[:2]) == SMALL
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.std() > 0.1  # no flat color: there is something to learn from


@pytest.mark.parametrize("name", ["swirls", "inkwash"])
def test_the_same_seed_paints_the_same_picture_and_another_seed_another(
    name: str, painted: dict[str, NDArray[np.float32]]
) -> None:
    assert np.array_equal(make_pictures.make_style(name, SMALL), painted[name])
    assert not np.array_equal(make_pictures.make_style(name, SMALL, seed=1), painted[name])


def test_no_two_styles_share_a_palette(painted: dict[str, NDArray[np.float32]]) -> None:
    def histogram(picture: NDArray[np.float32]) -> NDArray[np.float64]:
        counts, _ = np.histogramdd(picture.reshape(-1, 3), bins=6, range=[(0, 1)] * 3)
        return np.asarray(counts / counts.sum())

    palettes = {name: histogram(picture) for name, picture in painted.items()}
    for one, other in itertools.combinations(STYLES, 2):
        overlap = np.minimum(palettes[one], palettes[other]).sum()
        assert overlap < 0.75, f"{one} and {other} share {overlap:.0%} of their colors"


@pytest.mark.parametrize("name", sorted(make_pictures.CONTENT))
def test_the_photos_come_with_a_package(name: str) -> None:
    photo = make_pictures.content(name)
    assert min(photo.shape[:2]) >= 300
    assert photo.std() > 0.05


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the example pictures opened a socket")

    monkeypatch.setattr("socket.socket", refuse)
    monkeypatch.setattr("socket.create_connection", refuse)
    make_pictures.make_style("woodblock", 32)
    for name in make_pictures.CONTENT:
        make_pictures.content(name)


@pytest.mark.parametrize("name", ["swirls", "woodblock", "watercolor"])
def test_another_size_shows_the_same_scene(name: str, painted: dict[str, NDArray[np.float32]]) -> None:
    def shapes(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        whole = Image.fromarray((picture * 255).astype(np.uint8)).resize((12, 12), Image.Resampling.BOX)
        return np.asarray(whole, np.float32).ravel()

    twice = make_pictures.make_style(name, 2 * SMALL)
    assert np.corrcoef(shapes(painted[name]), shapes(twice))[0, 1] > 0.9


def test_unknown_names_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown style 'swirl'"):
        make_pictures.make_style("swirl")
    with pytest.raises(ValueError, match="at least 16"):
        make_pictures.make_style("swirls", 8)
    with pytest.raises(ValueError, match="unknown photo"):
        make_pictures.content("dog")


def test_the_script_writes_what_is_asked_for(tmp_path: Path) -> None:
    words = [str(ASSETS / "make_pictures.py"), str(tmp_path), "--only", "facets", "chelsea", "--size", "64"]
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert written == ["content/chelsea.png", "style/facets.png"]
    assert max(images.read(tmp_path / "style" / "facets.png").shape) == 64
