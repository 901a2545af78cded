"""Painting with a one-pass network, whatever gives its codes: in tiles, by regions, with strength.

What is painted is mixed with the content by (1 - s)^fade, s being the strength: that leaves most of the path from photo
to painting to the network's codes and makes its beginning exact. 0 gives back the content. So do places that no mask
is white at: what is painted there is mixed with the content by the mask.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pinxit.config.options import Look
from pinxit.images import Image, color
from pinxit.methods.base import Step
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.grain import Canvas
from pinxit.methods.onepass.network import Floats, Model
from pinxit.methods.onepass.regions import Regions
from pinxit.styles.style import Style

EMPTY = 1.5 / 255
"""A picture whose colors differ by less shows nothing. Normalized by deviations near 0, rounding would be painted: a
grid of dots. So every network is given a canvas then, and a picture without a subject comes of it."""

Codes = Callable[[Image], Floats]
"""Gives the code of every style for a content, (N, code), with strength in it."""
Steering = Callable[[], Floats]
"""The same for one content: asked for when all else is ready, since styles may still be looked at in another thread."""


class Kept(NamedTuple):
    """What a picture was painted by: enough to paint parts of one that differs from it little, a film's next frame."""

    codes: Floats
    """(N, code)."""
    statistics: Floats
    """What the layers were normalized by, (2, channels)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a one-pass method paints."""

    codes: Codes
    style: Style
    look: Look
    model: Model
    side: int
    """Of the tiles, px; 0 lets `pinxit.methods.onepass.tiles` choose."""
    fade: int
    """How soon the content itself goes as the strength grows."""
    canvas: bool
    """Whether photos get the grain of a canvas, which becomes strokes: see `pinxit.methods.onepass.grain`. Trained styles lay
    specks on it."""


def steps(content: Image, way: Way, over: Image | None = None) -> Generator[Step]:
    """Paint in one step, or in many, piece by piece: first all are looked at; the rest is still the content.

    ``over``  the photo that ``content`` is (`pinxit.images.color.prepare`), to be painted over, its colors kept if so wanted:
              a large picture then takes half of the memory, or less
    """
    size = content.shape[:2]
    painted = content.copy() if over is None else over
    if not way.look.strength:
        yield Step(1, 1, 0.0, lambda: painted, size=size)
        return
    wet: list[tuple[tiles.Window, Image]] = []
    for tile in _tiles(content, way, functools.cache(lambda: way.codes(content))):
        if tile.image is not None:
            kept = "style" if over is None else way.look.color
            wet.append((tile.window, color.finish(kept, tile.image, painted[tile.window])))
            # The tiles to come are not above this one, but see a margin of what is.
            goes_on = over is not None and tile.number < tile.of
            needed = tile.window[0].start - tiles.MARGIN if goes_on else size[0]
            wet = _laid(painted, wet, needed)
        yield Step(tile.number, tile.of, 0.0, lambda: painted, size=size, begun=tile.image is not None)


class OnePass:
    """A `pinxit.methods.base.Stylizer` that paints in one pass."""

    @property
    def way(self) -> Way:
        """How it does."""
        raise NotImplementedError

    def see_styles(self, side: int) -> None:
        """Look at the styles ahead, for contents whose long side is ``side`` px, where that takes time."""

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        return finished(self.steps(content))

    def steps(self, content: Image, over: Image | None = None) -> Generator[Step]:
        """Paint step by step; see `steps` here."""
        return steps(content, self.way, over)

    def whole(self, content: Image, shown: Image | None = None) -> tuple[Image, Kept | None]:
        """Return the painted ``content`` and what `parts` needs; None where the strength is 0: nothing was painted.

        ``shown``  what the painter sees of it, of the same shape; where no paint is to be, there is ``content`` itself
        """
        if not self.way.look.strength:
            return content, None
        painted, kept = np.empty_like(content), None
        codes = functools.cache(lambda: self.way.codes(content))
        for tile in _tiles(content, self.way, codes, shown):
            if tile.image is not None and tile.statistics is not None:
                painted[tile.window] = tile.image
                kept = Kept(codes(), tile.statistics)
        return painted, kept

    def parts(self, content: Image, windows: Sequence[tiles.Window], kept: Kept, margin: int) -> list[Image]:
        """Return the painted ``windows`` of a content that differs little from the one that ``kept`` comes from.

        ``margin``  pixels around each that are painted and cut off; see `pinxit.methods.onepass.tiles.part`
        """
        regions = Regions(self.way.style, content.shape[:2])
        run = _run(content, content, self.way, lambda: kept.codes, regions)
        size, stride = content.shape[:2], self.way.model.stride
        painted = [tiles.part(run, size, window, kept.statistics, stride, margin) for window in windows]
        return [
            _strong(image, content, window, self.way, regions) for image, window in zip(painted, windows, strict=True)
        ]


def _tiles(content: Image, way: Way, codes: Steering, shown: Image | None = None) -> Iterator[tiles.Tile]:
    """Yield the tiles of a content, by what is ``shown`` of it, painted with ``codes`` and as strong as asked for."""
    size = content.shape[:2]
    regions = Regions(way.style, size)
    run = _run(content, content if shown is None else shown, way, codes, regions)
    for tile in tiles.paint(run, size, way.side, way.model.stride):
        image = None if tile.image is None else _strong(tile.image, content, tile.window, way, regions)
        yield tile._replace(image=image)


def _strong(image: Image, content: Image, window: tiles.Window, way: Way, regions: Regions) -> Image:
    """Return what was painted in a window, mixed with the photo as the strength says; the photo where no style is."""
    photo = content[window]
    kept = np.float32((1 - way.look.strength) ** way.fade)
    if kept:  # otherwise it ends in a sigmoid, and is from 0 to 1 anyhow
        image = np.clip(image + kept * (photo - image), 0, 1, dtype=np.float32)
    return photo + regions.cover(window) * (image - photo) if regions.bare else image


def _laid(painted: Image, wet: list[tuple[tiles.Window, Image]], needed: int) -> list[tuple[tiles.Window, Image]]:
    """Put what lies above row ``needed`` into the picture; return the rest."""
    rest: list[tuple[tiles.Window, Image]] = []
    for (rows, columns), image in wet:
        end = min(max(needed, rows.start), rows.stop)
        painted[rows.start : end, columns] = image[: end - rows.start]
        if end < rows.stop:
            below = image if end == rows.start else image[end - rows.start :].copy()  # a view would keep all of it
            rest.append(((slice(end, rows.stop), columns), below))
    return rest


def finished(painting: Generator[Step]) -> Image:
    """Return the picture that the steps end with."""
    for step in painting:
        last = step
    return last.preview()


def _run(content: Image, shown: Image, way: Way, codes: Steering, regions: Regions) -> tiles.Run:
    """Return what paints parts of what is ``shown`` of the content."""
    canvas = Canvas(content, way.look.strength) if way.canvas or is_empty(content) else None

    def run(
        rows: tiles.Indices, columns: tiles.Indices, given: Floats | None = None, own: float = 0.0
    ) -> tuple[Image, Floats]:
        part = cut(shown, rows, columns)
        if canvas:
            part += canvas.at(rows, columns)
        shares = regions.at(rows, columns, way.model.levels)
        painted, statistics = way.model.paint(part, codes(), shares, given, own)
        return painted[0].transpose(1, 2, 0), statistics

    return run


def is_empty(content: Image) -> bool:
    """Return whether a picture is of one color, nearly: less than `EMPTY` in all of it."""
    few = content[::16, ::16]
    return all(np.ptp(each, axis=(0, 1)).max() < EMPTY for each in (few, content))


def cut(image: Image, rows: tiles.Indices, columns: tiles.Indices) -> Floats:
    """Return some rows and columns of an (H, W, 3) picture, (1, 3, rows, columns): ``batch(image[np.ix_(...)])``.

    Nearly all of them follow each other, and are copied as the blocks that they are: in a tenth of the time.
    """
    planes = image.transpose(2, 0, 1)
    found = np.empty((1, 3, len(rows), len(columns)), np.float32)
    tall, wide = _straight(rows), _straight(columns)
    block = planes[:, rows[tall][0] : rows[tall][-1] + 1]
    found[0, :, tall, wide] = block[:, :, columns[wide][0] : columns[wide][-1] + 1]
    for side in (slice(0, wide.start), slice(wide.stop, len(columns))):
        found[0, :, tall, side] = block[:, :, columns[side]]
    for side in (slice(0, tall.start), slice(tall.stop, len(rows))):
        found[0, :, side] = planes[:, rows[side][:, None], columns]
    return found


def _straight(indices: tiles.Indices) -> slice:
    """Return where the longest run of indices is that follow each other."""
    ends = np.flatnonzero(np.diff(indices, prepend=indices[:1] - 2, append=indices[-1:] + 2) != 1)
    longest = int(np.diff(ends).argmax())
    return slice(int(ends[longest]), int(ends[longest + 1]))


def batch(image: Image) -> Floats:
    """(H, W, 3) -> (1, 3, H, W)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
