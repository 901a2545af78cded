"""Pictures as users pass them: files left as they were, arrays, tensors and Pillow's pictures of every kind, masks."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadImage, BadOption, NotFound, TooLarge
from pinxit.files.fingerprint import FileId
from pinxit.images import Image, inputs
from pinxit.images.types import Picture
from support import pictures

RED = np.zeros((4, 6, 3), np.float32) + np.array([0.8, 0.2, 0.1], np.float32)


def encoded(tmp_path: Path) -> bytes:
    images.write(RED, tmp_path / "red.png")
    return (tmp_path / "red.png").read_bytes()


def load(picture: Picture) -> Image:
    return inputs.load(picture, Limits())[0]


def test_an_open_file_is_left_where_it_was(tmp_path: Path) -> None:
    file = io.BytesIO(b"before" + encoded(tmp_path))
    file.seek(6)
    first, identity = inputs.load(file, Limits())
    assert file.tell() == 6
    again, identity_again = inputs.load(file, Limits())
    assert np.array_equal(first, again)
    assert identity == identity_again


class Pipe(io.BytesIO):
    """Bytes that come once."""

    def seekable(self) -> bool:
        return False

    def seek(self, *where: int) -> int:
        raise io.UnsupportedOperation

    tell = seek


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    assert np.allclose(load(Pipe(encoded(tmp_path))), RED, atol=1 / 255)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="this system names no open files")
def test_a_pipe_with_a_name_has_the_sha256_of_what_came_through_it(tmp_path: Path) -> None:
    """As a shell gives it for ``<(cat red.png)``; reading its name again would give nothing."""
    data = encoded(tmp_path)
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb") as file:
        file.write(data)
        file.close()
        image, identity = inputs.load(f"/dev/fd/{reader}", Limits())
    assert np.allclose(image, RED, atol=1 / 255)
    assert identity == FileId("", hashlib.sha256(data).hexdigest())


def test_an_open_file_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    data = encoded(tmp_path)
    endless = Pipe(data + bytes(10_000))
    with pytest.raises(TooLarge):
        inputs.load(endless, Limits(image_bytes=len(data)))
    assert len(endless.read()) == 10_000 - 1


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    encoded(tmp_path)
    assert load("~/red.png").shape == load(Path("~/red.png")).shape == RED.shape
    assert images.look("~/red.png").size == (4, 6)


@pytest.mark.parametrize("address", ["https://example.org/a.jpg", Path("http://example.org/a.jpg"), "data:image/png;x"])
def test_an_address_is_refused_with_what_helps(address: str | Path) -> None:
    with pytest.raises(NotFound, match="pinxit does not download: save it first"):
        load(address)


def test_arrays_are_copied_and_scaled() -> None:
    pixels = np.full((4, 6, 3), 255, np.uint8)
    image, identity = inputs.load(pixels, Limits())
    pixels[:] = 0
    assert image.dtype == np.float32
    assert image.min() == 1
    assert identity.name == ""


@pytest.mark.parametrize("top", [np.uint8(255), np.uint16(65535), np.float16(1), np.float64(1), np.True_])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
def test_arrays_of_every_type_and_number_of_channels(top: np.generic, shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, top.dtype)
    array[1] = top
    image = load(array)
    assert image.shape == (4, 6, 4 if shape[-1] == 4 else 3)
    assert (image[1] == 1).all()
    assert image.sum() == image[1].size


def test_numbers_of_the_other_byte_order() -> None:
    assert load(np.full((2, 2), 65535, ">u2")).min() == 1


@pytest.mark.parametrize(
    ("array", "cure"),
    [
        (np.zeros((3, 8, 9)), "transpose(1, 2, 0)"),
        (np.zeros((2, 8, 9, 3)), "list(array)"),
        (np.zeros((8, 9, 2)), "must be (H, W) or (H, W, 1, 3 or 4)"),
        (np.zeros((0, 9, 3)), "must be (H, W)"),
        (np.full((8, 9, 3), 255, np.int64), "astype('uint8')"),
        (np.full((8, 9, 3), 200.0), "divide it by"),
        (np.full((8, 9, 3), np.nan), "outside [0, 1]"),
    ],
)
def test_a_wrong_array_is_refused_with_what_helps(array: NDArray[np.float64], cure: str) -> None:
    with pytest.raises(BadOption) as error:
        load(array)
    assert cure in str(error.value)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_pillow_are_read_as_their_files_are(mode: str) -> None:
    picture = PIL.Image.fromarray(pictures.scene()[..., 0]).convert(mode)
    if mode == "F":
        picture = picture.point(lambda value: value / 255)
    expected = load(pictures.saved(picture, "TIFF")) if mode != "P" else load(picture.convert("RGB"))
    assert np.abs(load(picture) - expected).max() < 1e-6


def test_a_photo_that_pillow_opened_is_upright_and_in_srgb() -> None:
    data = pictures.rotated(pictures.scene(), 6, "PNG", icc_profile=pictures.icc_p3())
    assert np.array_equal(load(PIL.Image.open(io.BytesIO(data))), load(data))


def test_a_picture_that_pillow_cannot_read_or_that_is_too_large_is_refused() -> None:
    cut = PIL.Image.open(io.BytesIO(pictures.saved(pictures.scene(64, 64), "JPEG")[:-300]))
    with pytest.raises(BadImage, match="damaged, or was closed"):
        load(cut)
    with pytest.raises(TooLarge, match="resize it"):
        inputs.load(PIL.Image.new("L", (8, 8)), Limits(image_pixels=63))


def test_tensors_of_every_kind() -> None:
    torch = pytest.importorskip("torch")
    image = pictures.scene_float()
    tensor = torch.from_numpy(image).movedim(2, 0)
    for same in (tensor, tensor[None], tensor.clone().requires_grad_(), tensor.double()):
        assert np.array_equal(load(same), image)
    assert np.array_equal(load((tensor * 255).round().byte()), image)
    assert np.abs(load(tensor.bfloat16()) - image).max() < 1 / 256
    assert load(tensor[:1]).shape == load(tensor[0]).shape == image.shape
    for wrong, cure in ((tensor.movedim(0, 2), "permute"), (tensor[None].repeat(2, 1, 1, 1), "a batch of one")):
        with pytest.raises(BadOption, match=cure):
            load(wrong)


def test_pytorch_is_not_imported_to_look() -> None:
    code = (
        "import sys, numpy, PIL.Image; from pinxit.config.options import Limits; from pinxit.images import inputs\n"
        "for each in (numpy.zeros((4, 6)), PIL.Image.new('L', (6, 4))): inputs.load(each, Limits())\n"
        "print(inputs.is_picture([]), 'torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "False False\n"


def test_masks_are_gray_or_the_luminance_of_a_picture() -> None:
    mask, _ = inputs.load_mask(np.eye(4, dtype=bool), Limits())
    assert np.array_equal(mask, np.eye(4))
    assert np.array_equal(inputs.load_mask(np.eye(4)[..., None], Limits())[0], mask)
    assert np.allclose(inputs.load_mask(np.eye(4)[..., None].repeat(3, 2), Limits())[0], mask)
    assert np.allclose(inputs.load_mask(PIL.Image.fromarray(np.eye(4, dtype=bool)), Limits())[0], mask)
    assert np.allclose(inputs.load_mask(RED, Limits())[0], 0.2126 * 0.8 + 0.7152 * 0.2 + 0.0722 * 0.1)


def test_one_picture_and_several() -> None:
    torch = pytest.importorskip("torch")
    one = [
        "a.jpg",
        Path("a.jpg"),
        b"",
        io.BytesIO(),
        np.zeros((2, 2)),
        PIL.Image.new("L", (1, 1)),
        torch.zeros(3, 2, 2),
    ]
    assert all(map(inputs.is_picture, one))
    assert not any(map(inputs.is_picture, [one, tuple(one), iter(one), torch.zeros(1, 3, 2, 2)]))
