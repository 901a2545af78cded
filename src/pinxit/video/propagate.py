"""What of a frame has to be painted where most of it can be carried on from the frame before.

A frame whose predecessor is trusted nearly everywhere needs little painting: the predecessor moves on, and only where
it cannot be trusted (something came into view, or changed) new paint is laid, in a few boxes. So the work of painting,
most of a film's, is done whole only every few frames.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image
from pinxit.methods.onepass.tiles import FRAME
from pinxit.video.io.film import Plane
from pinxit.video.temporal_blend import SOFT, Before

Window = tuple[slice, slice]
Box = tuple[int, int, int, int]
"""Rows and columns of blocks: top, bottom, left, right; the ends are not part of it."""

BLOCK = 32
"""Side of the squares that are painted or not, px: whole strides of every network."""
MARGINS = 32, 48, 64, 96, 128
"""Pixels around a box that may be painted beside it; whole strides. The first `SOFT` are laid too, the others cut off.
How many it takes depends on the style: some lay their colors out over large fields, and boxes that saw less had
splashes of other colors."""
SEEN = 0.025
"""Mean difference from which on a box that is not painted as in the whole picture is seen."""
DOUBT = 0.22
"""Mean lack of trust from which on a block is painted. What is left to the frame before is doubted the more in the next
one. With 0.3 half as much was painted in a film full of fine detail, but what was left was mended in the next frame, to
be seen: on Sintel's cave_2 the error along the true flow was a third larger."""
RUN = 9000
"""Pixels that are painted in the time that a run of the network takes beside its pixels: about 1.5 ms."""
MOST = 0.85
"""Share of a whole painting that boxes may cost; above, it is painted whole."""


def boxes(trust: Plane, margin: int) -> list[Window] | None:
    """Return the parts of a frame to paint, by its ``trust`` (H, W); None where that is no less work than all of it.

    ``margin``  pixels that are painted around each, and cut off
    """
    height, width = trust.shape
    doubt = _blocks(1 - trust)
    found = _joined(_components(doubt > DOUBT), margin, (height, width))
    whole = _cost((0, doubt.shape[0], 0, doubt.shape[1]), margin, (height, width))
    if sum(_cost(box, margin, (height, width)) for box in found) > MOST * whole:
        return None
    return [
        (slice(BLOCK * top, min(BLOCK * bottom, height)), slice(BLOCK * left, min(BLOCK * right, width)))
        for top, bottom, left, right in found
    ]


def _blocks(plane: Plane) -> Plane:
    """Return the mean of each block of `BLOCK` px; those at the edges are filled up by its last pixels."""
    height, width = (-(-length // BLOCK) for length in plane.shape)
    missing = (0, height * BLOCK - plane.shape[0], 0, width * BLOCK - plane.shape[1])
    padded = cv2.copyMakeBorder(plane, *missing, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(padded, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _components(marked: NDArray[np.bool_]) -> list[Box]:
    """Return a box around each connected group of marked blocks."""
    _, _, figures, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8), connectivity=8)
    return [(int(top), int(top + height), int(left), int(left + width)) for left, top, width, height, _ in figures[1:]]


def _joined(found: list[Box], margin: int, size: tuple[int, int]) -> list[Box]:
    """Join boxes as long as one around two of them costs no more than they do."""
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            both = min(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), max(one[3], other[3])
            if _cost(both, margin, size) <= _cost(one, margin, size) + _cost(other, margin, size):
                return _joined([both, *(each for each in found if each not in (one, other))], margin, size)
    return found


def _cost(box: Box, margin: int, size: tuple[int, int]) -> int:
    """Return about what painting a box of a frame of ``size`` = (height, width) takes, in pixels."""
    sides = zip((box[:2], box[2:]), size, strict=True)
    height, width = (
        min(stop * BLOCK + margin, end + FRAME) - max(start * BLOCK - margin, -FRAME) for (start, stop), end in sides
    )
    return RUN + height * width


def samples(size: tuple[int, int]) -> list[Window]:
    """Return some windows of a picture of ``size`` = (height, width), by which others are judged."""
    found = []
    for place in ((0.2, 0.25), (0.5, 0.5), (0.65, 0.75)):
        rows, columns = (int(share * length) // BLOCK * BLOCK for share, length in zip(place, size, strict=True))
        found.append((slice(rows, min(rows + 2 * BLOCK, size[0])), slice(columns, min(columns + 2 * BLOCK, size[1]))))
    return found


def differing(whole: Image, windows: list[Window], parts: list[Image]) -> float:
    """Return the mean absolute difference of parts from the same places of the whole picture: of the worst."""
    return max(float(np.abs(whole[each] - part).mean()) for each, part in zip(windows, parts, strict=True))


def grown(windows: list[Window], size: tuple[int, int]) -> list[Window]:
    """Return windows of a frame of ``size`` = (height, width) with `SOFT` around them."""

    def wide(span: slice, length: int) -> slice:
        return slice(max(0, span.start - SOFT), min(length, span.stop + SOFT))

    return [(wide(rows, size[0]), wide(columns, size[1])) for rows, columns in windows]


def laid(before: Before, windows: list[Window], painted: list[Image]) -> Image:
    """Return the frame before, moved to the present, with new paint in the windows where it is not held.

    ``windows``  with room around them, in which the paint ends softly
    """
    picture = before.picture.copy()
    for window, image in zip(windows, painted, strict=True):
        tall, wide = (_faded(span, length) for span, length in zip(window, before.held.shape, strict=True))
        new = tall[:, None] * wide * (1 - before.held[window])
        picture[window] += new[..., None] * (image - picture[window])
    return picture


def _faded(span: slice, length: int) -> Plane:
    """Return 1, falling to 0 over the `SOFT` at either end that is not the frame's, for each pixel of a span."""
    pixels = np.arange(span.start, span.stop, dtype=np.float32) + np.float32(0.5)
    begins = (pixels - span.start) / SOFT if span.start else np.ones_like(pixels)
    ends = (span.stop - pixels) / SOFT if span.stop < length else np.ones_like(pixels)
    return np.minimum(np.minimum(begins, ends), 1)


def left(trust: Plane, windows: list[Window]) -> Plane:
    """Return the lack of trust, (H, W), outside the windows: it goes on with the picture, or it would leave trails."""
    doubt: Plane = 1 - trust
    for window in windows:
        doubt[window] = 0
    return doubt
