"""Decoded pictures of every mode to float32 arrays in sRGB."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from pinxit.images import profiles
from pinxit.images.types import Image

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF 6.0
_WHITE_IS_ZERO, _SIGNED = 0, 2

_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


def to_array(picture: PIL.Image.Image, reopen: Callable[[], PIL.Image.Image] | None = None) -> Image:
    """Return an opened ``picture`` as (H, W, 3 or 4) in [0, 1], loading it.

    ``reopen`` opens the file again, for 16-bit color: Pillow decodes only the high bytes.
    """
    rawmode = _rawmode(picture)
    deep = rawmode[:-1] in ("RGB;16", "RGBA;16") and not profiles.usable(picture.info.get("icc_profile"), "RGB")
    picture.load()
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _deep_gray(picture)
    if deep and reopen:
        return _deep_color(picture, _low_bytes(reopen()))
    return _plain(picture, {"L;2": 3, "L;4": 15}.get(rawmode, 255))


def _rawmode(picture: PIL.Image.Image) -> str:
    """Return how Pillow will unpack the file's samples, such as ``RGB;16B``; '' if a decoder does that itself."""
    tiles: list[Any] = getattr(picture, "tile", [])
    arguments = tiles[0][3] if tiles else ""
    rawmode = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return rawmode if isinstance(rawmode, str) else ""


def _plain(picture: PIL.Image.Image, top: int) -> Image:
    """Up to 8 bits: gray, palette, color, CMYK, Lab. ``top`` is the white of a gray file's own samples."""
    alpha = _alpha(picture, top)
    if picture.mode in ("La", "RGBa"):  # premultiplied
        picture = picture.convert("LA" if picture.mode == "La" else "RGBA")
    mode = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK", "LAB": "LAB"}.get(picture.mode, "RGB")
    colors = picture if picture.mode == mode else picture.convert(mode)
    colors = profiles.to_srgb(colors, picture.info.get("icc_profile"))
    return _join(np.asarray(colors), alpha, 255)


def _alpha(picture: PIL.Image.Image, top: int) -> NDArray[np.uint8] | None:
    """Return the transparency, (H, W) from 0 to 255, from a channel, the palette, or one clear color."""
    if not picture.has_transparency_data:
        return None
    clear = picture.info.get("transparency")
    if picture.mode in ("1", "L") and isinstance(clear, int):  # in the file's own samples, which Pillow has scaled
        level = 255 * bool(clear) if picture.mode == "1" else clear * 255 // top  # 1 is 255 since Pillow 13
        return np.where(np.asarray(picture.convert("L")) == level, 0, 255).astype(np.uint8)
    return np.asarray(picture.convert("RGBA").getchannel("A"))


def _deep_gray(picture: PIL.Image.Image) -> Image:
    """Gray of 12, 16 or 32 bits, or floating point; numbers outside [0, 1] are clipped."""
    samples = np.asarray(picture)
    tags = getattr(picture, "tag_v2", {})
    if picture.mode == "F":
        gray = np.clip(np.nan_to_num(samples), 0, 1)
    else:
        bits = tags.get(_BITS_PER_SAMPLE, (16,))[0]
        signed = tags.get(_SAMPLE_FORMAT, (1,))[0] == _SIGNED
        if picture.mode == "I" and not signed:
            samples = samples.view(np.uint32)  # which Pillow decodes as signed integers
        gray = np.clip(samples / np.float32(2 ** (bits - signed) - 1), 0, 1, dtype=np.float32)
    clear = picture.info.get("transparency")
    alpha = None if clear is None else samples != clear
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        gray = 1 - gray
    icc = picture.info.get("icc_profile")
    if not profiles.usable(icc, "L") and not profiles.usable(icc, "RGB"):
        return _join(gray[..., None], alpha, 1)
    ramp = profiles.to_srgb(PIL.Image.fromarray(np.arange(256, dtype=np.uint8)[None]), icc)
    curves = np.asarray(ramp, np.float32)[0].T / np.float32(255)  # (3, 256): sRGB of even steps from black to white
    steps = np.linspace(0, 1, 256)
    return _join(np.stack([np.interp(gray, steps, curve) for curve in curves], axis=2), alpha, 1)


def _deep_color(picture: PIL.Image.Image, low: NDArray[np.uint8]) -> Image:
    """RGB and RGBA of 16 bits: the high bytes, which Pillow decodes, with the ``low`` ones."""
    samples = np.asarray(picture).astype(np.uint16) << 8 | low
    clear = picture.info.get("transparency")
    if samples.shape[2] == 4:
        return _join(samples[..., :3], samples[..., 3], 65535)
    alpha = None if clear is None else (samples != np.array(clear)).any(axis=2) * np.uint16(65535)
    return _join(samples, alpha, 65535)


def _low_bytes(picture: PIL.Image.Image) -> NDArray[np.uint8]:
    """Return the low byte of every 16-bit sample: Pillow decodes the high ones, unless told the other byte order."""
    rawmode = _rawmode(picture)
    other = rawmode[:-1] + _OTHER_BYTE[rawmode[-1]]
    tiles: list[Any] = picture.tile  # type: ignore[attr-defined]
    picture.tile = [  # type: ignore[attr-defined]
        (*tile[:3], other if isinstance(tile[3], str) else (other, *tile[3][1:])) for tile in tiles
    ]
    picture.load()
    return np.asarray(picture)


def _join(colors: NDArray[Any], alpha: NDArray[Any] | None, top: int) -> Image:
    """Return (H, W, 1 or 3) colors and (H, W) alpha, both from 0 to ``top``, as one image, in one copy."""
    image = np.empty((*colors.shape[:2], 3 if alpha is None else 4), np.float32)
    image[..., :3] = colors
    if alpha is not None:
        image[..., 3] = alpha
    image /= top
    return image
