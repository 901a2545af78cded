"""Which style paints where: a style's masks and weights as shares that sum to 1 at every pixel.

Where no style paints, the network's output is not used, because it blurs a photo a little even with the photo's own
code: the shares there are those of the styles nearby, and the photo is mixed over the output pixel by pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.images.types import Window
from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.tiles import Indices, interpolate
from pinxit.styles.style import Style

FINEST = 2048
"""Longest side of the maps of shares, px; they are interpolated between their pixels."""
LEAST = 1e-4
"""A share that is below this everywhere counts as 0."""


class Regions:
    """The shares of a style's references on a content of ``size`` (height, width)."""

    def __init__(self, style: Style, size: tuple[int, int]) -> None:
        masked = any(each.mask is not None for each in style.references)
        maps = shares(style, images.fit(size, FINEST) if masked else (1, 1))
        self.size = size
        self.bare = bool(maps[-1].max() > LEAST)
        """Whether some pixels keep the content, wholly or in part, because no style claims them."""
        self._maps = _spread(maps[:-1], style) if self.bare else maps[:-1]
        self._cover = 1 - maps[-1:]

    def at(self, rows: Indices, columns: Indices, levels: int) -> list[Floats]:
        """Return the shares on some rows and columns of the content, (1, N, h / 2**level, w / 2**level) for each level;
        (1, N, 1, 1) where they are the same everywhere.
        """
        if self._maps.shape[1:] == (1, 1):
            return [self._maps[None]] * levels
        maps = interpolate(self._maps, rows, columns, self.size)
        return [_pooled(maps, 1 << level)[None] for level in range(1, levels + 1)]

    def cover(self, window: Window) -> Floats:
        """Return how much of a window is painted, (h, w, 1) in [0, 1]; 0: the content stays."""
        rows, columns = (np.arange(part.start, part.stop) for part in window)
        return interpolate(self._cover, rows, columns, self.size).reshape(len(rows), len(columns), 1)


def _spread(maps: Floats, style: Style) -> Floats:
    """Return the styles' shares, (N, H, W), of the painted part; by the styles' weights where nothing is painted."""
    total = maps.sum(0, keepdims=True)
    weights = _weights(style)
    by_weight: Floats = (weights / weights.sum()).astype(np.float32)[:, None, None]
    if len(maps) == 1:
        return by_weight
    spread: Floats = np.where(total > LEAST, maps / np.maximum(total, LEAST), by_weight)
    return spread


def shares(style: Style, size: tuple[int, int]) -> Floats:
    """Return the share of each style at each pixel, and last that of the content: (N + 1, H, W), summing to 1.

    Where masks overlap, styles share by mask times weight. What no mask claims goes to the styles without one, by
    weight; the content stays where all styles have masks.
    """
    masked = np.zeros((len(style.references), *size), np.float32)
    free = np.zeros((len(style.references), 1, 1), np.float32)
    covered = np.zeros(size, np.float32)
    for index, (reference, weight) in enumerate(zip(style.references, _weights(style), strict=True)):
        if reference.mask is None:
            free[index] = weight
        elif weight:
            mask = images.resize(reference.mask, size)
            masked[index] = mask * np.float32(weight)
            covered += mask
    covered = np.clip(covered, 0, 1)
    total = masked.sum(0)
    masked *= covered / np.where(total > 0, total, 1)
    covered = masked.sum(0).clip(0, 1)
    rest = (1 - covered) * (free / free.sum() if free.sum() else free)
    styles = masked + rest
    return np.concatenate([styles, (1 - styles.sum(0, keepdims=True)).clip(0, 1)]).astype(np.float32)


def _weights(style: Style) -> NDArray[np.float64]:
    """Return the styles' weights, (N,), scaled below 1 by a power of 2, so that sums do not overflow."""
    weights = np.array([each.weight for each in style.references], np.float64)
    scaled: NDArray[np.float64] = np.ldexp(weights, -np.frexp(weights.max())[1])
    return scaled


def _pooled(maps: Floats, factor: int) -> Floats:
    """(N, H, W) -> (N, H / factor, W / factor): means of blocks."""
    count, height, width = maps.shape
    blocks = maps.reshape(count, height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean((2, 4), dtype=np.float32))
