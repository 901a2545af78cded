"""Sizes of pictures: fitting, cutting and resampling."""

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from pinxit.images.types import Image


def fit(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return (height, width) of ``shape``, made smaller if its long side is over ``long_side`` px; at least 1 px."""
    longest = max(shape)
    if longest <= long_side:
        return shape
    height, width = (max(1, round(side * long_side / longest)) for side in shape)
    return height, width


def cut(image: Image, shares: tuple[float, float, float, float]) -> Image:
    """Return an image without these shares of its height and width, each below 0.5: top, right, bottom, left."""
    height, width = image.shape[:2]
    top, right, bottom, left = shares
    rows = slice(int(top * height), height - int(bottom * height))
    return image[rows, int(left * width) : width - int(right * width)]


def resize(image: Image, size: tuple[int, int]) -> Image:
    """Return ``image``, (H, W) or (H, W, C) in [0, 1], at ``size`` = (height, width), in float32 throughout.

    Lanczos, antialiased, if a side shrinks; bicubic, which rings less, if both grow. Values outside [0, 1] are
    clipped. Channels are resampled independently: split the alpha channel off first, by `split_alpha`.
    """
    if image.shape[:2] == size:
        return image
    if image.ndim == 2:
        return _resize_plane(image, size)
    result = np.empty((*size, image.shape[2]), np.float32)
    for channel in range(image.shape[2]):
        result[..., channel] = _resize_plane(image[..., channel], size)
    return result


def resample(
    image: Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None, *, sharp: bool = False
) -> Image:
    """Return a part of an (H, W, C) image of any values at ``size`` = (height, width), not clipped.

    ``box``    the part: top, left, bottom and right, in pixels and fractions of them; None: all of it. Pixels around it
               count as far as the filter reaches, so parts that adjoin show no seam.
    ``sharp``  where a side shrinks, Lanczos in place of Hamming; they reach three pixels of the result, and one

    Bicubic where both sides grow.
    """
    (height, width), (rows, columns) = size, image.shape[:2]
    top, left, bottom, right = box or (0.0, 0.0, rows, columns)
    bottom, right = min(bottom, rows), min(right, columns)  # rounding may lead beyond the edge
    shrinks = height < bottom - top or width < right - left
    filters = PIL.Image.Resampling
    kernel = (filters.LANCZOS if sharp else filters.HAMMING) if shrinks else filters.BICUBIC
    result = np.empty((height, width, image.shape[2]), np.float32)
    for channel in range(image.shape[2]):
        plane = PIL.Image.fromarray(np.ascontiguousarray(image[..., channel], np.float32))
        result[..., channel] = np.asarray(plane.resize((width, height), kernel, (left, top, right, bottom)))
    return result


def _resize_plane(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    height, width = size
    shrinks = height < plane.shape[0] or width < plane.shape[1]
    kernel = PIL.Image.Resampling.LANCZOS if shrinks else PIL.Image.Resampling.BICUBIC
    resized = PIL.Image.fromarray(np.ascontiguousarray(plane, np.float32)).resize((width, height), kernel)
    return np.clip(np.asarray(resized, np.float32), np.float32(0), np.float32(1))
