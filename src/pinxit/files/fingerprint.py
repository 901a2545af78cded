"""The identity of a file: its base name and the sha256 of its bytes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import NotFound


@dataclass(frozen=True, slots=True)
class FileId:
    """A file by its base name and the sha256 of its bytes; bytes or an array have the name ``''``."""

    name: str
    sha256: str


def fingerprint(source: str | Path | bytes | NDArray[Any]) -> FileId:
    """Return the `FileId` of a file, of bytes, or of an array: by its dtype, shape and C-ordered bytes.

    Raises `NotFound` for a path that is no readable file.
    """
    if isinstance(source, np.ndarray):
        head = f"{source.dtype.str}{source.shape}".encode()
        return FileId("", hashlib.sha256(head + np.ascontiguousarray(source).tobytes()).hexdigest())
    if isinstance(source, bytes):
        return FileId("", hashlib.sha256(source).hexdigest())
    path = Path(source)
    try:
        with path.open("rb") as file:
            return FileId(path.name, hashlib.file_digest(file, "sha256").hexdigest())
    except FileNotFoundError as error:
        raise NotFound(f"{path.name}: there is no such file; check the name and the folder") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise NotFound(f"{path.name!r} is not a file that can be read") from error
