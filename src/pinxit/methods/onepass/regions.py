"""Divides a style into layers, and a content into the regions that they paint.

References with the same mask form a layer, and so do those without one. Each layer is painted as if it were alone, and
the layers are blended pixel by pixel: inside its mask a style looks as it does without any mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.images.types import Mask, Window
from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.tiles import interpolate
from pinxit.styles.style import Style

FINEST = 2048  # longest side of the maps of shares, px; they are interpolated between their pixels
LEAST = 1e-4  # a layer whose share is below this everywhere is not painted


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The references of a style that paint one region together."""

    references: list[int]  # their indices in the style
    weights: Floats  # their shares in the mixture of their codes, (n,), summing to 1


class Regions:
    """The layers of a style on a content of ``size`` (height, width), and the share of each at every pixel."""

    def __init__(self, style: Style, size: tuple[int, int]) -> None:
        self.size = size
        self._maps: Floats | None = None
        groups = _groups(style)
        self.layers = [Layer(group, _mixture([style.references[index].weight for index in group])) for group in groups]
        """Those that paint anywhere."""
        if any(each.mask is not None for each in style.references):
            maps = shares(style, images.fit(size, FINEST))
            of_layers = np.stack([maps[group].sum(0) for group in groups])
            visible = [index for index, share in enumerate(of_layers) if share.max() > LEAST]
            self.layers = [self.layers[index] for index in visible]
            bare = (1 - of_layers[visible].sum(0, keepdims=True)).clip(0, 1)
            if bare.max() > LEAST or len(visible) > 1:
                self._maps = np.concatenate([of_layers[visible], bare])

    def at(self, window: Window) -> Floats | None:
        """Return the share of each layer in a window, and last that of the content: (layers + 1, h, w), summing to 1.

        None where a single layer paints the whole content.
        """
        if self._maps is None:
            return None
        rows, columns = (np.arange(part.start, part.stop) for part in window)
        return interpolate(self._maps, rows, columns, self.size)


def _groups(style: Style) -> list[list[int]]:
    """Return the indices of the references with weights above 0, grouped by equal masks; one group has no mask."""
    groups: list[tuple[Mask | None, list[int]]] = []
    masked = any(each.mask is not None for each in style.references)
    for index, reference in enumerate(style.references):
        if masked and not reference.weight:
            continue
        same = next((members for mask, members in groups if _equal(mask, reference.mask)), None)
        if same is None:
            groups.append((reference.mask, [index]))
        else:
            same.append(index)
    return [members for _, members in groups]


def _equal(one: Mask | None, other: Mask | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other)


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
    total = masked.sum(0, dtype=np.float64)  # of tiny weights the quotient overflows in float32
    masked = (masked * (covered / np.where(total > 0, total, 1))).astype(np.float32)
    covered = masked.sum(0).clip(0, 1)
    rest = (1 - covered) * (free / free.sum() if free.sum() else free)
    styles = masked + rest
    return np.concatenate([styles, (1 - styles.sum(0, keepdims=True)).clip(0, 1)]).astype(np.float32)


def _mixture(weights: Sequence[float]) -> Floats:
    """Return the weights, (n,), divided by their sum."""
    scaled = _scaled(weights)
    mixture: Floats = (scaled / scaled.sum()).astype(np.float32)
    return mixture


def _weights(style: Style) -> NDArray[np.float64]:
    """Return the styles' weights, (N,), scaled below 1."""
    return _scaled([each.weight for each in style.references])


def _scaled(weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the weights scaled below 1 by a power of 2, so that sums neither overflow nor vanish."""
    most = max(weights)
    scaled: NDArray[np.float64] = np.ldexp(weights, -np.frexp(most)[1])
    return scaled
