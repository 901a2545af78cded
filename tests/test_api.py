"""The verbs, from what a user holds in hand to a file on disk, on a thin network of random weights."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit
from networks import thin_vgg
from pinxit import images, recipe
from pinxit.errors import BadOption, MissingExtra, NotFound
from pinxit.stylizer import Image

QUICK: dict[str, Any] = {"steps": 2, "threads": 1, "size": 32, "method": "optimize"}


def picture(seed: int, height: int = 24, width: int = 36, channels: int = 3) -> Image:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.optimize.weights.load", thin_vgg)


def test_size_is_the_long_side_and_a_content_is_never_enlarged() -> None:
    assert pinxit.stylize(picture(0), picture(1), **QUICK).image.shape == (21, 32, 3)
    assert pinxit.stylize(picture(0, 9, 12), picture(1), **QUICK).image.shape == (9, 12, 3)


def test_paths_bytes_and_open_files_paint_the_same(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    images.write(picture(0), path)
    found = [
        pinxit.stylize(content, picture(1), **QUICK).image
        for content in (path, path.read_bytes(), io.BytesIO(path.read_bytes()))
    ]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_transparency_comes_back() -> None:
    content = picture(0, 20, 20, 4)
    found = pinxit.stylize(content, picture(1), **QUICK).image
    assert found.shape == (20, 20, 4)
    assert np.array_equal(found[..., 3], content[..., 3])


def test_save_writes_the_recipe_and_it_reads_back(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    images.write(picture(0), photo)
    painting = pinxit.stylize(photo, {tmp_path / "photo.png": 2.0}, **QUICK)
    painting.save(out)
    kept = recipe.loads(images.read_recipe(out))
    assert kept.content.name == "photo.png"
    assert kept.styles[0].weight == 2.0
    assert kept.options["steps"] == 2
    assert kept.version == pinxit.__version__
    assert np.allclose(images.read(out), painting.image, atol=1 / 255)


def test_the_same_call_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        pinxit.stylize(picture(0), picture(1), **QUICK).save(tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("color", ["luminance", "coral", "histogram"])
def test_every_way_to_keep_the_colors_keeps_them_better_than_none(color: str) -> None:
    content = np.clip(picture(0) * 0.2 + np.array([0.7, 0.2, 0.1], np.float32), 0, 1)
    style = np.clip(picture(1) * 0.2 + np.array([0.1, 0.2, 0.7], np.float32), 0, 1)

    def away(mode: str) -> float:
        found = pinxit.stylize(content, style, color=mode, **QUICK).image
        return float(np.abs(found.mean((0, 1)) - content.mean((0, 1))).sum())

    assert away(color) < 0.5 * away("style")


def test_steps_show_pictures_in_the_final_colors() -> None:
    stylizer = pinxit.Stylizer(picture(1), color="luminance", **QUICK)
    steps = list(stylizer.steps(picture(0)))
    finished = stylizer.painting(picture(0), steps[-1].preview())
    assert np.array_equal(finished.image, steps[-1].preview())


def test_an_unfinished_preview_becomes_a_painting_of_full_size() -> None:
    stylizer = pinxit.Stylizer(picture(1), **QUICK)
    assert stylizer.painting(picture(0), picture(2, 5, 8)).image.shape == (21, 32, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "optimise"}, "did you mean 'optimize'"),
        ({"sise": 3}, "did you mean 'size'"),
        ({"size": 3}, "from 16"),
        ({"color": "luminence"}, "did you mean 'luminance'"),
    ],
)
def test_wrong_words_get_the_nearest_right_one(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        pinxit.Stylizer(picture(1), **{**QUICK, **options})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotFound, match=r"none\.jpg"):
        pinxit.stylize("none.jpg", picture(1), **QUICK)


def test_without_torch_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'pinxit\[optimize\]'"):
        pinxit.stylize(picture(0), picture(1), **QUICK)
