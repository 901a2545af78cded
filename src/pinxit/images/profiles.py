"""ICC color profiles, and the conversion of a file's colors to sRGB."""

import contextlib
import functools
import io

import numpy as np
import PIL.Image
from PIL import ImageCms

_DATE = slice(24, 36)  # the bytes of an ICC header that hold the time of creation
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
    if profile:
        srgb_profile, intent = ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        with contextlib.suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            return ImageCms.buildTransform(profile, srgb_profile, picture.mode, "RGB", intent, flags).apply(picture)
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
