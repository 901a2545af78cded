"""Pictures as users pass them: a path, bytes, an open file or an array; read, checked and identified."""

import hashlib
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit.config.options import Limits
from pinxit.errors import BadOption
from pinxit.files.fingerprint import FileId, fingerprint
from pinxit.images.decoding import decode, to_mask
from pinxit.images.sources import fetch
from pinxit.images.types import Image, Mask, Picture


def load(picture: Picture, limits: Limits, long_side: int = 0) -> tuple[Image, FileId]:
    """Return an image, (H, W, 3 or 4) in [0, 1], and its identity; ``long_side`` is that of `pinxit.images.read`.

    Raises what `pinxit.images.read` raises, and `BadOption` for an array of another shape, type or range.
    """
    if not isinstance(picture, np.ndarray):
        name, data = fetch(picture, limits.image_bytes)
        return decode(name, data, limits, long_side), identify(picture, data)
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or not picture.size:
        raise BadOption(f"an image array has shape {picture.shape}; it must be (H, W, 3) or (H, W, 4)")
    return _floats(picture), fingerprint(picture)


def load_mask(mask: Picture, limits: Limits) -> tuple[Mask, FileId]:
    """Return a mask, (H, W) in [0, 1], and its identity; raises as `load` does."""
    if not isinstance(mask, np.ndarray):
        image, file_id = load(mask, limits)
        return to_mask(image), file_id
    if mask.ndim != 2 or not mask.size:
        raise BadOption(f"a mask has shape {mask.shape}; it must be (H, W)")
    return _floats(mask), fingerprint(mask)


def identify(picture: object, data: bytes) -> FileId:
    """Return the identity of a picture by its bytes; only a file has a name, no pipe."""
    name = os.path.basename(picture) if isinstance(picture, str | os.PathLike) and os.path.isfile(picture) else ""
    return FileId(name, hashlib.sha256(data).hexdigest())


def _floats(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values in [0, 1] as float32, a copy; 8-bit integers are divided by 255, and True is 1."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.float32) / np.float32(255)
    if values.dtype != np.bool_ and not np.issubdtype(values.dtype, np.floating):
        raise BadOption(f"an image array is of type {values.dtype}; it must be float in [0, 1], or uint8")
    floats: NDArray[np.float32] = values.astype(np.float32)
    if not (np.isfinite(floats).all() and floats.min() >= 0 and floats.max() <= 1):
        raise BadOption("an image array has values outside [0, 1]")
    return floats
