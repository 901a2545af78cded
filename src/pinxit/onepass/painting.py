"""Painting with a one-pass network, whatever gives its codes: in tiles, by regions, with strength.

What is painted is mixed with the content by (1 - s)^fade, s being the strength: that leaves most of the path from photo
to painting to the network's codes and makes its beginning exact. 0 gives back the content. So do places that no mask
is white at: what is painted there is mixed with the content by the mask.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from pinxit.onepass import tiles
from pinxit.onepass.model import Floats, Model
from pinxit.onepass.regions import Regions
from pinxit.options import Look
from pinxit.style import Style
from pinxit.stylizer import Image, Step

Codes = Callable[[Image], Floats]
"""Gives the code of every style for a content, (N, code), with strength in it."""


def steps(
    content: Image,
    codes: Codes,
    style: Style,
    look: Look,
    side: int,
    model: Model,
    fade: int,
    over: bool = False,
) -> Generator[Step]:
    """Paint in one step, or, tile by tile, in two for every tile; what is not painted yet is still the content.

    ``side``  of the tiles, px; 0 lets `pinxit.onepass.tiles` choose
    ``fade``  how soon the content itself goes as the strength grows
    ``over``  paint into ``content`` itself, which halves the memory that a large picture takes
    """
    size = content.shape[:2]
    if not look.strength:
        yield Step(1, 1, 0.0, lambda: content, size=size)
        return
    painted = content if over else content.copy()
    wet: list[tuple[tiles.Window, Image]] = []
    kept = np.float32((1 - look.strength) ** fade)
    regions = Regions(style, size)
    for tile in tiles.paint(_run(content, codes(content), regions, model), size, side, model.stride):
        if tile.image is not None:
            photo = content[tile.window]
            image = np.clip(tile.image + kept * (photo - tile.image), 0, 1, dtype=np.float32)
            if regions.bare:
                image = photo + regions.cover(tile.window) * (image - photo)
            wet.append((tile.window, image))
            # The tiles to come are not above this one, but see a margin of what is.
            needed = tile.window[0].start - tiles.MARGIN if over and tile.number < tile.of else size[0]
            wet = _laid(painted, wet, needed)
        yield Step(tile.number, tile.of, 0.0, lambda: painted, size=size)


def _laid(painted: Image, wet: list[tuple[tiles.Window, Image]], needed: int) -> list[tuple[tiles.Window, Image]]:
    """Put the tiles that end above row ``needed`` into the picture; return the others."""
    for window, image in wet:
        if window[0].stop <= needed:
            painted[window] = image
    return [each for each in wet if each[0][0].stop > needed]


def finished(painting: Generator[Step]) -> Image:
    """Return the picture that the steps end with."""
    for step in painting:
        last = step
    return last.preview()


def _run(content: Image, steered: Floats, regions: Regions, model: Model) -> tiles.Run:
    """Return what paints parts of the content."""

    def run(
        rows: tiles.Indices, columns: tiles.Indices, given: Floats | None = None, own: float = 0.0
    ) -> tuple[Image, Floats]:
        part = batch(content[np.ix_(rows, columns)])
        shares = regions.at(rows, columns, model.levels)
        painted, statistics = model.paint(part, steered, shares, given, own)
        return painted[0].transpose(1, 2, 0), statistics

    return run


def batch(image: Image) -> Floats:
    """(H, W, 3) -> (1, 3, H, W)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
