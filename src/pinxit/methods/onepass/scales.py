"""The two sizes at which a picture is painted: its composition, which sets the width of strokes, and its full size.

A network's strokes have a fixed width in pixels. So a large picture is painted small, which gives its composition, and
once more at full size, for what is too fine for the composition: the highest bands of a Laplacian pyramid (Burt and
Adelson 1983). Seen whole, a photo of 4000 px looks like the painting of 1024 px, and at 100% it is sharp.
"""

import math

from pinxit import images
from pinxit.images import Image
from pinxit.images.types import Window

COMPOSITION = 1024  # longest side of the composition at a style scale of 1, px
ENLARGED = 3072  # longest side to which photos are enlarged for finer strokes, px
SMALLEST = 64  # long side below which no composition is reduced, px
REACH = 3
"""Pixels of the composition beyond a window that its bicubic enlargement depends on, and one more for rounding."""


def composition_size(size: tuple[int, int], style_scale: float) -> tuple[int, int]:
    """Return the (height, width) at which the composition of a picture of ``size`` is painted.

    Larger than ``size`` for finer strokes than the network paints at that size.
    """
    longest = max(size)
    side = min(longest, COMPOSITION) / style_scale
    side = min(side, max(longest, ENLARGED)) if side > longest else max(side, min(longest, SMALLEST))
    if side == longest:
        return size
    return max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))


class Pyramid:
    """Combines windows of a picture of ``size`` from its composition, of another size, and its detail."""

    def __init__(self, size: tuple[int, int], composition: tuple[int, int]) -> None:
        self.size, self.composition = size, composition
        self._ratios = [length / cells for length, cells in zip(size, composition, strict=True)]
        self.refines = max(composition) < max(size)  # whether the composition is the smaller one, and lacks detail
        self.margin = math.ceil((2 * REACH + 1) * max(self._ratios)) if self.refines else 0
        """Most pixels around a window whose detail it depends on."""

    def cells(self, window: Window) -> Window:
        """Return the part of the composition that a window depends on."""
        rows, columns = (
            slice(
                max(0, math.floor(part.start / ratio) - math.ceil(REACH * max(1, 1 / ratio))),
                min(length, math.ceil(part.stop / ratio) + math.ceil(REACH * max(1, 1 / ratio))),
            )
            for part, ratio, length in zip(window, self._ratios, self.composition, strict=True)
        )
        return rows, columns

    def detailed(self, window: Window) -> Window:
        """Return the part of the picture whose detail a window depends on."""
        rows, columns = (
            slice(max(0, math.floor((part.start - 1) * ratio)), min(length, math.ceil((part.stop + 1) * ratio)))
            for part, ratio, length in zip(self.cells(window), self._ratios, self.size, strict=True)
        )
        return rows, columns

    def scaled(self, window: Window, composition: Image) -> Image:
        """Return a window of the composition brought to the picture's size; ``composition`` is its `cells`."""
        cells = self.cells(window)
        (top, bottom), (left, right) = (
            (part.start / ratio - cell.start, part.stop / ratio - cell.start)
            for part, cell, ratio in zip(window, cells, self._ratios, strict=True)
        )
        return images.resample(composition, _shape(window), (top, left, bottom, right), sharp=True)

    def refined(self, window: Window, composition: Image, detail: Image) -> Image:
        """Return a window with the low bands of ``composition``, its `cells`, and the others of ``detail``.

        ``detail``  the `detailed` part of the picture, painted at full size
        """
        cells, outer = self.cells(window), self.detailed(window)
        (top, bottom), (left, right) = (
            (cell.start * ratio - part.start, cell.stop * ratio - part.start)
            for cell, part, ratio in zip(cells, outer, self._ratios, strict=True)
        )
        change = composition - images.resample(detail, _shape(cells), (top, left, bottom, right))
        inner = tuple(
            slice(part.start - wide.start, part.stop - wide.start) for part, wide in zip(window, outer, strict=True)
        )
        refined = self.scaled(window, change)
        refined += detail[inner]
        return refined.clip(0, 1, out=refined)


def _shape(window: Window) -> tuple[int, int]:
    return window[0].stop - window[0].start, window[1].stop - window[1].start
