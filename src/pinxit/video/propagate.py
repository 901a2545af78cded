"""Chooses the regions of a propagated frame to repaint, and composes new paint into it.

Where the previous output can be trusted nearly everywhere, the present frame is that output, warped; only where it
cannot be trusted (something came into view or changed), new paint is laid in a few windows. Painting, most of a film's
work, is thus done in full only every few frames.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.methods.onepass.tiles import FRAME
from pinxit.video.io.film import Plane
from pinxit.video.temporal_blend import EDGE, WarpedFrame

Box = tuple[int, int, int, int]
"""Rows and columns of blocks: top, bottom, left, right; the ends are exclusive."""

BLOCK = 32
"""Side of the squares that are repainted or not, px: a multiple of every network's stride."""
MARGINS = 32, 48, 64, 96, 128
"""Possible widths of the context around a box, px; multiples of every network's stride. The first `EDGE` of it is used,
the rest is cut off. How much is needed depends on the style: some spread their colors over large fields, and boxes
with less context showed splashes of other colors."""
VISIBLE_DIFFERENCE = 0.025
"""Mean difference at which a box painted by itself becomes visible in the full painting."""
REPAINT_DOUBT = 0.22
"""Mean doubt (1 - trust) from which on a block is repainted. What is left to the previous output is doubted more in the
next frame. With 0.3, half as much was repainted in a film full of fine detail, but what was left was visibly mended in
the next frame: on Sintel's cave_2 the error along the true flow was a third larger."""
CALL_COST = 9000
"""Pixels that take as long to paint as the fixed cost of a run of the network: about 1.5 ms."""
MAX_COST_SHARE = 0.85
"""Largest cost of boxes, as a share of painting in full; above, the frame is painted in full."""


def repaint_windows(trust: Plane, margin: int) -> list[Window] | None:
    """Return the windows of a frame to repaint, given its ``trust`` (H, W); None if painting it in full costs no more.

    ``margin``  width of the context that is painted around each window and cut off, px
    """
    size = height, width = trust.shape
    doubt = _block_means(1 - trust)
    boxes = _merge(_components(doubt > REPAINT_DOUBT), margin, size)
    full_cost = _cost((0, doubt.shape[0], 0, doubt.shape[1]), margin, size)
    if sum(_cost(box, margin, size) for box in boxes) > MAX_COST_SHARE * full_cost:
        return None
    return [
        (slice(BLOCK * top, min(BLOCK * bottom, height)), slice(BLOCK * left, min(BLOCK * right, width)))
        for top, bottom, left, right in boxes
    ]


def _block_means(plane: Plane) -> Plane:
    """Return the mean of each block of `BLOCK` px; the plane's last pixels fill up the blocks at its edges."""
    below, right = (-length % BLOCK for length in plane.shape)
    padded = cv2.copyMakeBorder(plane, 0, below, 0, right, cv2.BORDER_REPLICATE)
    blocks = padded.shape[1] // BLOCK, padded.shape[0] // BLOCK
    return np.asarray(cv2.resize(padded, blocks, interpolation=cv2.INTER_AREA), np.float32)


def _components(marked: NDArray[np.bool_]) -> list[Box]:
    """Return a box around each connected group of marked blocks."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8), connectivity=8)
    return [(int(top), int(top + height), int(left), int(left + width)) for left, top, width, height, _ in stats[1:]]


def _merge(boxes: list[Box], margin: int, size: tuple[int, int]) -> list[Box]:
    """Merge boxes as long as one box around two of them costs no more than the two."""
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            both = min(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), max(one[3], other[3])
            if _cost(both, margin, size) <= _cost(one, margin, size) + _cost(other, margin, size):
                return _merge([both, *(each for each in boxes if each not in (one, other))], margin, size)
    return boxes


def _cost(box: Box, margin: int, size: tuple[int, int]) -> int:
    """Return the cost, in pixels, of painting a box of a frame of ``size`` = (height, width)."""
    starts = (max(start * BLOCK - margin, -FRAME) for start in box[::2])
    stops = (min(stop * BLOCK + margin, side + FRAME) for stop, side in zip(box[1::2], size, strict=True))
    height, width = (stop - start for start, stop in zip(starts, stops, strict=True))
    return CALL_COST + height * width


def probe_windows(size: tuple[int, int]) -> list[Window]:
    """Return some windows of a picture of ``size`` = (height, width) on which margins are tried."""
    windows = []
    for shares in ((0.2, 0.25), (0.5, 0.5), (0.65, 0.75)):
        top, left = (int(share * length) // BLOCK * BLOCK for share, length in zip(shares, size, strict=True))
        windows.append((slice(top, min(top + 2 * BLOCK, size[0])), slice(left, min(left + 2 * BLOCK, size[1]))))
    return windows


def largest_difference(full: Image, windows: list[Window], parts: list[Image]) -> float:
    """Return the mean absolute difference of a part from the same window of the full picture, of the worst part."""
    return max(float(np.abs(full[window] - part).mean()) for window, part in zip(windows, parts, strict=True))


def expand(windows: list[Window], size: tuple[int, int]) -> list[Window]:
    """Return windows of a frame of ``size`` = (height, width), each `EDGE` px larger on all sides inside the frame."""

    def wider(span: slice, length: int) -> slice:
        return slice(max(0, span.start - EDGE), min(length, span.stop + EDGE))

    return [(wider(rows, size[0]), wider(columns, size[1])) for rows, columns in windows]


def compose(previous: WarpedFrame, windows: list[Window], painted: list[Image]) -> Image:
    """Return the warped previous output with new paint where it is not trusted, fading out over the windows' edges."""
    picture = previous.picture.copy()
    for window, image in zip(windows, painted, strict=True):
        tall, wide = (_fade(span, length) for span, length in zip(window, previous.soft_trust.shape, strict=True))
        new = tall[:, None] * wide * (1 - previous.soft_trust[window])
        picture[window] += new[..., None] * (image - picture[window])
    return picture


def _fade(span: slice, length: int) -> Plane:
    """Return weights for the pixels of a span: 1, falling to 0 over `EDGE` px at each end inside the frame."""
    pixels = np.arange(span.start, span.stop, dtype=np.float32) + np.float32(0.5)
    begins = (pixels - span.start) / EDGE if span.start else np.ones_like(pixels)
    ends = (span.stop - pixels) / EDGE if span.stop < length else np.ones_like(pixels)
    return np.minimum(np.minimum(begins, ends), 1)


def remaining_doubt(trust: Plane, windows: list[Window]) -> Plane:
    """Return the doubt (1 - trust), (H, W), outside the repainted windows; forgotten, it would leave trails."""
    doubt: Plane = 1 - trust
    for window in windows:
        doubt[window] = 0
    return doubt
