"""Trained styles: by name or by file, strength, blends, masks, colors, tiles, and combinations that are refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import pinxit
from pinxit.config.options import Fast, Look
from pinxit.errors import BadOption, NotFound
from pinxit.images import Image
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.trained_style import TrainedStyleStylizer
from pinxit.styles.style import load_styles
from pinxit.training.export import pack
from support.fakes import Pictures, Run, gradient
from support.networks import network_of, trained_network, write_styles

PHOTO = gradient(40, 56)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_styles(tmp_path / "trio.pinxit", "wave", "scream", "night")


def make_stylizer(style: Any, masks: Any = None, **look: Any) -> TrainedStyleStylizer:
    return TrainedStyleStylizer(load_styles(style, masks), Look(**look), Fast(threads=1))


def expected(code: list[float], photo: Image = PHOTO) -> Image:
    """What PyTorch paints of the photo in its frame, cut off again."""
    height, width = photo.shape[:2]
    frame = tiles.FRAME
    framed = np.pad(
        photo, (*((frame, tiles._framed(each, 8).stop - each) for each in (height, width)), (0, 0)), "symmetric"
    )
    content = torch.from_numpy(framed.transpose(2, 0, 1)[None].copy())
    with torch.no_grad():
        painted, _ = network_of(3)(content, torch.tensor([[code]]))
    return np.asarray(painted[0].numpy().transpose(1, 2, 0)[frame:, frame:][:height, :width])


def assert_near(painted: Image, target: Image) -> None:
    """Half-precision weights, where random ones make edges sharper than any painting's."""
    assert np.abs(painted - target).mean() < 0.5 / 255
    assert np.abs(painted - target).max() < 8 / 255


@pytest.mark.parametrize(("name", "row"), [("wave", 0), ("scream", 1), ("night", 2)])
def test_each_style_is_painted_as_it_was_trained(network: Path, name: str, row: int) -> None:
    painted = make_stylizer(f"{network}:{name}")(PHOTO)
    assert_near(painted, expected([float(column == row) for column in range(4)]))


def test_a_smooth_photo_gets_no_canvas_since_none_was_trained(network: Path) -> None:
    smooth = 0.4 + 0.05 * gradient(48, 64)
    assert_near(make_stylizer(f"{network}:wave")(smooth), expected([1.0, 0, 0, 0], smooth))


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_a_photo_of_one_color_becomes_no_grid(network: Path, strength: float) -> None:
    painted = make_stylizer(f"{network}:wave", strength=strength)(np.full((96, 128, 3), 0.4, np.float32))
    assert painted.std() > 0.01
    for period in (8, 16):
        again = np.abs(painted[:, period:] - painted[:, :-period]).mean()
        assert again > 0.3 * painted.std()


def test_strength_goes_from_the_photo_to_the_style_without_a_jump(network: Path) -> None:
    style = f"{network}:wave"
    painted = [make_stylizer(style, strength=s)(PHOTO) for s in (0, 0.001, 0.5, 0.9999, 1)]
    np.testing.assert_array_equal(painted[0], PHOTO)
    assert np.abs(painted[1] - PHOTO).max() < 0.02
    assert np.abs(painted[3] - painted[4]).max() < 0.02
    halfway = expected([0.5, 0, 0, 0.5])
    assert_near(painted[2], halfway + np.float32(0.5**2) * (PHOTO - halfway))


def test_styles_of_one_network_blend_by_weight(network: Path) -> None:
    both = make_stylizer({f"{network}:wave": 0.75, f"{network}:night": 0.25})(PHOTO)
    assert_near(both, expected([0.75, 0, 0.25, 0]))


def test_a_mask_leads_each_style_to_its_place(network: Path) -> None:
    photo = np.random.default_rng(5).random((64, 256, 3), np.float32)
    left = np.zeros((64, 256), np.float32)
    left[:, :128] = 1
    styles = [f"{network}:wave", f"{network}:scream"]
    mixed = make_stylizer(styles, [left, None])(photo)
    alone = [make_stylizer(style)(photo) for style in styles]
    halves = [np.abs(mixed - each).mean((0, 2)) for each in alone]
    assert halves[0][:64].mean() < 0.7 * halves[1][:64].mean()
    assert halves[1][-64:].mean() < 0.7 * halves[0][-64:].mean()


def test_where_no_mask_is_white_the_photo_stays_as_it_is(network: Path) -> None:
    photo = np.random.default_rng(6).random((64, 256, 3), np.float32)
    right = np.zeros((64, 256), np.float32)
    right[:, 128:] = 1
    mixed = make_stylizer([f"{network}:wave"], [right])(photo)
    np.testing.assert_array_equal(mixed[:, :128], photo[:, :128])
    assert_near(mixed[:, 128:], make_stylizer(f"{network}:wave")(photo)[:, 128:])


def test_tiles_are_near_to_one_piece(network: Path) -> None:
    photo = np.random.default_rng(7).random((96, 200, 3), np.float32)
    whole = make_stylizer(f"{network}:wave")(photo)
    style = load_styles(f"{network}:wave")
    tiled = TrainedStyleStylizer(style, Look(), Fast(threads=1, tile=64))
    steps = list(tiled.steps(photo))
    assert len(steps) > 2
    assert np.abs(steps[-1].preview() - whole).mean() < 0.02


def test_a_trained_style_needs_no_method_and_an_installed_one_no_file(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file = pinxit.stylize(PHOTO, f"{network}:wave", threads=1)
    assert by_file.recipe["method"] == "fast"
    monkeypatch.setenv("PINXIT_STYLES", str(tmp_path))
    by_name = pinxit.stylize(PHOTO, "wave", threads=1)
    np.testing.assert_array_equal(by_name.image, by_file.image)
    assert by_name.recipe["styles"][0]["name"] == "wave"


def test_the_photos_colors_can_be_kept(network: Path) -> None:
    recolored = pinxit.stylize(PHOTO, f"{network}:wave", color="luminance", threads=1).image
    chroma = [
        image[..., 0] - image[..., 2] for image in (recolored, PHOTO, pinxit.stylize(PHOTO, f"{network}:wave").image)
    ]
    assert np.abs(chroma[0] - chroma[1]).mean() < np.abs(chroma[2] - chroma[1]).mean()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"color": "coral"}, "changes the style picture"),
        ({"method": "adain"}, "'wave' is a trained style, which only the method 'fast' paints"),
        ({"model": "x.pinxit"}, "'model' belongs to the method adain, and this is fast"),
    ],
)
def test_what_a_trained_style_cannot_do_is_said(network: Path, how: dict[str, Any], words: str) -> None:
    with pytest.raises(BadOption, match=words):
        pinxit.stylize(PHOTO, f"{network}:wave", **how)


def test_what_does_not_blend_is_said_with_a_cure(network: Path, tmp_path: Path) -> None:
    other = write_styles(tmp_path / "other.pinxit", "dawn", seed=1)
    with pytest.raises(BadOption, match=r"'wave' and 'dawn' belong to two networks.*pinxit train fast"):
        pinxit.stylize(PHOTO, [f"{network}:wave", other])
    with pytest.raises(BadOption, match=r"such as 'wave', and a style given here is a picture"):
        pinxit.stylize(PHOTO, [f"{network}:wave", gradient()])
    with pytest.raises(BadOption, match=r"trained styles, and a style given here is a picture"):
        pinxit.stylize(PHOTO, gradient(), method="fast")


def test_a_network_of_trained_styles_is_no_model_of_any_style(network: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="give it as --style"):
        pinxit.stylize(PHOTO, gradient(), method="adain", model=str(network), threads=1)
    whole = tmp_path / "any.pinxit"
    whole.write_bytes(pack(trained_network(), 0))
    with pytest.raises(BadOption, match="paints any style"):
        pinxit.stylize(PHOTO, whole)


def test_the_command_line_paints_folders_and_repeats_by_the_recipe(
    pinxit: Run, network: Path, picture: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("photos/one.png")
    picture("photos/two.png", shift=0.2)
    run = pinxit("stylize", tmp_path / "photos", "-s", f"{network}:night", "-o", tmp_path / "painted")
    assert run.code == 0, run.said
    assert len(list((tmp_path / "painted").glob("*.png"))) == 2
    picture("one.png")
    monkeypatch.chdir(tmp_path)
    for style in (f"{network}:night", "night"):
        monkeypatch.setenv("PINXIT_STYLES", str(tmp_path))
        assert pinxit("stylize", "one.png", "-s", style, "-o", "out.png").code == 0
        again = pinxit("stylize", "--recipe", "out.png", "-o", "again.png")
        assert again.code == 0, again.said
        assert Path("again.png").read_bytes() == Path("out.png").read_bytes()
    write_styles(network, "wave", "scream", "night", seed=3)
    changed = pinxit("stylize", "--recipe", "out.png", "-o", "third.png")
    assert changed.code != 0
    assert "night" in changed.said


def test_a_name_that_nothing_has_is_an_error_with_the_nearest(
    pinxit: Run, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINXIT_STYLES", str(network.parent))
    run = pinxit("stylize", network.parent / "a.png", "-s", "wvae", "-o", network.parent / "out.png")
    assert run.code == NotFound.exit_code
    assert "did you mean 'wave'?" in run.said


def test_a_sheet_without_styles_has_all_of_them(pinxit: Run, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = network.parent
    monkeypatch.setenv("PINXIT_STYLES", str(folder))
    monkeypatch.setattr("pinxit.styles.gallery.SHIPPED", folder / "none")
    run = pinxit("sheet", folder / "a.png", "-o", folder / "all.png")
    assert run.code == 0, run.said
    assert "(100 x 112)" in run.said, "the photo and three styles, two in a row, with captions of 14 px"
    run = pinxit("sheet", folder / "a.png", "wave", "night", "--interpolate", "-o", folder / "way.png")
    assert run.code == 0, run.said


def test_painting_loads_no_torch(network: Path) -> None:
    code = (
        "import sys, numpy as np, pinxit\n"
        f"pinxit.stylize(np.zeros((20, 30, 3)), {str(network) + ':wave'!r}, threads=1)\n"
        "print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"
