"""The identity of files, bytes and arrays."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pinxit.errors import NotFound
from pinxit.files.fingerprint import FileId, fingerprint


def test_a_fingerprint_is_of_the_bytes_whatever_they_come_in(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    assert fingerprint(path) == fingerprint(str(path)) == FileId("a.bin", digest)
    assert fingerprint(b"hello") == FileId("", digest)


def test_an_array_is_known_by_type_shape_and_numbers() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    same = fingerprint(np.asfortranarray(array))
    others: list[NDArray[Any]] = [array.reshape(3, 2), array.astype(np.float64), array + 1]
    assert fingerprint(array) == same
    assert same.name == ""
    assert len({same.sha256, *(fingerprint(other).sha256 for other in others)}) == 4


@pytest.mark.parametrize("name", ["gone.png", "a\0b", ""])
def test_the_fingerprint_of_no_file_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound) as raised:
        fingerprint(str(tmp_path / name))
    assert str(tmp_path) not in str(raised.value)
