"""Which style paints where: the picture divided by masks.

Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", CVPR 2017, section 4: each region has
Gram matrices of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from pinxit import images
from pinxit.images import Image
from pinxit.images.types import Mask
from pinxit.methods.optimize.plan import SHORTEST
from pinxit.styles.style import Reference, Style


@dataclass(frozen=True, slots=True)
class Region:
    """The styles that paint one part of the picture."""

    styles: tuple[tuple[Tensor, float], ...]
    """(picture (1, 3, h, w), share of the region's style); the shares sum to 1."""
    mask: Tensor | None
    """(1, 1, H, W) in [0, 1], or None for the whole picture."""
    weight: float
    """Its part of the style loss: its area times the weight of its styles. The parts of all regions sum to the share of
    the picture that they cover."""


def divide(
    style: Style, shape: tuple[int, int], size: tuple[int, int], style_scale: float, tensor: Callable[[Image], Tensor]
) -> list[Region]:
    """Return the regions, one for each mask and one for what no mask claims, of a content's copy at ``size``.

    ``shape`` is the content's own (height, width), ``size`` the copy's, which `padded` may have made larger;
    ``tensor`` makes (1, C, H, W) of (H, W, C). Masks that together exceed 1 share the place. Weights count
    relative to each other: within a region as shares, between regions as factors of the loss. A style of weight
    0 takes no part, nor does a region of no area.
    """
    references = [reference for reference in style.references if reference.weight]
    masked = [reference for reference in references if reference.mask is not None]
    free = [reference for reference in references if reference.mask is None]
    masks = exclusive([fitted(each.mask, shape, size) for each in masked if each.mask is not None])
    parts: list[tuple[list[Reference], Mask | None]] = [([each], m) for each, m in zip(masked, masks, strict=True)]
    if free:
        parts.append((free, np.clip(1 - np.sum(masks, axis=0), 0, 1) if masks else None))
    heaviest = max(reference.weight for reference in references)  # dividing by it first, no sum overflows
    areas = [1.0 if mask is None else float(mask.mean()) for _, mask in parts]
    loads = [
        area * sum(each.weight / heaviest for each in group) / len(group)
        for area, (group, _) in zip(areas, parts, strict=True)
    ]
    unit = sum(areas) / (sum(loads) or 1.0)
    long_side = max(size) * style_scale
    return [
        Region(_shares(group, long_side, tensor), None if mask is None else tensor(mask[..., None]), unit * load)
        for (group, mask), load in zip(parts, loads, strict=True)
        if load
    ]


def _shares(
    group: Sequence[Reference], long_side: float, tensor: Callable[[Image], Tensor]
) -> tuple[tuple[Tensor, float], ...]:
    heaviest = max(reference.weight for reference in group)
    total = sum(reference.weight / heaviest for reference in group)
    return tuple((tensor(scaled(each.image, long_side)), each.weight / heaviest / total) for each in group)


def exclusive(masks: Sequence[Mask]) -> list[Mask]:
    """Return the masks, (H, W) each, lowered in proportion wherever together they exceed 1."""
    over = np.maximum(np.sum(masks, axis=0), np.float32(1)) if masks else 1
    return [np.asarray(mask / over, np.float32) for mask in masks]


def padded(image: Image) -> Image:
    """Return the image, (H, W) or (H, W, C), mirrored at its lower and right edge until no side is too short."""
    missing = [max(0, SHORTEST - length) for length in image.shape[:2]]
    if not any(missing):
        return image
    return np.pad(image, [(0, each) for each in missing] + [(0, 0)] * (image.ndim - 2), mode="symmetric")


def fitted(image: Image, shape: tuple[int, int], size: tuple[int, int]) -> Image:
    """Return the image over a content of ``shape``, (height, width), at ``size``, padded where the content was.

    A padded content has one level, so that ``size`` then is that of `padded`.
    """
    return images.resize(image, size) if min(shape) >= SHORTEST else padded(images.resize(image, shape))


def scaled(picture: Image, long_side: float) -> Image:
    """Return a style picture with a long side of ``long_side`` px, larger or smaller, and no side too short."""
    scale = long_side / max(picture.shape[:2])
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    return padded(images.resize(picture, (height, width)))
