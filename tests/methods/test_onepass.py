"""Painting in one pass: strength, styles by weight and by mask, any size, and network files that are no good."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit
from pinxit.config.options import Adain, Look
from pinxit.errors import BadOption, BadWeights, NotFound
from pinxit.files.network_file import FORMAT
from pinxit.images import Image
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.onepass.levels import is_empty
from pinxit.methods.onepass.network import SHIPPED, open_bytes, open_file
from pinxit.methods.onepass.painting import CODES, STATISTICS
from pinxit.styles.style import Reference, Style
from pinxit.training.export import pack
from support.fakes import Pictures, Run, gradient
from support.networks import trained_network


def make_stylizer(network: Path, *references: Reference, **look: Any) -> AnyStyleStylizer:
    return AnyStyleStylizer(Style(references), Look(**look), Adain(model=str(network), threads=1))


def noise(height: int, width: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


BLUE, NOISE = Reference(gradient(40, 50)), Reference(noise(30, 20))


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (15, 17), (48, 64), (16, 256)])
def test_every_size_comes_back_as_it_was(network: Path, size: tuple[int, int]) -> None:
    painted = make_stylizer(network, BLUE)(gradient(*size))
    assert painted.shape == (*size, 3)
    assert painted.dtype == np.float32
    assert 0 <= painted.min() <= painted.max() <= 1


@pytest.mark.parametrize("style", [np.zeros((1, 1, 3), np.float32), np.ones((20, 320, 3), np.float32)])
def test_a_style_of_one_color_paints_a_sane_picture(network: Path, style: Image) -> None:
    assert np.isfinite(make_stylizer(network, Reference(style))(gradient(20, 20))).all()


def test_strength_goes_from_the_photo_to_the_style_without_a_jump(network: Path) -> None:
    photo = gradient(32, 40)
    painted = [make_stylizer(network, NOISE, strength=s)(photo) for s in (0, 0.001, 0.5, 0.999, 1)]
    np.testing.assert_array_equal(painted[0], photo)
    assert np.abs(painted[1] - photo).max() < 0.02
    assert np.abs(painted[3] - painted[4]).max() < 0.02
    assert np.abs(painted[2] - photo).max() > 0.05


def test_steps_are_one_and_the_same(network: Path) -> None:
    stylizer = make_stylizer(network, NOISE)
    (step,) = stylizer.steps(gradient(24, 24))
    np.testing.assert_array_equal(step.preview(), stylizer(gradient(24, 24)))
    assert (step.index, step.of, step.size) == (1, 1, (24, 24))


def test_a_style_of_weight_zero_is_none(network: Path) -> None:
    photo = gradient(24, 24)
    both = make_stylizer(network, BLUE, Reference(NOISE.image, weight=0.0))(photo)
    np.testing.assert_allclose(both, make_stylizer(network, BLUE)(photo), atol=1e-3)


def left_half(height: int, width: int, edge: int = 1) -> Image:
    """Return a mask: white at the left, black at the right, and fading over ``edge`` px between."""
    columns = np.arange(width, dtype=np.float32)
    fade: Image = np.clip((width / 2 - columns) / edge, 0, 1).astype(np.float32)
    return fade[None].repeat(height, 0)


@pytest.mark.parametrize("tile", [0, 128])
@pytest.mark.parametrize("style_scale", [0.5, 1.0, 2.0])
def test_a_region_is_painted_as_if_its_style_were_alone(network: Path, tile: int, style_scale: float) -> None:
    photo, mask = noise(96, 320, seed=5), left_half(96, 320, edge=20)

    def paint(*references: Reference) -> Image:
        options = Adain(model=str(network), threads=1, tile=tile)
        return AnyStyleStylizer(Style(references), Look(style_scale=style_scale), options)(photo)

    mixed = paint(Reference(BLUE.image, mask=mask), NOISE)
    blue, other = paint(BLUE), paint(NOISE)
    np.testing.assert_allclose(mixed[:, :140], blue[:, :140], atol=1e-5)
    np.testing.assert_allclose(mixed[:, 161:], other[:, 161:], atol=1e-5)
    np.testing.assert_allclose(mixed, mask[..., None] * blue + (1 - mask[..., None]) * other, atol=1e-5)
    assert np.abs(blue - other).mean() > 0.003


def test_styles_with_one_mask_are_mixed_by_weight_inside_it(network: Path) -> None:
    photo, mask = noise(64, 128, seed=5), left_half(64, 128)
    both = [Reference(each.image, weight, mask) for each, weight in ((BLUE, 3.0), (NOISE, 1.0))]
    masked = make_stylizer(network, *both)(photo)
    alone = make_stylizer(network, Reference(BLUE.image, 3.0), NOISE)(photo)
    np.testing.assert_allclose(masked[:, :60], alone[:, :60], atol=1e-5)
    np.testing.assert_array_equal(masked[:, 68:], photo[:, 68:])


@pytest.mark.parametrize(("tile", "over"), [(0, False), (64, False), (64, True)])
def test_the_photo_stays_where_no_mask_is_white(network: Path, tile: int, over: bool) -> None:
    mask = np.zeros((96, 160), np.float32)
    mask[:, :80] = np.linspace(1, 0, 80, dtype=np.float32)
    photo = noise(96, 160, seed=6)
    style = Style((Reference(BLUE.image, mask=mask),))
    options = Adain(model=str(network), threads=1, tile=tile)
    content = photo.copy()
    *_, last = AnyStyleStylizer(style, Look(), options).steps(content, overwrite=over)
    mixed = last.preview()
    whole = AnyStyleStylizer(Style((BLUE,)), Look(), options)(photo)
    np.testing.assert_array_equal(mixed[:, 80:], photo[:, 80:])
    np.testing.assert_allclose(mixed[:, :80], (photo + mask[..., None] * (whole - photo))[:, :80], atol=1e-3)


def test_a_network_that_changed_is_read_again(network: Path) -> None:
    before = make_stylizer(network, NOISE)(gradient(24, 24))
    network.write_bytes(pack(trained_network(seed=1), steps=1_000_000))
    assert not np.allclose(make_stylizer(network, NOISE)(gradient(24, 24)), before)


def test_the_network_that_comes_with_pinxit_is_small_and_paints_in_the_styles_colors() -> None:
    assert SHIPPED.stat().st_size < 12e6
    photo, red = gradient(96, 128), gradient(64, 64) * np.array([1, 0.2, 0.1], np.float32)
    painted = pinxit.stylize(photo, red, method="adain").image
    assert painted.shape == photo.shape
    target, before, after = (image.mean((0, 1)) for image in (red, photo, painted))
    assert np.abs(after - target).sum() < 0.5 * np.abs(before - target).sum()


def test_the_card_of_the_shipped_network_names_it_by_its_sha256() -> None:
    card = Path(__file__).parents[2] / "models" / "adain" / "README.md"
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() in card.read_text(encoding="utf-8")


def test_a_network_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match=r"nothing\.pinxit: there is no such file"):
        make_stylizer(Path("nothing.pinxit"), BLUE)


@pytest.mark.parametrize("position", [0.001, 0.2, 0.5, 0.9, 0.999])
def test_a_flipped_byte_never_paints_another_picture(network_bytes: bytes, position: float) -> None:
    data = bytearray(network_bytes)
    data[int(position * len(data))] ^= 1
    try:
        damaged = open_bytes(bytes(data), "x.pinxit")
    except BadWeights:
        return
    # Zip keeps some bytes twice; where one that nobody reads is flipped, the graphs are still the same.
    whole, content = open_bytes(network_bytes, "x.pinxit"), np.full((1, 3, 8, 8), 0.3, np.float32)
    np.testing.assert_array_equal(damaged.encode(content), whole.encode(content))


@pytest.mark.parametrize("cut", [0, 1, 100, 10_000])
def test_a_cut_file_is_refused(network_bytes: bytes, cut: int) -> None:
    with pytest.raises(BadWeights, match=r"x\.pinxit is"):
        open_bytes(network_bytes[:cut], "x.pinxit")


def test_another_version_is_refused(network_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pinxit"
    path.write_bytes(network_bytes)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    card = json.loads(parts["card.json"]) | {"format": FORMAT + 1}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, "card.json": json.dumps(card).encode()}.items():
            archive.writestr(name, data)
    with pytest.raises(BadWeights, match="another version"):
        open_file(path)


def test_a_provider_that_is_not_there_is_refused(network_bytes: bytes) -> None:
    with pytest.raises(BadOption, match=r"cannot compute on coreml; it can on .*cpu"):
        open_bytes(network_bytes, "x.pinxit", "coreml")


def test_the_command_line_paints_with_it(pinxit: Run, network: Path, picture: Pictures) -> None:
    folder = network.parent
    run = pinxit(
        "stylize", folder / "a.png", "-s", folder / "style.png", "--method", "adain", "--model", network,
        "--color", "luminance", "-o", folder / "out.png",
    )  # fmt: skip
    assert run.code == 0, run.said
    assert '"model": "adain.pinxit"' in pinxit("recipe", folder / "out.png").out.decode()


def test_painting_loads_no_torch(network: Path, tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np, pinxit\n"
        "picture = np.zeros((20, 30, 3))\n"
        f"pinxit.stylize(picture, picture, method='adain', model={str(network)!r}, threads=1)\n"
        "print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize("size", [(96, 128), (99, 131), (93, 124)])
@pytest.mark.parametrize("look", [{}, {"strength": 0.6}, {"strength": 0.0}, {"style_scale": 1.4}, {"style_scale": 0.6}])
@pytest.mark.parametrize("masked", [False, True])
def test_windows_are_repainted_as_in_the_whole_frame(
    network: Path, look: dict[str, float], size: tuple[int, int], masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinxit.methods.onepass.any_style.FILM_EMPHASIS", 1.0)
    mask = left_half(*size, edge=30) if masked else None
    stylizer = make_stylizer(network, Reference(gradient(40, 56), mask=mask), *([NOISE] * masked), **look)
    content = gradient(*size)
    whole, state = stylizer.paint_frame(content)
    assert (whole == stylizer(content)).all()
    if look.get("strength") == 0:
        assert not state
        return
    sizes = 2 if look.get("style_scale", 1) > 1 else 1
    assert state[CODES].shape[0] == 1 + masked
    assert state[STATISTICS].shape[:2] == (1 + masked, sizes), "each region has its own at each size"
    windows = [(slice(0, 32), slice(0, 32)), (slice(32, size[0]), slice(64, size[1]))]
    for window, part in zip(windows, stylizer.repaint(content, windows, state, 48), strict=True):
        assert np.abs(part - whole[window]).max() < 2e-3


@pytest.mark.parametrize("color", [(0.5, 0.5, 0.5), (0, 0, 0), (1, 1, 1), (0.2, 0.6, 0.9)])
def test_a_photo_of_one_color_becomes_a_picture_and_no_grid(color: tuple[float, float, float]) -> None:
    style = np.random.default_rng(1).random((24, 24, 3), np.float32).repeat(4, 0).repeat(4, 1)
    photo = np.full((160, 192, 3), color, np.float32)
    painted = pinxit.stylize(photo, style, method="adain").image
    assert (painted == pinxit.stylize(photo, style, method="adain").image).all()
    assert painted.std() > 0.02
    for period in (8, 16, 32):  # the strides at which rounding repeats
        again = np.abs(painted[:, period:] - painted[:, :-period]).mean()
        assert again > 0.3 * painted.std()


def test_a_photo_with_anything_to_be_seen_is_not_empty() -> None:
    photo = np.full((64, 64, 3), 0.5, np.float32)
    assert is_empty(photo)
    photo[5, 5] += 2 / 255
    assert not is_empty(photo)
    assert not is_empty(gradient(64, 64))
    assert is_empty(gradient(1, 1))
