"""Pictures as users pass them, from Python's, Pillow's, NumPy's and PyTorch's types; read, checked and identified."""

import hashlib
import os
import sys
from collections.abc import Iterable
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pinxit.config.options import Limits
from pinxit.errors import BadOption
from pinxit.files.fingerprint import FileId, fingerprint
from pinxit.images.decoding import decode, from_pillow, to_mask
from pinxit.images.sources import fetch
from pinxit.images.types import Image, Mask, Picture, PillowImage, SupportsArray, Tensor


def load(picture: Picture, limits: Limits, long_side: int = 0) -> tuple[Image, FileId]:
    """Return an image, (H, W, 3 or 4) in [0, 1], and its identity; ``long_side`` is that of `pinxit.images.read`.

    Raises what `pinxit.images.read` raises, and `BadOption` for an array of another shape, type or range.
    """
    if not in_memory(picture):
        name, data = fetch(picture, limits.image_bytes)
        return decode(name, data, limits, long_side), identify(picture, data)
    array = _array(picture, limits)
    channels = _floats(array)
    return channels if channels.shape[2] > 1 else channels.repeat(3, axis=2), fingerprint(array)


def load_mask(mask: Picture, limits: Limits) -> tuple[Mask, FileId]:
    """Return a mask, (H, W) in [0, 1], and its identity: of a picture in color its luminance. Raises as `load` does."""
    if not in_memory(mask):
        image, file_id = load(mask, limits)
        return to_mask(image), file_id
    array = _array(mask, limits)
    channels = _floats(array)
    return channels[..., 0] if channels.shape[2] == 1 else to_mask(channels), fingerprint(array)


def in_memory(picture: object) -> TypeGuard[PillowImage | SupportsArray]:
    """Return whether a picture is decoded: one of Pillow, an array, or a tensor."""
    return isinstance(picture, PillowImage) or hasattr(picture, "__array__")


def is_picture(content: object) -> bool:
    """Return whether ``content`` is one picture, and not several to iterate over."""
    if _is_tensor(content):
        return content.dim() != 4
    file = isinstance(content, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(content, "read")
    return file or in_memory(content) or not isinstance(content, Iterable)


def identify(picture: object, data: bytes) -> FileId:
    """Return the identity of a picture by its bytes; only a file has a name, no pipe."""
    name = ""
    if isinstance(picture, str | os.PathLike) and os.path.isfile(os.path.expanduser(picture)):
        name = os.path.basename(picture)
    return FileId(name, hashlib.sha256(data).hexdigest())


def _is_tensor(picture: object) -> TypeGuard[Tensor]:
    return isinstance(picture, getattr(sys.modules.get("torch"), "Tensor", ()))


def _array(picture: PillowImage | SupportsArray, limits: Limits) -> NDArray[Any]:
    """Return a picture in memory as (H, W, 1, 3 or 4), with numbers as they came."""
    if isinstance(picture, PillowImage):
        array: NDArray[Any] = from_pillow(picture, limits)
    elif _is_tensor(picture):
        array = _channels_last(picture)
    else:
        array = np.asarray(picture)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        cure = ""
        if array.ndim == 4:
            cure = "; for several pictures give list(array)"
        elif array.ndim == 3 and array.shape[0] in (1, 3, 4):
            cure = "; move the channels to the end: array.transpose(1, 2, 0)"
        raise BadOption(f"an image array has shape {array.shape}; it must be (H, W) or (H, W, 1, 3 or 4){cure}")
    return array


def _channels_last(tensor: Any) -> NDArray[Any]:
    """Return a tensor, (C, H, W) or a batch of one, from any device, as (H, W, C)."""
    shape = tuple(tensor.shape)
    channels = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if len(channels) == 3 and channels[0] not in (1, 3, 4) and channels[2] in (1, 3, 4):
        raise BadOption(f"a tensor has shape {shape}; move the channels to the front: tensor.permute(2, 0, 1)")
    if len(channels) not in (2, 3) or (len(channels) == 3 and channels[0] not in (1, 3, 4)):
        raise BadOption(f"a tensor has shape {shape}; it must be (C, H, W) with 1, 3 or 4 channels, or a batch of one")
    tensor = tensor.detach().cpu().reshape(channels)
    tensor = tensor.float() if tensor.is_floating_point() else tensor  # NumPy has no bfloat16
    return np.asarray(tensor.movedim(0, -1).numpy() if len(channels) == 3 else tensor.numpy())


def _floats(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values in [0, 1] as float32, a copy; integers of 8 and 16 bits are divided by their largest, True is 1."""
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        return np.asarray(values, np.float32) / np.float32(np.iinfo(values.dtype).max)
    if values.dtype.kind not in "bf":
        raise BadOption(
            f"an image array is of type {values.dtype}; it must be float in [0, 1], uint8 or uint16: "
            "values up to 255 become that by .astype('uint8')"
        )
    floats: NDArray[np.float32] = values.astype(np.float32)
    if not (np.isfinite(floats).all() and floats.min() >= 0 and floats.max() <= 1):
        raise BadOption("an image array has values outside [0, 1]; divide it by its largest value, such as 255")
    return floats
