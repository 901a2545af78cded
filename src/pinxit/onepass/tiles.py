"""Pictures of any size in bounded memory: painted in tiles that share the statistics of the whole picture.

Every layer is normalized by its mean and deviation over the whole picture; a tile's own would give each tile colors
of its own. Thumbnail instance normalization (Chen et al., "Towards Ultra-Resolution Neural Style Transfer via
Thumbnail Instance Normalization", AAAI 2022) takes them from a thumbnail. But a thumbnail has harder edges and less
grain than its picture: what was painted so came 30 to 35 dB near to the picture painted in one piece. So here:

1. A *sample*, bands of rows and of columns at the full resolution, is painted in one piece: statistics g.
2. All tiles are run with g, which tells the picture's statistics s for that g.
3. The sample is run again, with s - g added to every layer's own statistics: each layer is corrected, and what that
   changes in the layers after it is followed. What comes out is a better g.
4. Steps 2 and 3 once more (`ROUNDS`): on 1600 x 2112 px in tiles of 1024 px 42.6 dB came of it in place of 40.1.
5. With what comes out, the tiles are painted.

A tile is cut out with a margin as wide as the network sees, which is painted and thrown away: no seam.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.onepass.model import Floats
from pinxit.stylizer import Image

FRAME = 8
"""Pixels mirrored around the picture and cut off again, so that no layer's edge is seen."""
LEAST = 4
"""Of these, those at the right and at the bottom may be so few, where no whole stride is needed for more."""
MARGIN = 64 + FRAME
"""Pixels around a tile that are painted and cut off. With an earlier network, on 1600 x 1216 px in tiles of 512 px,
against one piece: 49.2 dB with 48, 50.3 with 64, and 50.7 with 96 and more, where only the statistics differ."""
AROUND = 48 + FRAME
"""Pixels around a tile that is looked at: its own edges, where features are not the picture's, count for less. With
16 of them tiles of 400 px came to 39.9 dB, with these to 40.3."""
ROUNDS = 2
"""How often all tiles are looked at before they are painted."""
SIDE = 1024
"""Side of the tiles, px, where none is asked for."""
WHOLE = 3 << 20
"""Pixels up to which a picture is then painted in one piece."""
SAMPLE, BAND = 1024, 128
"""Longest side of the sample, and the rows or columns of one of its bands, px."""

Indices = NDArray[np.intp]
Window = tuple[slice, slice]


class Run(Protocol):
    """Runs the network on some rows and columns of the picture, both multiples of its stride in number.

    ``given`` and ``own`` are those of `pinxit.onepass.model.Model.paint`. Returns what was painted, (rows, columns, 3),
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
    each comes `ROUNDS` times to be looked at, and once more, painted.
    """
    if in_one_piece(size, side):
        rows, columns = (_mirrored(_framed(length, stride), length) for length in size)
        image, own = run(rows, columns)
        height, width = size
        yield Tile((slice(0, height), slice(0, width)), image[FRAME:, FRAME:][:height, :width], 1, 1, own)
        return
    windows = cut(size, side or SIDE, stride)
    given = yield from _statistics(run, size, windows, stride)
    for index, window in enumerate(windows, ROUNDS * len(windows) + 1):
        yield Tile(window, part(run, size, window, given, stride), index, (ROUNDS + 1) * len(windows), given)


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
    run: Run, size: tuple[int, int], windows: Sequence[Window], stride: int
) -> Generator[Tile, None, Floats]:
    """Return about the statistics, (2, channels), that the picture would have in one piece."""
    rows, columns = (_sampled(length, stride) for length in size)
    _, own = run(rows, columns)
    given = own
    for seen in range(ROUNDS):
        more = (yield from _measured(run, size, windows, stride, given, seen * len(windows))) - own
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


def _measured(
    run: Run, size: tuple[int, int], windows: Sequence[Window], stride: int, given: Floats, before: int
) -> Generator[Tile, None, Floats]:
    """Return the statistics of the whole picture, normalized by ``given``, put together from those of its tiles.

    ``before``  so many tiles came before these
    """
    pixels, moments = 0, np.zeros((2, given.shape[1]))
    for index, window in enumerate(windows, before + 1):
        rows, columns = (
            _mirrored(_reach(part, length, AROUND, stride), length) for part, length in zip(window, size, strict=True)
        )
        _, (mean, deviation) = run(rows, columns, given)
        area = len(rows) * len(columns)
        pixels += area
        moments += area * np.stack([mean, deviation.astype(np.float64) ** 2 + mean.astype(np.float64) ** 2])
        yield Tile(window, None, index, (ROUNDS + 1) * len(windows))
    mean, square = moments / pixels
    return np.stack([mean, np.sqrt(np.maximum(square - mean**2, 0))]).astype(np.float32)
