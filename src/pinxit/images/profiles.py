"""ICC color profiles, and the conversion of a file's colors to sRGB."""

from __future__ import annotations

import functools
import io

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms

_DATE = slice(24, 36)
"""Bytes of an ICC header that hold the time of creation."""

_CHANNELS = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}


@functools.cache
def srgb() -> bytes:
    """Return the sRGB profile of every written picture, the same bytes at any time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = np.array([2000, 1, 1, 0, 0, 0], ">u2").tobytes()
    return bytes(profile)


def to_srgb(picture: PIL.Image.Image, icc: bytes | None) -> PIL.Image.Image:
    """Return ``picture``, in mode L, RGB, CMYK or LAB, as RGB in sRGB.

    Its profile ``icc`` is used if it can be; a broken one, or one for other channels, is ignored, as in viewers.
    Relative colorimetric with black point compensation: whites stay white, and shadows are not crushed.
    """
    profile = usable(icc, picture.mode)
    if profile is None and picture.mode == "L" and usable(icc, "RGB"):  # a gray picture with an RGB profile
        return to_srgb(picture.convert("RGB"), icc)
    if profile is None and picture.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    converted = _convert(picture, profile) if profile else None
    if converted is not None:
        return converted
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def usable(icc: bytes | None, mode: str) -> ImageCms.ImageCmsProfile | None:
    """Return the profile if it is valid, for the channels of ``mode``, and not pinxit's own sRGB."""
    if not icc or icc == srgb():
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return profile if profile.profile.xcolor_space.strip().upper() == _CHANNELS[mode] else None


def gray_curve(icc: bytes | None) -> NDArray[np.float32]:
    """Return the sRGB colors, (256, 3) in [0, 1], of 256 even steps from black to white."""
    ramp = PIL.Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve: NDArray[np.float32] = np.asarray(to_srgb(ramp, icc), np.float32)[0] / np.float32(255)
    return curve


def _convert(picture: PIL.Image.Image, profile: ImageCms.ImageCmsProfile) -> PIL.Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            picture,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
