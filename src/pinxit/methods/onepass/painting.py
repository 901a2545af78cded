"""Painting with a one-pass network, whatever makes its codes: in tiles, by regions, with strength.

At strength s the network paints with codes between those of the content and of the style, and its output is mixed with
the content by (1 - s)^fade. The codes thus cover most of the way from photo to painting, and s = 0 is exactly the
content. Where no mask claims a pixel, the content stays: the mask mixes it with the output.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pinxit.config.options import Look
from pinxit.images import Image, color
from pinxit.images.memo import Memo
from pinxit.images.types import Window
from pinxit.methods.base import FrameState, FrameStylizer, Guide, Step
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.grain import GrainNoise
from pinxit.methods.onepass.network import Floats, OnePassNetwork
from pinxit.methods.onepass.regions import Regions
from pinxit.methods.recolor import recolored
from pinxit.styles.style import Style

EMPTY = 1.5 / 255
"""A picture is empty if its colors differ by less than this. Normalization divides by deviations near 0 and would turn
rounding errors into a grid of dots, so empty pictures get grain before every network and come out without a subject."""
CODES, STATISTICS = "codes", "statistics"
"""Entries of a frame's state: (N, code), and the means and deviations that normalized the layers, (2, channels)."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintConfig:
    """How one content is painted."""

    content: Image
    """(H, W, 3): what strength and masks mix the output with."""
    style: Style
    codes: Callable[[], Floats]
    """Returns the code of each style, (N, code), with strength in it. Called when all else is ready: another thread may
    still be encoding."""
    network: OnePassNetwork
    strength: float
    fade: int
    """Exponent of the content's share, (1 - strength)^fade."""
    tile: int
    """Side of the tiles, px; 0: `pinxit.methods.onepass.tiles` chooses."""
    grain: bool
    """Whether every photo gets grain, which becomes strokes (`pinxit.methods.onepass.grain`)."""


class OnePassStylizer(FrameStylizer):
    """Paints in one pass of a network."""

    fade: ClassVar[int]
    grain: ClassVar[bool]

    def __init__(self, style: Style, look: Look, tile: int, network: OnePassNetwork) -> None:
        self.style, self.look, self.tile, self.network = style, look, tile, network

    @abstractmethod
    def codes(self, content: Image, style: Style, memo: Memo, *, film: bool = False) -> Floats:
        """Return the code of each style, (N, code), with strength in it.

        ``content``, ``style``  in the colors that the network sees
        ``memo``                of the content
        ``film``                whether the content is a frame of a film
        """

    def steps(self, content: Image, *, overwrite: bool = False, memo: Memo | None = None) -> Generator[Step]:
        """Paint in one step, or tile by tile: statistics are measured first, then the tiles replace the content."""
        size = content.shape[:2]
        painted = content if overwrite else content.copy()
        if not self.look.strength:
            yield Step(1, 1, 0.0, lambda: painted, size=size)
            return
        config = self._config(content, Memo() if memo is None else memo)
        pending: list[tuple[Window, Image]] = []
        for tile in _tiles(config, config.content):
            if tile.image is not None:
                finished = color.finish(self.look.color, tile.image, painted[tile.window])
                pending.append((tile.window, finished))
                # Later tiles start at this one's rows or below, but their margins reach above.
                waits = overwrite and tile.number < tile.of
                pending = flush_rows(painted, pending, tile.window[0].start - tiles.MARGIN if waits else size[0])
            yield Step(tile.number, tile.of, 0.0, lambda: painted, size=size, begun=tile.image is not None)

    def paint_frame(self, content: Image, guide: Guide | None = None) -> tuple[Image, FrameState]:
        """Paint a whole frame; the network sees the guide's strokes in it."""
        config = self._config(content, Memo(), film=True)
        if not self.look.strength:
            return color.finish(self.look.color, config.content, content), {}
        shown = config.content if guide is None else guide.add_strokes(config.content)
        painted, state = np.empty_like(config.content), FrameState()
        for tile in _tiles(config, shown):
            if tile.image is not None and tile.statistics is not None:
                painted[tile.window] = tile.image
                state = {CODES: config.codes(), STATISTICS: tile.statistics}
        return color.finish(self.look.color, painted, content), state

    def repaint(self, content: Image, windows: Sequence[Window], state: FrameState, margin: int) -> list[Image]:
        """Paint windows of a frame with the codes and statistics of an earlier one (`tiles.paint_window`)."""
        config = self._configured(color.toned(self.look.color, content), self.style, lambda: state[CODES])
        size, stride = content.shape[:2], self.network.stride
        regions = Regions(config.style, size)
        run = _runner(config, config.content, regions)
        painted = [tiles.paint_window(run, size, window, state[STATISTICS], stride, margin) for window in windows]
        mixed = [blend_strength(image, config, window, regions) for image, window in zip(painted, windows, strict=True)]
        return [
            color.finish(self.look.color, image, content[window]) for image, window in zip(mixed, windows, strict=True)
        ]

    def _config(self, content: Image, memo: Memo, *, film: bool = False) -> PaintConfig:
        toned, style = recolored(self.look.color, content, self.style, memo)
        return self._configured(toned, style, functools.cache(lambda: self.codes(toned, style, memo, film=film)))

    def _configured(self, content: Image, style: Style, codes: Callable[[], Floats]) -> PaintConfig:
        strength = self.look.strength
        return PaintConfig(content, style, codes, self.network, strength, self.fade, self.tile, self.grain)


def _tiles(config: PaintConfig, shown: Image) -> Iterator[tiles.Tile]:
    """Yield the tiles of a content, painted from what is ``shown`` of it, as strong as asked for."""
    size = config.content.shape[:2]
    regions = Regions(config.style, size)
    run = _runner(config, shown, regions)
    for tile in tiles.paint(run, size, config.tile, config.network.stride):
        image = None if tile.image is None else blend_strength(tile.image, config, tile.window, regions)
        yield tile._replace(image=image)


def blend_strength(image: Image, config: PaintConfig, window: Window, regions: Regions) -> Image:
    """Return the output of a window mixed with the content, as the strength and the masks say."""
    photo = config.content[window]
    share = np.float32((1 - config.strength) ** config.fade)
    if share:  # otherwise the network's sigmoid keeps it in [0, 1]
        image = np.clip(image + share * (photo - image), 0, 1, dtype=np.float32)
    return photo + regions.cover(window) * (image - photo) if regions.bare else image


def flush_rows(painted: Image, pending: list[tuple[Window, Image]], end: int) -> list[tuple[Window, Image]]:
    """Write the pending pixels above row ``end`` into the picture; return those that stay pending."""
    rest: list[tuple[Window, Image]] = []
    for (rows, columns), image in pending:
        stop = min(max(end, rows.start), rows.stop)
        painted[rows.start : stop, columns] = image[: stop - rows.start]
        if stop < rows.stop:
            below = image if stop == rows.start else image[stop - rows.start :].copy()  # a view would keep all of it
            rest.append(((slice(stop, rows.stop), columns), below))
    return rest


def _runner(config: PaintConfig, shown: Image, regions: Regions) -> tiles.Run:
    """Return the function that runs the network on parts of what is ``shown`` of the content."""
    content = config.content
    noise = GrainNoise(content, config.strength) if config.grain or is_empty(content) else None

    def run(
        rows: tiles.Indices, columns: tiles.Indices, statistics: Floats | None = None, own_share: float = 0.0
    ) -> tuple[Image, Floats]:
        part = cut(shown, rows, columns)
        if noise:
            part += noise.at(rows, columns)
        shares = regions.at(rows, columns, config.network.levels)
        painted, measured = config.network.paint(part, config.codes(), shares, statistics, own_share)
        return painted[0].transpose(1, 2, 0), measured

    return run


def is_empty(content: Image) -> bool:
    """Return whether a picture has nearly one color: all of it within `EMPTY`."""
    sample = content[::16, ::16]
    return all(np.ptp(each, axis=(0, 1)).max() < EMPTY for each in (sample, content))


def cut(image: Image, rows: tiles.Indices, columns: tiles.Indices) -> Floats:
    """Return some rows and columns of an (H, W, 3) picture, (1, 3, rows, columns): ``batch(image[np.ix_(...)])``.

    Nearly all indices are consecutive and are copied as one block, in a tenth of the time.
    """
    planes = image.transpose(2, 0, 1)
    part = np.empty((1, 3, len(rows), len(columns)), np.float32)
    tall, wide = _longest_run(rows), _longest_run(columns)
    block = planes[:, rows[tall][0] : rows[tall][-1] + 1]
    part[0, :, tall, wide] = block[:, :, columns[wide][0] : columns[wide][-1] + 1]
    for side in (slice(0, wide.start), slice(wide.stop, len(columns))):
        part[0, :, tall, side] = block[:, :, columns[side]]
    for side in (slice(0, tall.start), slice(tall.stop, len(rows))):
        part[0, :, side] = planes[:, rows[side][:, None], columns]
    return part


def _longest_run(indices: tiles.Indices) -> slice:
    """Return where the longest run of consecutive indices lies."""
    ends = np.flatnonzero(np.diff(indices, prepend=indices[:1] - 2, append=indices[-1:] + 2) != 1)
    longest = int(np.diff(ends).argmax())
    return slice(int(ends[longest]), int(ends[longest + 1]))


def batch(image: Image) -> Floats:
    """(H, W, 3) -> (1, 3, H, W)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
