"""Any style in one pass (`pinxit.training.networks`), painted by ONNX Runtime.

Strength s moves each style's code from the content's own, (1 - s) code(content) + s code(style), as alpha does in
Huang & Belongie 2017, eq. 14; what is painted is then mixed with the content by (1 - s)^4, which leaves the path to
the network and only makes its beginning exact: 0 gives back the content.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator
from pathlib import Path

import numpy as np

from pinxit import images, stylecode
from pinxit.errors import BadWeights
from pinxit.onepass import tiles
from pinxit.onepass.model import Floats, Model, open_file
from pinxit.onepass.regions import Regions
from pinxit.options import Adain, Look
from pinxit.recipe import Named
from pinxit.style import Reference, Style
from pinxit.stylecode import SIDES, THUMBNAIL, StyleCode
from pinxit.stylizer import Image, Step

SHIPPED = Path(__file__).with_name("adain.pinxit")
"""The network that comes with pinxit; ``models/adain`` in the sources has its card."""
SMALLEST = 32
"""Shortest side of a picture that the style encoder sees, px; smaller ones are continued by their edge."""
LONGEST_STYLE = 1024
"""Longest side of a picture that the style encoder sees, px: more tells it no more."""


class AdainPainter:
    """A `pinxit.stylizer.Stylizer`: holds one style, paints any content.

    Raises all that `pinxit.onepass.model.open_file` raises.
    """

    def __init__(self, style: Style, look: Look, options: Adain) -> None:
        self.style, self.look, self.tile = style, look, options.tile
        self.model = _open(options)
        self._codes: dict[float, Floats] = {}

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        for step in self.steps(content):
            last = step
        return last.preview()

    def steps(self, content: Image, over: bool = False) -> Generator[Step]:
        """Paint in one step, or, tile by tile, in two for every tile; what is not painted yet is still the content.

        ``over`` paints into ``content`` itself, which halves the memory that a large picture takes.
        """
        size = content.shape[:2]
        if not self.look.strength:
            yield Step(1, 1, 0.0, lambda: content, size=size)
            return
        painted = content if over else content.copy()
        wet: list[tuple[tiles.Window, Image]] = []
        kept = np.float32((1 - self.look.strength) ** 4)
        for tile in tiles.paint(self._run(content), size, self.tile, self.model.stride):
            if tile.image is not None:
                photo = content[tile.window]
                wet.append((tile.window, np.clip(tile.image + kept * (photo - tile.image), 0, 1)))
                # The tiles to come are not above this one, but see a margin of what is.
                needed = tile.window[0].start - tiles.MARGIN if over and tile.number < tile.of else size[0]
                wet = _laid(painted, wet, needed)
            yield Step(tile.number, tile.of, 0.0, lambda: painted, size=size)

    def _run(self, content: Image) -> tiles.Run:
        """Return what paints parts of the content."""
        regions = Regions(self.style, content.shape[:2])
        codes = self._steered(content, regions)

        def run(
            rows: tiles.Indices, columns: tiles.Indices, given: Floats | None = None, own: float = 0.0
        ) -> tuple[Image, Floats]:
            part = _batch(content[np.ix_(rows, columns)])
            shares = regions.at(rows, columns, self.model.levels)
            painted, statistics = self.model.paint(part, codes, shares, given, own)
            return painted[0].transpose(1, 2, 0), statistics

        return run

    def _steered(self, content: Image, regions: Regions) -> Floats:
        """Return the code of each style, as far from the content's own as the strength says; and its own, if needed."""
        side = max(content.shape[:2])
        codes = self._coded(side * self.look.style_scale)
        if self.look.strength == 1 and not regions.bare:
            return codes
        own = self.model.code(_seen(content, side))
        steered = own + np.float32(self.look.strength) * (codes - own)
        return np.concatenate([steered, own]) if regions.bare else steered

    def _coded(self, side: float) -> Floats:
        """Return the code of each style, (N, code), as seen with a long side of ``side`` px; found once for each."""
        side = min(side, LONGEST_STYLE)
        if side not in self._codes:
            self._codes[side] = np.concatenate([self._code(each, side) for each in self.style.references])
        return self._codes[side]

    def _code(self, reference: Reference, side: float) -> Floats:
        if reference.code is None:
            return self.model.code(_seen(reference.image, side))
        if reference.code.network != self.model.fingerprint:
            name = reference.code.name or "a style"
            raise BadWeights(f"the style code of {name} is another network's: {stylecode.CURE}")
        return reference.code.at(side)[None]


def _laid(painted: Image, wet: list[tuple[tiles.Window, Image]], needed: int) -> list[tuple[tiles.Window, Image]]:
    """Put the tiles that end above row ``needed`` into the picture; return the others."""
    for window, image in wet:
        if window[0].stop <= needed:
            painted[window] = image
    return [each for each in wet if each[0][0].stop > needed]


def encode(picture: Image, named: Named, options: Adain) -> StyleCode:
    """Return the code that the network makes of a painting, (H, W, 3) in [0, 1]; ``named`` is its file.

    Raises all that `pinxit.onepass.model.open_file` raises.
    """
    model = _open(options)
    codes = np.concatenate([model.code(_seen(picture, side)) for side in SIDES])
    thumbnail = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
    return StyleCode(named.name, named.sha256, model.fingerprint, SIDES, codes, thumbnail)


def _seen(picture: Image, long_side: float) -> Floats:
    """Return a picture as the style encoder sees it, (1, 3, h, w), with a long side of about ``long_side`` px."""
    scale = min(long_side, LONGEST_STYLE) / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    resized = images.resize(picture, (height, width))
    missing = [(0, max(0, SMALLEST - side)) for side in (height, width)]
    return _batch(np.pad(resized, (*missing, (0, 0)), mode="edge"))


def _batch(image: Image) -> Floats:
    """(H, W, 3) -> (1, 3, H, W)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def _open(options: Adain) -> Model:
    """Return the network that is asked for; one that was opened before is used again."""
    path = SHIPPED if options.model == "shipped" else Path(options.model)
    with contextlib.suppress(OSError, ValueError):  # of a file that is not there, `open_file` speaks
        found = path.stat()
        return _opened(path.absolute(), (found.st_mtime_ns, found.st_size), options.provider, options.threads)
    return open_file(path, options.provider, options.threads)


@functools.lru_cache(maxsize=2)
def _opened(path: Path, version: tuple[int, int], provider: str, threads: int) -> Model:
    """Open a file once, until it changes (``version``)."""
    return open_file(path, provider, threads)
