"""Reading good pictures of every kind: right size, turn, color, precision and transparency."""

from __future__ import annotations

import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import ArrayLike, NDArray
from PIL import ImageOps, features

from pinxit import images
from pinxit.errors import BadRecipe, MissingExtra
from support import pictures

ODD = Path(__file__).parents[3] / "shared/data/odd_images"
SCENE = pictures.scene()
FLOAT = pictures.scene_float()


def assert_close(image: NDArray[np.float32], expected: ArrayLike, atol: float = 1e-6) -> None:
    assert image.dtype == np.float32
    assert image.shape == np.shape(expected)
    np.testing.assert_allclose(image, np.asarray(expected, np.float32), rtol=0, atol=atol)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_each_exif_orientation_comes_upright(format: str, orientation: int) -> None:
    if format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    settings: dict[str, dict[str, int]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}
    image = images.read(pictures.rotated(SCENE, orientation, format, **settings.get(format, {})))
    assert_close(image, FLOAT, atol=0.08 if format in ("JPEG", "AVIF") else 1e-6)


@pytest.mark.parametrize("exif", [b"broken", b"II*\0\x08\0\0\0\xff\xff\x12\x01", bytes(40)])
def test_broken_exif_is_no_reason_to_refuse_a_picture(exif: bytes) -> None:
    assert images.read(pictures.saved(SCENE, "JPEG", exif=b"Exif\0\0" + exif)).shape == FLOAT.shape


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "CMYK", "YCbCr"])
def test_each_mode_has_its_colors(mode: str) -> None:
    format = {"CMYK": "TIFF", "YCbCr": "JPEG"}.get(mode, "PNG")
    picture = PIL.Image.fromarray(SCENE).convert(mode)
    image = images.read(pictures.saved(picture, format))
    expected = picture.convert("RGBA" if mode in ("LA", "RGBA") else "RGB")
    assert_close(image, np.asarray(expected, np.float32) / 255, atol=0.05 if mode == "YCbCr" else 1e-6)


def test_lab_is_converted() -> None:
    red = PIL.Image.merge("LAB", [PIL.Image.new("L", (2, 1), value) for value in (136, 208, 195)])
    np.testing.assert_allclose(images.read(pictures.saved(red, "TIFF"))[0, 0], [1, 0, 0], atol=0.05)


def test_cmyk_of_adobe_is_stored_inverted_and_still_comes_right() -> None:
    picture = PIL.Image.new("CMYK", (16, 16), (255, 0, 0, 0))  # Pillow writes it inverted, with Adobe's marker
    np.testing.assert_allclose(images.read(pictures.saved(picture, "JPEG"))[8, 8], [0, 1, 1], atol=0.02)


def test_gray16_keeps_all_its_levels() -> None:
    samples = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64, 1)
    expected = np.repeat(samples / np.float32(65535), 3, axis=2)
    for data in (
        pictures.png16(samples),
        pictures.tiff(samples),
        pictures.tiff(samples, order=">"),
        pictures.tiff(65535 - samples, photometric=0),
        b"P5 64 64 65535\n" + samples.astype(">u2").tobytes(),
        b"P2 # plain\n64 64 65535\n" + " ".join(map(str, samples.ravel())).encode(),
    ):
        assert_close(images.read(data), expected)


@pytest.mark.parametrize("channels", [3, 4])
def test_color16_keeps_all_its_levels(channels: int) -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (5, 7, channels), np.uint16)
    expected = samples / np.float32(65535)
    assert_close(images.read(pictures.png16(samples)), expected)
    assert_close(images.read(pictures.tiff(samples, 2)), expected)
    assert_close(images.read(pictures.tiff(samples, 2, order=">")), expected)
    if channels == 3:
        assert_close(images.read(b"P6 7 5 65535\n" + samples.astype(">u2").tobytes()), expected)


def test_color16_with_a_profile_is_converted_in_8_bits() -> None:
    samples = SCENE.astype(np.uint16) * 257
    profiled = pictures.png16(samples, (b"iCCP", b"p3\0\0" + zlib.compress(pictures.icc_p3())))
    plain = pictures.saved(SCENE, "PNG", icc_profile=pictures.icc_p3())
    assert_close(images.read(profiled), images.read(plain))


def test_other_depths_of_gray_tiff() -> None:
    ramp = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4, 1)
    expected = np.repeat(ramp, 3, axis=2)
    assert_close(images.read(pictures.tiff((ramp * 32767).astype(np.int16))), expected, atol=1e-4)
    wide = np.round(ramp.astype(np.float64) * (2**31 - 1))
    assert_close(images.read(pictures.tiff(wide.astype(np.int32))), expected, atol=1e-4)
    assert_close(images.read(pictures.tiff((2 * wide).astype(np.uint32))), expected, atol=1e-4)
    assert_close(images.read(pictures.tiff(ramp)), expected)


def test_float_tiff_is_clipped_and_freed_of_nan() -> None:
    image = images.read(pictures.tiff(np.array([[[-1], [np.nan], [np.inf], [0.25]]], np.float32)))
    assert_close(image[0, :, 0], np.array([0, 0, 1, 0.25], np.float32))


def test_transparency_of_every_kind_becomes_alpha() -> None:
    indices = PIL.Image.fromarray(np.array([[0, 1, 2]], np.uint8), "L").convert("P")
    for table, expected in ((1, [1, 0, 1]), (bytes([0, 128, 255]), [0, 128 / 255, 1])):
        assert_close(images.read(pictures.saved(indices, "PNG", transparency=table))[0, :, 3], expected)
    color = np.array([[[1, 2, 3], [1, 2, 4]]], np.uint8)
    assert_close(images.read(pictures.saved(color, "PNG", transparency=(1, 2, 3)))[0, :, 3], [0, 1])
    gif = pictures.saved(indices, "GIF", transparency=2)
    assert_close(images.read(gif)[0, :, 3], [1, 1, 0])


@pytest.mark.parametrize(("depth", "row"), [(1, "01"), (2, "0002"), (4, "000f"), (8, "00ff"), (16, "0000ffff")])
def test_clear_gray_is_counted_in_the_files_own_depth(depth: int, row: str) -> None:
    packed = {1: b"\x40", 2: b"\x20", 4: b"\x0f"}.get(depth, bytes.fromhex(row))
    data = pictures.png(2, 1, depth, 0, packed, (b"tRNS", struct.pack(">H", int(row[len(row) // 2 :], 16))))
    assert images.read(data)[0, :, 3].tolist() == [1, 0]


def test_clear_color16_needs_all_16_bits() -> None:
    samples = np.array([[[0x1234, 0, 0], [0x1235, 0, 0]]], np.uint16)
    data = pictures.png16(samples, (b"tRNS", struct.pack(">3H", 0x1234, 0, 0)))
    assert images.read(data)[0, :, 3].tolist() == [0, 1]


def test_display_p3_becomes_srgb_as_worked_out_by_hand() -> None:
    muted = (64 + SCENE // 2).astype(np.uint8)  # inside sRGB's gamut
    image = images.read(pictures.saved(muted, "PNG", icc_profile=pictures.icc_p3()))
    linear = (muted / 255) ** 2.19921875 @ (np.linalg.inv(pictures.SRGB_TO_XYZ) @ pictures.P3_TO_XYZ).T
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clip(0) ** (1 / 2.4) - 0.055)
    assert_close(image, expected.clip(0, 1).astype(np.float32), atol=1.6 / 255)
    assert np.abs(image - muted / np.float32(255)).max() > 0.05  # the profile does something


@pytest.mark.parametrize("samples", [SCENE[..., :1], SCENE[..., :1].astype(np.uint16) * 257], ids=["8 bits", "16 bits"])
def test_gray_profile(samples: NDArray[np.generic]) -> None:
    iccp = (b"iCCP", b"gray\0\0" + zlib.compress(pictures.icc_gray(1.0)))  # linear light
    height, width, _ = samples.shape
    depth = samples.dtype.itemsize * 8
    rows = samples.astype(samples.dtype.newbyteorder(">")).tobytes()
    image = images.read(pictures.png(width, height, depth, 0, rows, iccp))
    linear = FLOAT[..., :1].repeat(3, axis=2)
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert_close(image, expected.astype(np.float32), atol=1.5 / 255)


def test_gray_with_a_profile_for_color_is_read_as_color() -> None:
    gray = SCENE[..., 0]
    with_profile = images.read(pictures.saved(gray, "JPEG", icc_profile=pictures.icc_p3(1.0), quality=100))
    without = images.read(pictures.saved(gray, "JPEG", quality=100))
    assert with_profile[..., 0].mean() > without[..., 0].mean() + 0.1


def test_cmyk_goes_through_its_profile() -> None:
    cyan = PIL.Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    red, green, blue = images.read(pictures.saved(cyan, "TIFF", icc_profile=pictures.icc_cmyk()))[4, 4]
    assert red > 0.9  # on this press cyan ink prints as red
    assert max(green, blue) < 0.3


@pytest.mark.parametrize("icc", [b"no profile", pictures.icc_p3()[:200], pictures.icc_gray(1.0), pictures.icc_cmyk()])
def test_profiles_that_cannot_be_used_are_ignored(icc: bytes) -> None:
    assert_close(images.read(pictures.saved(SCENE, "PNG", icc_profile=icc)), FLOAT)


def test_alpha_stays_as_it_is_under_a_profile() -> None:
    rgba = np.dstack([SCENE, SCENE[..., 1]])
    image = images.read(pictures.saved(rgba, "PNG", icc_profile=pictures.icc_p3()))
    assert_close(image[..., 3], FLOAT[..., 1])


def test_the_first_frame_counts() -> None:
    assert images.read(pictures.animated_gif())[0, 0].tolist() == [1, 0, 0]
    for format in ("MPO", "TIFF", "WEBP", "PNG"):
        red, blue = (PIL.Image.new("RGB", (16, 16), color) for color in ("red", "blue"))
        data = pictures.saved(red, format, save_all=True, append_images=[blue])
        np.testing.assert_allclose(images.read(data)[8, 8], [1, 0, 0], atol=0.02, err_msg=format)


def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    heif.register_heif_opener()
    image = images.read(pictures.saved(pictures.scene(64, 96), "HEIF", quality=95))
    assert_close(image, pictures.scene_float(64, 96), atol=0.08)


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtra, match=r"'\.\[heif\]'"):
        images.read(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_mask_is_luminance_or_the_alpha_of_a_single_color() -> None:
    gray = SCENE[..., 0]
    assert_close(images.read_mask(pictures.rotated(np.dstack([gray] * 3), 6, "PNG")), gray / np.float32(255))
    assert_close(images.read_mask(pictures.saved(np.array([[[255, 0, 0]]], np.uint8), "PNG")), [[0.2126]])
    black = np.dstack([np.zeros_like(SCENE), gray])
    black[gray == 0, :3] = 77  # the color under full transparency is anyone's guess
    assert_close(images.read_mask(pictures.saved(black, "PNG")), gray / np.float32(255))
    opaque = np.dstack([np.zeros_like(SCENE), np.full_like(gray, 255)])
    assert images.read_mask(pictures.saved(opaque, "PNG")).max() == 0
    varied = np.dstack([SCENE[..., :1].repeat(3, axis=2), SCENE[..., 1]])
    assert_close(images.read_mask(pictures.saved(varied, "PNG")), FLOAT[..., 0] * FLOAT[..., 1])


def test_no_recipe_in_a_strangers_picture() -> None:
    for data in (*pictures.good_files().values(), b"P5 1 1 255\n\0"):
        with pytest.raises(BadRecipe, match="has no recipe"):
            images.read_recipe(data)


DEEP_OR_PROFILED = {"I", "I;16", "I;16B"}  # which Pillow's own conversion clips


@pytest.mark.skipif(not ODD.is_dir(), reason="needs the collection of odd images")
def test_odd_files_that_pillow_opens_come_in_as_it_shows_them() -> None:
    compared = 0
    for path in sorted(p for p in ODD.rglob("*") if p.is_file()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                picture = ImageOps.exif_transpose(PIL.Image.open(path))
            except (OSError, ValueError, SyntaxError):
                continue
            shown = np.asarray(picture.convert("RGB"), np.float32) / 255
        image = images.read(path)
        assert image.shape[:2] == shown.shape[:2], path.name
        assert (image.shape[2] == 4) == picture.has_transparency_data, path.name
        if picture.mode not in DEEP_OR_PROFILED and "icc_profile" not in picture.info:
            np.testing.assert_allclose(image[..., :3], shown, rtol=0, atol=1.01 / 255, err_msg=path.name)
            compared += 1
    assert compared > 150
