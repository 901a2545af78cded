"""Paints one content by every layer of a style, at the sizes that the stroke width asks for, and blends the layers.

At strength s the network paints with codes between those of the content and of the style, and its output is mixed with
the content by (1 - s)^fade. The codes thus cover most of the way from photo to painting, and s = 0 is exactly the
content.
"""

from collections.abc import Iterator

import numpy as np

from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.methods.onepass import tiles
from pinxit.methods.onepass.levels import Level, PaintConfig
from pinxit.methods.onepass.network import Floats
from pinxit.methods.onepass.regions import Layer, Regions
from pinxit.methods.onepass.scales import Pyramid, composition_size

Part = tuple[Window, Image] | None
"""A finished window of the picture; None after a run that measured statistics or painted some of the composition."""


class LayeredPainting:
    """The painting of one content.

    ``statistics``  those of an earlier, similar content, for `repaint`
    """

    def __init__(self, config: PaintConfig, statistics: Floats | None = None) -> None:
        height, width = size = config.content.shape[:2]
        self._config, self._regions = config, Regions(config.style, size)
        self._layers = self._regions.layers
        composition = composition_size(size, config.look.style_scale)
        self._pyramid = Pyramid(size, composition) if composition != size else None
        refines = self._pyramid is not None and self._pyramid.refines
        self._levels = [Level(config, composition), *([Level(config, size, detail=True)] if refines else [])]
        self._statistics: dict[tuple[Level, Layer], Floats] = {}
        if statistics is not None:
            for layer, of_layer in zip(self._layers, statistics, strict=True):
                self._statistics |= {(level, layer): each for level, each in zip(self._levels, of_layer, strict=True)}
        self._compositions: dict[Layer, Image] = {}
        self._windows = (
            self._levels[-1].windows if refines or not self._pyramid else [(slice(0, height), slice(0, width))]
        )

    @property
    def count(self) -> int:
        """Number of parts that `parts` yields."""
        first = self._levels[0]
        windows = len(first.windows) if self._pyramid else 0
        return len(self._layers) * (first.measuring_runs + windows) + len(self._windows)

    @property
    def reach(self) -> int:
        """Most pixels around a part that painting it reads."""
        return tiles.MARGIN + (self._pyramid.margin if self._pyramid else 0)

    @property
    def statistics(self) -> Floats:
        """What normalized each layer at each size, (layers, sizes, 2, channels), once all parts are painted."""
        return np.array([[self._statistics[level, layer] for level in self._levels] for layer in self._layers])

    def parts(self) -> Iterator[Part]:
        """Paint the content part by part: statistics and composition first, then the windows of the picture."""
        first, *detail = self._levels
        for layer in self._layers if first.measuring_runs else ():
            self._statistics[first, layer] = yield from first.measured(layer)
        for layer in self._layers if self._pyramid else ():
            composition = np.empty((*first.size, 3), np.float32)
            for window in first.windows:
                composition[window] = self._paint(first, layer, window)
                yield None
            self._compositions[layer] = composition
        for level in detail:
            if level.measuring_runs:
                self._statistics |= {(level, layer): level.sampled(layer) for layer in self._layers}
        for window in self._windows:
            yield window, self.repaint(window)

    def repaint(self, window: Window, margin: int = tiles.MARGIN) -> Image:
        """Return a window painted by all layers, but those without a share in it.

        ``margin``  pixels around it that the network sees at each size
        """
        shares = self._regions.at(window)
        if shares is None:
            return self._mixed_with_content(self._layer(self._layers[0], window, margin), window)
        mixed: Image = shares[-1][..., None] * self._config.content[window]
        for layer, share in zip(self._layers, shares, strict=False):
            if share.any():
                mixed += share[..., None] * self._mixed_with_content(self._layer(layer, window, margin), window)
        return mixed.clip(0, 1, out=mixed)

    def _mixed_with_content(self, image: Image, window: Window) -> Image:
        """Return a painted window mixed with the content by the strength."""
        config, photo = self._config, self._config.content[window]
        share = np.float32((1 - config.look.strength) ** config.fade)
        if share:  # otherwise the network's sigmoid keeps it in [0, 1]
            image = np.clip(image + share * (photo - image), 0, 1, dtype=np.float32)
        return image

    def _layer(self, layer: Layer, window: Window, margin: int) -> Image:
        """Return a window painted by one layer."""
        first, *detail = self._levels
        if self._pyramid is None:
            return self._paint(first, layer, window, margin)
        cells = self._pyramid.cells(window)
        painted = self._compositions.get(layer)
        composition = self._paint(first, layer, cells, margin) if painted is None else painted[cells]
        if not detail:
            return self._pyramid.scaled(window, composition).clip(0, 1)
        fine = self._paint(detail[0], layer, self._pyramid.detailed(window), margin)
        return self._pyramid.refined(window, composition, fine)

    def _paint(self, level: Level, layer: Layer, window: Window, margin: int = tiles.MARGIN) -> Image:
        image, statistics = level.paint(layer, window, self._statistics.get((level, layer)), margin)
        self._statistics[level, layer] = statistics
        return image
