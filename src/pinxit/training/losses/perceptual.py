"""The perceptual losses of trained styles (Johnson et al. 2016), one value per painted picture.

Content, style and moments as in `pinxit.training.losses.features`, and the total variation. The statistics of a style
are computed once, from its whole picture. Differs from the paper in that every distance is relative to its target, so
that no layer outweighs another, and in the layers, which are those of Gatys et al. 2016.

Training pictures are extended by `MARGIN` mirrored pixels on every side. VGG-19 pads with zeros, which makes the edge
of a picture cheap: a strip of other colors there changes conv4_2 by two thirds of the squared distance that it costs
elsewhere. Networks learn that, and paint there what the style wants and the photo has no room for.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.methods.optimize.losses import Features, total_variation
from pinxit.nn.vgg import VGG19
from pinxit.training.losses.features import StyleStats, relative_distance

LAYERS = {CONTENT_LAYER, *STYLE_LAYERS}
MARGIN = 16
"""Width of the mirrored margin, px: with it, paint costs as much along the edge as elsewhere."""


class PerceptualLoss:
    """Measures painted pictures against their photos and against given styles.

    ``styles``  pictures (1, 3, h, w)
    ``margin``  width of the mirrored margin, px; 0 measures as `pinxit.metrics.distances` does
    """

    def __init__(self, vgg: VGG19, styles: Sequence[Tensor], margin: int = MARGIN) -> None:
        self.vgg, self.margin = vgg, margin
        with torch.no_grad():
            stats = [self._stats(vgg(self._extended(style))) for style in styles]
        self.styles = [StyleStats(*map(torch.cat, zip(*layer, strict=True))) for layer in zip(*stats, strict=True)]

    @torch.no_grad()
    def content_features(self, photos: Tensor) -> Tensor:
        """Return the features (B, C, h, w) of photos (B, 3, H, W) that ``__call__`` compares with."""
        return next(features for name, features in self.vgg.walk(self._extended(photos)) if name == CONTENT_LAYER)

    def __call__(self, painted: Tensor, content: Tensor, styles: Tensor) -> dict[str, Tensor]:
        """Return every distance, (B,), of ``painted`` (B, 3, H, W).

        ``content``  the `content_features` of the photos
        ``styles``   (B,), integers: the style of each picture
        """
        features = self.vgg(self._extended(painted))
        targets = [stats.select(styles) for stats in self.styles]
        pairs = list(zip(self._stats(features), targets, strict=True))
        return {
            "content": relative_distance(features[CONTENT_LAYER].float(), content.float()),
            "style": torch.stack([stats.style_distance(target) for stats, target in pairs]).mean(0),
            "moments": torch.stack([stats.moments_distance(target) for stats, target in pairs]).mean(0),
            "tv": torch.stack([total_variation(each[None]) for each in painted]),
        }

    @staticmethod
    def _stats(features: Features) -> list[StyleStats]:
        return [StyleStats.of(features[name].float()) for name in STYLE_LAYERS]

    def _extended(self, pictures: Tensor) -> Tensor:
        width = min(self.margin, min(pictures.shape[2:]) - 1)
        return F.pad(pictures, (width,) * 4, "reflect") if width else pictures
