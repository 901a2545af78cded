"""Transparency: split off before painting, with colors filled in under it, and joined again afterward."""

import numpy as np
from numpy.typing import NDArray

from pinxit.images.sizes import resize
from pinxit.images.types import Image

Plane = NDArray[np.float32]

_TRUSTED = 1 / 16  # alpha from which a pixel's own color counts in full; below it, 8-bit colors are rounding error
_NONZERO = np.float32(np.finfo(np.float32).tiny)


def split_alpha(image: Image) -> tuple[Image, Plane | None]:
    """Return ``image``, (H, W, 3 or 4), as (colors (H, W, 3), alpha (H, W) or None).

    The hidden color of a transparent pixel is arbitrary, and would be painted as a hard edge. Colors are filled in
    there smoothly from the opaque neighbors; mid gray if nothing is opaque.
    """
    if image.shape[2] == 3:
        return image, None
    colors, alpha = image[..., :3], image[..., 3].copy()  # a view would keep the whole image in memory
    weight: Plane = np.minimum(alpha / np.float32(_TRUSTED), np.float32(1))[..., None]  # (H, W, 1)
    if weight.min() == 1:
        return np.ascontiguousarray(colors), alpha
    if weight.max() == 0:
        return np.full_like(colors, 0.5), alpha
    return np.clip(_fill(colors * weight, weight), 0, 1), alpha


def join_alpha(colors: Image, alpha: Plane | None) -> Image:
    """Return (H, W, 3) colors and (H, W) alpha as one (H, W, 4) image; the colors alone where alpha is None."""
    return colors if alpha is None else np.concatenate([colors, alpha[..., None]], axis=2)


def _fill(premultiplied: Plane, weight: Plane) -> Plane:
    """Fill in where ``weight``, (H, W, 1) in [0, 1], is below 1: push-pull.

    Average the colors into ever smaller pictures until every pixel has one, then let each level show through
    the gaps of the next larger (Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4).
    """
    if weight.min() == 1:
        return premultiplied
    height, width = weight.shape[:2]
    if height == width == 1:
        return premultiplied / weight
    total, count = _sum_pairs(_sum_pairs(premultiplied, 0), 1), _sum_pairs(_sum_pairs(weight, 0), 1)
    saturated: Plane = np.minimum(count, np.float32(1))
    average: Plane = np.divide(total, np.maximum(count, _NONZERO))
    coarse = _fill(average * saturated, saturated)
    return premultiplied + (1 - weight) * resize(coarse, (height, width))


def _sum_pairs(array: Plane, axis: int) -> Plane:
    """Add neighbors in pairs along ``axis``; an odd last one stays alone."""
    return np.add.reduceat(array, np.arange(0, array.shape[axis], 2), axis=axis)
