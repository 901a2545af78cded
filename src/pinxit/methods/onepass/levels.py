"""A content at one size, as a one-pass network gets it: cut out of the picture, with grain where it is flat."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pinxit import images
from pinxit.config.options import Look
from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.grain import GrainNoise
from pinxit.methods.onepass.network import Floats, OnePassNetwork
from pinxit.methods.onepass.regions import Layer
from pinxit.styles.style import Style

EMPTY = 1.5 / 255
"""A picture is empty if its colors differ by less than this. Normalization divides by deviations near 0 and would turn
rounding errors into a grid of dots, so empty pictures get grain before every network and come out without a subject."""


DETAIL_SIDE = 1664
"""Default side of the tiles of detail, px: 12 megapixels take 0.7 GB, in one piece 1.4, and a tenth less time."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintConfig:
    """How one content is painted."""

    content: Image  # (H, W, 3): what strength and masks mix the output with
    shown: Image  # (H, W, 3): what the network sees; in films the content with strokes
    style: Style
    codes: Callable[[], Floats]
    """Returns the code of each style, (N, code), with strength in it. Called when all else is ready: another thread may
    still be encoding."""
    network: OnePassNetwork
    look: Look
    fade: int  # exponent of the content's share, (1 - strength)^fade
    tile: int  # side of the tiles, px; 0: `pinxit.methods.onepass.tiles` chooses
    grain: bool  # whether every photo gets grain, which becomes strokes (`pinxit.methods.onepass.grain`)


class Level:
    """A content at ``size`` (height, width), painted by the layers of a style, in one piece or in tiles.

    ``detail``  only fine detail is used, which may be painted in smaller tiles
    """

    def __init__(self, config: PaintConfig, size: tuple[int, int], *, detail: bool = False) -> None:
        self._config, self.size, self._stride = config, size, config.network.stride
        self._side = config.tile or (DETAIL_SIDE if detail else 0)
        content = images.resize(config.content, size)
        self._shown = content if config.shown is config.content else images.resize(config.shown, size)
        self._noise = GrainNoise(content, config.look.strength) if config.grain or is_empty(content) else None

    @property
    def windows(self) -> list[Window]:
        """The tiles, or one window that is the whole."""
        return tiles.windows(self.size, self._side, self._stride)

    @property
    def measuring_runs(self) -> int:
        """How often `tiles.measured` yields for one layer."""
        return tiles.measuring_runs(self.size, self._side, self._stride)

    def measured(self, layer: Layer) -> tiles.Measuring:
        """Measure the statistics of a layer: `pinxit.methods.onepass.tiles.measured`."""
        return tiles.measured(self._runner(layer), self.size, self._side, self._stride)

    def sampled(self, layer: Layer) -> Floats:
        """Return the statistics of a sample: `pinxit.methods.onepass.tiles.sampled`."""
        return tiles.sampled(self._runner(layer), self.size, self._stride)

    def paint(
        self, layer: Layer, window: Window, statistics: Floats | None, margin: int = tiles.MARGIN
    ) -> tuple[Image, Floats]:
        """Return a painted window and what normalized it: `pinxit.methods.onepass.tiles.paint_window`."""
        run = self._runner(layer)
        image, measured = tiles.paint_window(run, self.size, window, statistics, self._stride, margin)
        return image, measured if statistics is None else statistics

    def _runner(self, layer: Layer) -> tiles.Run:
        def run(
            rows: tiles.Indices, columns: tiles.Indices, statistics: Floats | None = None, own_share: float = 0.0
        ) -> tuple[Image, Floats]:
            part = cut(self._shown, rows, columns)
            if self._noise:
                part += self._noise.at(rows, columns)
            codes = self._config.codes()[layer.references]
            painted, measured = self._config.network.paint(part, codes, layer.weights, statistics, own_share)
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
