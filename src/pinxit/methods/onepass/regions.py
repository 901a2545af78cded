"""Which style paints where: the masks and weights of a style as shares that sum to 1 at every place.

What no style claims is not left to the network, which makes even a photo's own code a little hazy: there the shares are
those of the styles nearby, and the photo itself is put over what is painted, pixel by pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.tiles import Indices, Window, between
from pinxit.styles.style import Style

FINEST = 2048
"""Long side of the maps that masks are kept in, px; between their pixels they are interpolated."""
LEAST = 1e-4
"""A share that is below this everywhere is none."""


class Regions:
    """The shares of a style's references on a content of ``size`` (height, width)."""

    def __init__(self, style: Style, size: tuple[int, int]) -> None:
        masked = any(each.mask is not None for each in style.references)
        maps = shares(style, images.fit(size, FINEST) if masked else (1, 1))
        self.size = size
        self.bare = bool(maps[-1].max() > LEAST)
        """Whether there are places that no style paints, or none wholly, where the content stays."""
        self._maps = _spread(maps[:-1], style) if self.bare else maps[:-1]
        self._cover = 1 - maps[-1:]

    def at(self, rows: Indices, columns: Indices, levels: int) -> list[Floats]:
        """Return the shares on these rows and columns of the content, (1, N, h / 2**level, w / 2**level) each level.

        (1, N, 1, 1) where they are the same everywhere.
        """
        if self._maps.shape[1:] == (1, 1):
            return [self._maps[None]] * levels
        found = between(self._maps, rows, columns, self.size)
        return [_pooled(found, 1 << level)[None] for level in range(1, levels + 1)]

    def cover(self, window: Window) -> Floats:
        """Return how much of a part of the content is painted, (h, w, 1) in [0, 1]; 0: the content itself is there."""
        rows, columns = (np.arange(part.start, part.stop) for part in window)
        found = between(self._cover, rows, columns, self.size)
        cover: Floats = found.reshape(len(rows), len(columns), 1)
        return cover


def _spread(maps: Floats, style: Style) -> Floats:
    """Return the styles' shares, (N, H, W), as parts of what is painted; where nothing is, by the styles' weights."""
    total = maps.sum(0, keepdims=True)
    weights = _weights(style)
    alone: Floats = (weights / weights.sum()).astype(np.float32)[:, None, None]
    if len(maps) == 1:
        return alone
    spread: Floats = np.where(total > LEAST, maps / np.maximum(total, LEAST), alone)
    return spread


def shares(style: Style, size: tuple[int, int]) -> Floats:
    """Return the share of each style at each place, and last that of the content itself: (N + 1, H, W), summing to 1.

    Where masks overlap, styles share by mask times weight; what no mask claims goes to the styles without one, by
    weight, and where there is none stays as it is.
    """
    masked = np.zeros((len(style.references), *size), np.float32)
    free = np.zeros((len(style.references), 1, 1), np.float32)
    covered = np.zeros(size, np.float32)
    for place, (reference, weight) in enumerate(zip(style.references, _weights(style), strict=True)):
        if reference.mask is None:
            free[place] = weight
        elif weight:
            mask = images.resize(reference.mask, size)
            masked[place] = mask * np.float32(weight)
            covered += mask
    covered = np.clip(covered, 0, 1)
    total = masked.sum(0)
    masked *= covered / np.where(total > 0, total, 1)
    covered = masked.sum(0).clip(0, 1)
    rest = (1 - covered) * (free / free.sum() if free.sum() else free)
    found = masked + rest
    return np.concatenate([found, (1 - found.sum(0, keepdims=True)).clip(0, 1)]).astype(np.float32)


def _weights(style: Style) -> NDArray[np.float64]:
    """Return the styles' weights, (N,), scaled by a power of 2 to below 1, so that none overflows and no sum does."""
    weights = np.array([each.weight for each in style.references], np.float64)
    scaled: NDArray[np.float64] = np.ldexp(weights, -np.frexp(weights.max())[1])
    return scaled


def _pooled(maps: Floats, factor: int) -> Floats:
    """(N, H, W) -> (N, H / factor, W / factor): means of blocks."""
    count, height, width = maps.shape
    blocks = maps.reshape(count, height // factor, factor, width // factor, factor)
    pooled: Floats = blocks.mean((2, 4), dtype=np.float32)
    return pooled
