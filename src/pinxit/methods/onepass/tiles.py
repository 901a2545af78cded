"""Pictures of any size in bounded memory: painted in tiles that share the statistics of the whole picture.

Every layer is normalized by its mean and deviation over the whole picture; a tile's own statistics would give each
tile colors of its own. Thumbnail instance normalization (Chen et al., "Towards Ultra-Resolution Neural Style Transfer
via Thumbnail Instance Normalization", AAAI 2022) takes the statistics from a thumbnail. A thumbnail has harder edges
and less grain than its picture: the result came within only 30 to 35 dB of the picture painted in one piece. Instead:

1. A *sample*, some squares at full resolution, is painted in one piece: its statistics are g.
2. The picture is run in pieces, normalized by g: together they give the picture's statistics s under that g.
3. The sample is run again, with s - g added to every layer's own statistics. This corrects each layer and passes the
   change on to the layers after it. The outcome is a better g.
4. Steps 2 and 3 are repeated (`ROUNDS` in all).
5. The tiles are painted, normalized by the last g.

The network paints differently along edges, and pieces have edges that the picture has not. The last round measures
each of them: the strips on its two sides are run once together and once apart; the difference is what the edge adds
to the moments.

Each tile is painted with a margin nearly as wide as the network's receptive field, which is cut off: no seam shows.
Compared with one piece, three photos of 2800 x 2800 px in three styles reach 49 to 62 dB. With pieces of 1280 px in
place of 1536 it was 45 to 56 dB, with two rounds 41 to 53, and without measured edges, in any number of rounds, 34 to
42.
"""

from collections.abc import Generator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.methods.onepass.network import Floats

FRAME = 8  # pixels mirrored around the picture and cut off again, so that no edge effect of a layer is visible
LEAST = 4  # fewest mirrored pixels at the right and at the bottom, where more would need another stride
MARGIN = 128 + FRAME
"""Pixels around a tile that are painted and cut off. With exact statistics, 72 px reach 34 to 42 dB, 136 px 64 to 74,
and with 200 px every pixel is the same."""
HALF = 144  # pixels on either side of an edge that are run to measure it. 96 px reach 39.5 dB in place of 43.6.
ROUNDS = 3  # how often the picture's statistics are measured before it is painted
SIDE = 1280  # default side of the tiles, px
ONE_PIECE = 12 << 20
"""Most pixels of a picture that is painted in one piece by default: a phone's photo. Each takes about 90 bytes."""
SAMPLE, BAND = 1536, 512
"""Longest side of the sample, and the side of one of its squares, px. With 1024 and 128, exactly measured statistics
reach 30 to 36 dB in two rounds, in place of 41 to 58."""

Indices = NDArray[np.intp]
Measuring = Generator[None, None, Floats]  # yields after each run of the network; returns statistics, (2, channels)


class Run(Protocol):
    """Runs the network on some rows and columns of the picture, whole strides of each.

    ``statistics`` and ``own_share`` are those of `pinxit.methods.onepass.network.OnePassNetwork.paint`. Returns the
    painted part, (rows, columns, 3), and the statistics of its layers.
    """

    def __call__(
        self, rows: Indices, columns: Indices, statistics: Floats | None = None, own_share: float = 0.0
    ) -> tuple[Image, Floats]:
        """Run the network."""
        ...


def windows(size: tuple[int, int], side: int, stride: int) -> list[Window]:
    """Return the parts in which a picture of ``size`` (height, width) is painted: one, or tiles of at most ``side`` px.

    ``side``    0 chooses
    ``stride``  tiles begin at multiples of it
    """
    if in_one_piece(size, side):
        return [(slice(0, size[0]), slice(0, size[1]))]
    return cut(size, side or SIDE, stride)


def measuring_runs(size: tuple[int, int], side: int, stride: int) -> int:
    """Return how often `measured` yields; 0 for a picture in one piece, which is normalized by its own statistics."""
    return 0 if in_one_piece(size, side) else ROUNDS * len(_pieces(size, side, stride))


def measured(run: Run, size: tuple[int, int], side: int, stride: int) -> Measuring:
    """Return nearly the statistics, (2, channels), that a picture would have in one piece; yield after each run."""
    pieces = _pieces(size, side, stride)
    rows, columns = (_sampled(length, stride) for length in size)
    _, sample = run(rows, columns)
    statistics = sample
    for turn in range(ROUNDS):
        measuring = StatisticsPass(run, size, statistics, stride)
        for window in pieces:
            measuring.add(window, edges=turn == ROUNDS - 1)
            yield
        correction = measuring.statistics() - sample
        _, sample = run(rows, columns, correction, own_share=1.0)
        statistics = sample + correction  # the sum normalizes the layers, not the sample's own statistics
    return statistics


def sampled(run: Run, size: tuple[int, int], stride: int) -> Floats:
    """Return the statistics, (2, channels), of a sample of a picture: for fine detail, which needs no exact ones."""
    rows, columns = (_sampled(length, stride) for length in size)
    return run(rows, columns)[1]


def paint_window(
    run: Run, size: tuple[int, int], window: Window, statistics: Floats | None, stride: int, margin: int = MARGIN
) -> tuple[Image, Floats]:
    """Return a painted window of a picture of ``size``, and the statistics of the part that was run.

    ``statistics``  normalize the layers; None: the part's own do, which is for pictures in one piece
    ``margin``  pixels around it that are painted and cut off: a little less at the top and left, so that strides lie as
                in the whole picture, and as much more at the bottom and right
    """
    reach = [_reach(span, length, margin, stride) for span, length in zip(window, size, strict=True)]
    rows, columns = (_mirrored(span, length) for span, length in zip(reach, size, strict=True))
    image, part_statistics = run(rows, columns, statistics)
    top, left = (span.start - wide.start for span, wide in zip(window, reach, strict=True))
    height, width = (span.stop - span.start for span in window)
    return image[top:, left:][:height, :width], part_statistics


def in_one_piece(size: tuple[int, int], side: int) -> bool:
    """Return whether a picture of that size is painted without tiles."""
    return max(size) <= side if side else size[0] * size[1] <= ONE_PIECE


def cut(size: tuple[int, int], side: int, stride: int) -> list[Window]:
    """Return windows of about equal size, at most ``side`` px, that cover the picture and begin at whole strides."""
    rows, columns = (_cut(length, max(stride, side), stride) for length in size)
    return [(row, column) for row in rows for column in columns]


def interpolate(maps: Floats, rows: Indices, columns: Indices, size: tuple[int, int]) -> Floats:
    """Return maps, (N, h, w), that cover a picture of ``size``, at its ``rows`` and ``columns``: (N, rows, columns).

    Bilinear interpolation between pixel centers, with edge padding.
    """
    for axis, (indices, length) in enumerate(zip((rows, columns), size, strict=True), start=1):
        count = maps.shape[axis]
        positions = np.clip((indices + 0.5) * count / length - 0.5, 0, count - 1)
        before = positions.astype(np.intp)
        part = (positions - before).astype(np.float32).reshape([-1 if axis == each else 1 for each in range(3)])
        low, high = maps.take(before, axis), maps.take(np.minimum(before + 1, count - 1), axis)
        maps = low + part * (high - low)
    return maps


def _cut(length: int, side: int, stride: int) -> list[slice]:
    count = -(-length // (side // stride * stride))
    step = -(-length // (count * stride)) * stride
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def _reach(part: slice, length: int, margin: int, stride: int) -> slice:
    """Return ``part`` with its margin, in whole strides, within the framed picture."""
    framed = _framed(length, stride)
    start = part.start - max(margin, stride)
    start = max(framed.start, start + (framed.start - start) % stride)  # where a stride of the framed picture begins
    stop = min(part.stop + margin, framed.stop)
    return slice(start, start + -(-(stop - start) // stride) * stride)


def _framed(length: int, stride: int) -> slice:
    """Return a picture's rows or columns with its frame, in whole strides."""
    return slice(-FRAME, -FRAME - (-(length + FRAME + LEAST) // stride) * stride)


def _mirrored(part: slice, length: int) -> Indices:
    """Return the rows of a part; those outside the picture are mirrored at its edges, each edge row twice."""
    folded = np.arange(part.start, part.stop) % (2 * length)
    rows: Indices = np.minimum(folded, 2 * length - 1 - folded)
    return rows


def _pieces(size: tuple[int, int], side: int, stride: int) -> list[Window]:
    """Return the pieces in which a picture is measured: each takes as much memory as a tile with its margin."""
    return cut(size, (side or SIDE) + 2 * (MARGIN // stride * stride), stride)


def _sampled(length: int, stride: int) -> Indices:
    """Return at most `SAMPLE` rows, in bands at equal distances; all of them with their frame where they are few."""
    if length <= SAMPLE:
        return _mirrored(_framed(length, stride), length)
    bands = SAMPLE // BAND
    starts = [round((band + 0.5) * length / bands) - BAND // 2 for band in range(bands)]
    return np.concatenate([np.arange(start, start + BAND) for start in starts])


class StatisticsPass:
    """Sums up the statistics of a picture from those of its pieces, the layers being normalized by ``statistics``."""

    def __init__(self, run: Run, size: tuple[int, int], statistics: Floats, stride: int) -> None:
        self._run, self._size, self._normalized_by = run, size, statistics
        self._framed = [_framed(length, stride) for length in size]
        self._half = -(-HALF // stride) * stride
        self._moments = np.zeros((2, statistics.shape[1]))  # sums, over the pixels, of the features and their squares

    def add(self, window: Window, *, edges: bool) -> None:
        """Measure a window; ``edges``: also the effect of its edges to the windows below and to the right."""
        rows, columns = piece = [self._strides(axis, part) for axis, part in enumerate(window)]
        self._moments += self._measure(rows, columns)
        for axis in (0, 1) if edges else ():
            here, framed = piece[axis], self._framed[axis]
            if here.stop == framed.stop:
                continue
            before = slice(max(here.start, here.stop - self._half), here.stop)
            after = slice(here.stop, min(here.stop + self._half, framed.stop))
            both = slice(before.start, after.stop)
            one, two, both_strips = (
                self._measure(*((strip, columns) if axis == 0 else (rows, strip))) for strip in (before, after, both)
            )
            self._moments -= one + two - both_strips

    def statistics(self) -> Floats:
        """Return mean and deviation, (2, channels), after every window was added."""
        mean, square = self._moments / np.prod([span.stop - span.start for span in self._framed])
        return np.stack([mean, np.sqrt(np.maximum(square - mean**2, 0))]).astype(np.float32)

    def _strides(self, axis: int, part: slice) -> slice:
        """Return the strides of the framed picture that belong to a part of it: every stride to one part."""
        last = part.stop == self._size[axis]
        return slice(part.start - FRAME, self._framed[axis].stop if last else part.stop - FRAME)

    def _measure(self, rows: slice, columns: slice) -> NDArray[np.float64]:
        down, across = (_mirrored(*each) for each in zip((rows, columns), self._size, strict=True))
        _, statistics = self._run(down, across, self._normalized_by)
        mean, deviation = statistics.astype(np.float64)
        moments: NDArray[np.float64] = len(down) * len(across) * np.stack([mean, deviation**2 + mean**2])
        return moments
