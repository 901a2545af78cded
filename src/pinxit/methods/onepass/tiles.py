"""Pictures of any size in bounded memory: painted in tiles that share the statistics of the whole picture.

Every layer is normalized by its mean and deviation over the whole picture; a tile's own would give each tile colors
of its own. Thumbnail instance normalization (Chen et al., "Towards Ultra-Resolution Neural Style Transfer via
Thumbnail Instance Normalization", AAAI 2022) takes them from a thumbnail. But a thumbnail has harder edges and less
grain than its picture: what was painted so came 30 to 35 dB near to the picture painted in one piece. So here:

1. A *sample*, some squares at the full resolution, is painted in one piece: statistics g.
2. The picture is looked at in pieces, normalized by g, which tells its statistics s for that g.
3. The sample is run again, with s - g added to every layer's own statistics: each layer is corrected, and what that
   changes in the layers after it is followed. What comes out is a better g.
4. Steps 2 and 3 again (`ROUNDS` in all).
5. With what comes out, the tiles are painted.

The network paints otherwise along edges, and pieces have some that the picture has not. So in the last round each of
them is measured: what lies on its two sides is looked at once as one strip and once as two. The difference is what the
edge adds to the moments.

A tile is cut out with a margin nearly as wide as the network sees, which is painted and thrown away: no seam. Against
one piece, three photos of 2800 x 2800 px in three styles come to 49 to 62 dB. Looked at in pieces of 1280 px, not 1536,
it was 45 to 56, with two rounds 41 to 53, and without the edges, however many rounds there were, 34 to 42.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image
from pinxit.methods.onepass.network import Floats

FRAME = 8
"""Pixels mirrored around the picture and cut off again, so that no layer's edge is seen."""
LEAST = 4
"""Of these, those at the right and at the bottom may be so few, where no whole stride is needed for more."""
MARGIN = 128 + FRAME
"""Pixels around a tile that are painted and cut off. With the picture's own statistics: 34 to 42 dB with 72, 64 to 74
with 136; with 200 each pixel is the same."""
HALF = 144
"""Pixels on either side of an edge that are looked at to measure it. With 96, 39.5 dB in place of 43.6."""
ROUNDS = 3
"""How often the picture is looked at before it is painted."""
SIDE = 1280
"""Side of the tiles, px, where none is asked for."""
WHOLE = 12 << 20
"""Pixels up to which a picture is then painted in one piece, in about 90 bytes for each: a phone's photos are."""
SAMPLE, BAND = 1536, 512
"""Longest side of the sample, and the rows or columns of one of its squares, px. With 1024 and 128, statistics that are
measured exactly come to 30 to 36 dB in two rounds, in place of 41 to 58."""

Indices = NDArray[np.intp]
Window = tuple[slice, slice]


class Run(Protocol):
    """Runs the network on some rows and columns of the picture, both multiples of its stride in number.

    ``given`` and ``own`` are those of `pinxit.methods.onepass.network.Model.paint`. Returns what was painted, (rows, columns, 3),
    and the statistics.
    """

    def __call__(
        self, rows: Indices, columns: Indices, given: Floats | None = None, own: float = 0.0
    ) -> tuple[Image, Floats]:
        """Run it."""
        ...


class Tile(NamedTuple):
    """A part of the picture, and where in the picture it belongs."""

    window: Window
    image: Image | None
    """None where the tile was only looked at, for its statistics."""
    number: int
    """Of this step, from 1."""
    of: int
    statistics: Floats | None = None
    """What the layers were normalized by, (2, channels), where it was painted."""


def paint(run: Run, size: tuple[int, int], side: int, stride: int) -> Iterator[Tile]:
    """Yield the painted parts of a picture of ``size`` (height, width): the whole, or tiles of at most ``side`` px.

    ``side`` 0 chooses. ``stride``: what the rows and columns of a run must be multiples of. Where there are several,
    what is looked at comes first, `ROUNDS` times.
    """
    if in_one_piece(size, side):
        rows, columns = (_mirrored(_framed(length, stride), length) for length in size)
        image, own = run(rows, columns)
        height, width = size
        yield Tile((slice(0, height), slice(0, width)), image[FRAME:, FRAME:][:height, :width], 1, 1, own)
        return
    side = side or SIDE
    windows = cut(size, side, stride)
    looks = cut(size, side + 2 * (MARGIN // stride * stride), stride)  # as much memory as painting takes
    of = ROUNDS * len(looks) + len(windows)
    given = yield from _statistics(run, size, looks, stride, of)
    for number, window in enumerate(windows, ROUNDS * len(looks) + 1):
        yield Tile(window, part(run, size, window, given, stride), number, of, given)


def part(run: Run, size: tuple[int, int], window: Window, given: Floats, stride: int, margin: int = MARGIN) -> Image:
    """Return a window of a picture of ``size``, painted with the statistics ``given``.

    ``margin``  pixels around it that are painted and cut off: less at the top and left, by what strides that lie as in
                the whole need, and as much more at the bottom and right
    """
    reach = [_reach(span, length, margin, stride) for span, length in zip(window, size, strict=True)]
    rows, columns = (_mirrored(span, length) for span, length in zip(reach, size, strict=True))
    image, _ = run(rows, columns, given)
    top, left = (span.start - wide.start for span, wide in zip(window, reach, strict=True))
    height, width = (span.stop - span.start for span in window)
    return image[top:, left:][:height, :width]


def in_one_piece(size: tuple[int, int], side: int) -> bool:
    """Return whether a picture of that size is painted without tiles."""
    return max(size) <= side if side else size[0] * size[1] <= WHOLE


def cut(size: tuple[int, int], side: int, stride: int) -> list[Window]:
    """Return windows of about equal size, at most ``side`` px, that cover the picture; they begin at whole strides."""
    rows, columns = (_cut(length, max(stride, side), stride) for length in size)
    return [(row, column) for row in rows for column in columns]


def between(maps: Floats, rows: Indices, columns: Indices, size: tuple[int, int]) -> Floats:
    """Return maps, (N, h, w), that lie over a picture of ``size`` at its ``rows`` and ``columns``: (N, rows, columns).

    Linearly interpolated between their pixels' middles, and continued at the edges.
    """
    for axis, (indices, length) in enumerate(zip((rows, columns), size, strict=True), start=1):
        count = maps.shape[axis]
        places = np.clip((indices + 0.5) * count / length - 0.5, 0, count - 1)
        before = places.astype(np.intp)
        part = (places - before).astype(np.float32).reshape([-1 if axis == each else 1 for each in range(3)])
        low, high = maps.take(before, axis), maps.take(np.minimum(before + 1, count - 1), axis)
        maps = low + part * (high - low)
    return maps


def _cut(length: int, side: int, stride: int) -> list[slice]:
    count = -(-length // (side // stride * stride))
    step = -(-length // (count * stride)) * stride
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def _reach(part: slice, length: int, margin: int, stride: int) -> slice:
    """Return ``part`` with its margin: whole strides, and never more than those beyond the frame of the picture."""
    whole = _framed(length, stride)
    start = part.start - max(margin, stride)
    start = max(whole.start, start + (whole.start - start) % stride)  # where a stride of the whole begins
    stop = min(part.stop + margin, whole.stop)
    return slice(start, start + -(-(stop - start) // stride) * stride)


def _framed(length: int, stride: int) -> slice:
    """Return a whole picture's rows or columns with its frame: whole strides."""
    return slice(-FRAME, -FRAME - (-(length + FRAME + LEAST) // stride) * stride)


def _mirrored(part: slice, length: int) -> Indices:
    """Return the part's rows; what lies outside the picture is mirrored at its edges, each edge row twice."""
    folded = np.arange(part.start, part.stop) % (2 * length)
    rows: Indices = np.minimum(folded, 2 * length - 1 - folded)
    return rows


def _statistics(
    run: Run, size: tuple[int, int], windows: Sequence[Window], stride: int, of: int
) -> Generator[Tile, None, Floats]:
    """Return about the statistics, (2, channels), that the picture would have in one piece."""
    rows, columns = (_sampled(length, stride) for length in size)
    _, own = run(rows, columns)
    given = own
    for seen in range(ROUNDS):
        look = _Look(run, size, given, stride)
        for number, window in enumerate(windows, seen * len(windows) + 1):
            look.at(window, edges=seen == ROUNDS - 1)
            yield Tile(window, None, number, of)
        more = look.statistics() - own
        _, own = run(rows, columns, more, own=1.0)
        given = own + more  # what is normalized by is the sum, not what the sample itself had
    return given


def _sampled(length: int, stride: int) -> Indices:
    """Return rows in bands at equal distances, at most `SAMPLE` of them; all, in their frame, where these are few."""
    if length <= SAMPLE:
        return _mirrored(_framed(length, stride), length)
    bands = SAMPLE // BAND
    starts = [round((band + 0.5) * length / bands) - BAND // 2 for band in range(bands)]
    return np.concatenate([np.arange(start, start + BAND) for start in starts])


class _Look:
    """Puts the statistics of a picture, normalized by ``given``, together from those of its pieces."""

    def __init__(self, run: Run, size: tuple[int, int], given: Floats, stride: int) -> None:
        self.run, self.size, self.given = run, size, given
        self.whole = [_framed(length, stride) for length in size]
        self.half = -(-HALF // stride) * stride
        self.moments = np.zeros((2, given.shape[1]))
        """Sums, over the pixels, of the features and of their squares."""

    def at(self, window: Window, *, edges: bool) -> None:
        """Look at a window, and, with ``edges``, at its edges to the windows below and to the right."""
        rows, columns = piece = [self._strides(axis, part) for axis, part in enumerate(window)]
        self.moments += self._of(rows, columns)
        for axis in (0, 1) if edges else ():
            here, whole = piece[axis], self.whole[axis]
            if here.stop == whole.stop:
                continue
            before = slice(max(here.start, here.stop - self.half), here.stop)
            after = slice(here.stop, min(here.stop + self.half, whole.stop))
            both = slice(before.start, after.stop)
            one, two, joined = (
                self._of(*((strip, columns) if axis == 0 else (rows, strip))) for strip in (before, after, both)
            )
            self.moments -= one + two - joined

    def statistics(self) -> Floats:
        """Return mean and deviation, (2, channels), when every window was looked at."""
        mean, square = self.moments / np.prod([span.stop - span.start for span in self.whole])
        return np.stack([mean, np.sqrt(np.maximum(square - mean**2, 0))]).astype(np.float32)

    def _strides(self, axis: int, part: slice) -> slice:
        """Return the whole strides of the framed picture that belong to a part of it: each to one."""
        last = part.stop == self.size[axis]
        return slice(part.start - FRAME, self.whole[axis].stop if last else part.stop - FRAME)

    def _of(self, rows: slice, columns: slice) -> NDArray[np.float64]:
        down, across = (_mirrored(*each) for each in zip((rows, columns), self.size, strict=True))
        _, found = self.run(down, across, self.given)
        mean, deviation = found.astype(np.float64)
        moments: NDArray[np.float64] = len(down) * len(across) * np.stack([mean, deviation**2 + mean**2])
        return moments
