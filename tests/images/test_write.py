"""Writing pictures: right bytes, right colors, the recipe inside, and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import ImageCms

from pinxit import images
from pinxit.config.options import Output
from pinxit.errors import BadOption, BadRecipe, DiskFull, Diverged, TooLarge, WriteFailed
from pinxit.images import Image
from support import pictures

FORMATS = ("png", "jpeg", "webp", "tiff")
FLOAT = pictures.scene_float()
RGBA = np.dstack([FLOAT, FLOAT[..., 0]])
RECIPE = json.dumps({"pinxit": "1.0", "styles": ["星夜.jpg"], "note": "<b>&amp; 'quoted'\n"}, ensure_ascii=False)

small_images = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4])),
    elements=st.floats(0, 1, width=32),
)


@settings(max_examples=60, deadline=None)
@given(image=small_images, format=st.sampled_from(["png", "tiff"]))
def test_write_then_read_is_the_identity_up_to_rounding(image: Image, format: str) -> None:
    again = images.read(images.encode(image, format))
    assert again.shape == image.shape
    assert np.abs(again - image).max() <= 0.5 / 255 + 1e-6
    np.testing.assert_array_equal(images.read(images.encode(again, format)), again)


def test_all_256_levels_survive_exactly() -> None:
    levels = np.arange(256, dtype=np.float32).reshape(16, 16, 1).repeat(3, axis=2) / np.float32(255)
    for format in ("png", "tiff"):
        np.testing.assert_array_equal(images.read(images.encode(levels, format)), levels)


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_lossy_formats_stay_close(format: str) -> None:
    smooth = pictures.scene_float(64, 96)
    best = images.encode(smooth, format, output=Output(quality=100))
    assert np.abs(images.read(best) - smooth).mean() < 0.01
    assert len(best) > len(images.encode(smooth, format, output=Output(quality=10)))


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
def test_alpha_is_kept(format: str) -> None:
    np.testing.assert_allclose(images.read(images.encode(RGBA, format))[..., 3], RGBA[..., 3], atol=1e-6)


def test_jpeg_shows_transparent_pictures_on_white() -> None:
    clear = np.zeros((16, 16, 4), np.float32)
    clear[8:, :, 3] = 1
    image = images.read(images.encode(clear, "jpeg"))
    assert image[:6].min() > 0.97
    assert image[10:].max() < 0.03


def test_values_are_rounded_to_nearest_and_clipped() -> None:
    image = np.array([[[0.4999 / 255, 0.5001 / 255, 254.6 / 255], [-3, 7, 1]]], np.float32)
    assert (images.read(images.encode(image, "png")) * 255).round().tolist() == [[[0, 1, 255], [0, 255, 255]]]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_picture_that_is_not_finite_is_never_written(wrong: float, tmp_path: Path) -> None:
    image = FLOAT.copy()
    image[3, 4, 1] = wrong
    with pytest.raises(Diverged, match="not finite"):
        images.write(image, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (4, 4, 2)])
def test_an_array_of_another_shape_is_a_bug(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="an image is"):
        images.encode(np.zeros(shape, np.float32), "png")


@pytest.mark.parametrize("format", FORMATS)
def test_the_srgb_profile_is_embedded(format: str) -> None:
    icc = PIL.Image.open(io.BytesIO(images.encode(FLOAT, format))).info["icc_profile"]
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))


@pytest.mark.parametrize("format", FORMATS)
def test_equal_pictures_give_equal_bytes_at_any_time(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = images.encode(RGBA, format, recipe=RECIPE)
    images.profiles.srgb.cache_clear()
    made = ImageCms.ImageCmsProfile.tobytes
    later = bytes([7, 234, 0, 5])  # as if the profile were made in another year
    monkeypatch.setattr(ImageCms.ImageCmsProfile, "tobytes", lambda p: made(p)[:24] + later + made(p)[28:])
    assert images.encode(RGBA, format, recipe=RECIPE) == first


@pytest.mark.parametrize("format", FORMATS)
def test_the_recipe_comes_back(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{format}"
    images.write(RGBA, path, recipe=RECIPE)
    assert images.read_recipe(path) == RECIPE
    assert images.read_recipe(path.read_bytes()) == RECIPE


@settings(max_examples=60, deadline=None)
@given(recipe=st.text(min_size=1, max_size=200), format=st.sampled_from(FORMATS))
def test_any_text_comes_back_from_any_format(recipe: str, format: str) -> None:
    assert images.read_recipe(images.encode(FLOAT, format, recipe=recipe)) == recipe


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_name_that_is_not_utf8_survives_as_json(format: str) -> None:
    content = {"content": b"caf\xe9.jpg".decode("utf-8", "surrogateescape")}
    recipe = json.dumps(content, ensure_ascii=False)
    assert json.loads(images.read_recipe(images.encode(FLOAT, format, recipe=recipe))) == content


@pytest.mark.parametrize("format", FORMATS)
def test_the_longest_recipe_fits_and_a_longer_one_is_refused(format: str) -> None:
    assert len(images.read_recipe(images.encode(FLOAT, format, recipe="x" * 60_000))) == 60_000
    for recipe in ("x" * 60_001, "画" * 20_001, "&" * 12_001):
        with pytest.raises(BadRecipe, match="too long"):
            images.encode(FLOAT, format, recipe=recipe)


def test_the_recipe_is_found_behind_the_pixels_too() -> None:
    data = images.encode(FLOAT, "png", recipe=RECIPE)
    start = data.index(b"iTXt") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    moved = data[:start] + data[end:-12] + data[start:end] + data[-12:]
    assert images.read_recipe(moved) == RECIPE


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_of_the_inputs_metadata_travels(format: str) -> None:
    exif = PIL.Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = pictures.saved(pictures.scene(), "JPEG", exif=exif, comment=b"secret comment", xmp=b"<secret/>")
    written = images.encode(images.read(photo), format, recipe="{}")
    assert b"ecret" not in written
    again = PIL.Image.open(io.BytesIO(written)).getexif()
    assert 0x010F not in again
    assert 0x8825 not in again


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.PNG", "png"), ("a.jpg", "jpeg"), ("a.b.jpeg", "jpeg"), ("a.webp", "webp"), ("a.tif", "tif")],
)
def test_the_format_goes_by_the_name(name: str, format: str, tmp_path: Path) -> None:
    images.write(FLOAT, tmp_path / name)
    assert (tmp_path / name).read_bytes() == images.encode(FLOAT, format)


@pytest.mark.parametrize(("name", "said"), [("a.gif", "ends in 'gif'"), ("a.tifff", "'tifff'"), ("a", "end in .png")])
def test_a_name_of_no_known_format_is_refused_with_the_formats(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"png.*jpe?g.*webp.*tiff") as caught:
        images.write(FLOAT, tmp_path / name)
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_open_files_take_a_picture_too() -> None:
    file = io.BytesIO()
    images.write(FLOAT, file, format="webp")
    assert file.getvalue() == images.encode(FLOAT, "webp")
    with pytest.raises(BadOption):
        images.write(FLOAT, io.BytesIO())


@pytest.mark.parametrize(("number", "error"), [(28, DiskFull), (32, WriteFailed)])
def test_open_files_that_fail_raise_our_error(number: int, error: type[Exception]) -> None:
    class Failing(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(number, "text of the system")

    with pytest.raises(error) as caught:
        images.write(FLOAT, Failing(), format="png")
    assert "system" not in str(caught.value)


def test_sides_that_a_format_cannot_hold_are_refused() -> None:
    long = np.zeros((1, 16_384, 3), np.float32)
    with pytest.raises(TooLarge, match="16,383 px a side"):
        images.encode(long, "webp")
    assert images.read(images.encode(long, "jpeg")).shape == long.shape


def test_inputs_are_never_overwritten(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    images.write(FLOAT, photo)
    before = photo.read_bytes()
    (tmp_path / "link.png").symlink_to(photo)
    for target in (photo, tmp_path / "link.png", tmp_path / "." / "photo.png"):
        with pytest.raises(WriteFailed, match="is an input"):
            images.write(1 - FLOAT, target, protect=[tmp_path / "absent.png", photo])
    assert photo.read_bytes() == before
