"""Pictures as users pass them: files left as they were, arrays checked, masks of any number type."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadOption, TooLarge
from pinxit.files.fingerprint import FileId
from pinxit.images import inputs

RED = np.zeros((4, 6, 3), np.float32) + np.array([0.8, 0.2, 0.1], np.float32)


def encoded(tmp_path: Path) -> bytes:
    images.write(RED, tmp_path / "red.png")
    return (tmp_path / "red.png").read_bytes()


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
    image, _ = inputs.load(Pipe(encoded(tmp_path)), Limits())
    assert np.allclose(image, RED, atol=1 / 255)


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


def test_arrays_are_copied_and_scaled() -> None:
    pixels = np.full((4, 6, 3), 255, np.uint8)
    image, identity = inputs.load(pixels, Limits())
    pixels[:] = 0
    assert image.dtype == np.float32
    assert image.min() == 1
    assert identity.name == ""


def test_a_mask_has_two_dimensions() -> None:
    mask, _ = inputs.load_mask(np.eye(4, dtype=bool), Limits())
    assert np.array_equal(mask, np.eye(4))
    with pytest.raises(BadOption, match=r"a mask has shape \(4, 4, 1\)"):
        inputs.load_mask(np.ones((4, 4, 1)), Limits())
