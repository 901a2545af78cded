"""The perceptual losses of a trained style (Johnson et al. 2016), one value for each painted picture.

::

    content    ||F - P|| / ||P|| at conv4_2, as `pinxit.metrics.distances` has it
    style      mean over the layers of ||G/M - A/M'||_F / ||A/M'||_F, as `pinxit.metrics.distances` has it
    moments    ||mu - mu'|| / ||mu'|| + ||sigma - sigma'|| / ||sigma'|| at the style's layers
    tv         total variation of what is painted

What is learned from is looked at with `MARGIN` pixels more on every side, mirrored. VGG-19 pads with zeros, beside
which a picture's edge counts little: a strip of other colors along it moves conv4_2 by two thirds of the squared
distance that it does elsewhere. A network finds that out, and puts there what the style wants and the photo has no
place for.

The style's side is measured once, on the whole style picture. Differs from the paper in that every distance is relative
to its target, so that no layer drowns another, and in the layers, which are those of Gatys et al. 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.methods.optimize.losses import total_variation
from pinxit.nn.vgg import VGG19
from pinxit.training import data
from pinxit.training.losses.any_style import Look, content_distance, relative

LAYERS = {CONTENT_LAYER, *STYLE_LAYERS}
MARGIN = 16
"""Width of the mirrored frame, px: with it no place is cheaper than others to put a strip of paint."""


class Perceptual:
    """Measures painted pictures against their photos and against the styles that it knows.

    ``margin``  width of the mirrored frame around all that it looks at, px; 0 measures as `pinxit.metrics.distances` does
    """

    def __init__(self, network: VGG19, styles: Sequence[Tensor], margin: int = MARGIN) -> None:
        self.network, self.margin = network, margin
        with torch.no_grad():
            found = [network(self._framed(style)) for style in styles]
            each = {name: [Look.of(features[name].float()) for features in found] for name in STYLE_LAYERS}
        self.styles = {
            name: Look(*(torch.cat(parts) for parts in zip(*looks, strict=True))) for name, looks in each.items()
        }

    @torch.no_grad()
    def photos(self, photos: Tensor) -> Tensor:
        """Return the features (B, C, h, w) of photos (B, 3, H, W) that ``__call__`` compares with."""
        return next(features for name, features in self.network.walk(self._framed(photos)) if name == CONTENT_LAYER)

    def __call__(self, painted: Tensor, photos: Tensor, styles: Tensor) -> dict[str, Tensor]:
        """Return every distance, (B,), of ``painted`` (B, 3, H, W).

        ``photos``  what the method of that name gave for the photos
        ``styles``  (B,), integers: in which style each is painted
        """
        features = self.network(self._framed(painted))
        pairs = [(Look.of(features[name].float()), self.styles[name].of_each(styles)) for name in STYLE_LAYERS]
        style = [relative(found.gram, wanted.gram) for found, wanted in pairs]
        moments = [relative(found.mean, wanted.mean) + relative(found.std, wanted.std) for found, wanted in pairs]
        return {
            "content": content_distance(features[CONTENT_LAYER].float(), photos.float()),
            "style": torch.stack(style).mean(0),
            "moments": torch.stack(moments).mean(0),
            "tv": torch.stack([total_variation(each[None]) for each in painted]),
        }

    def _framed(self, pictures: Tensor) -> Tensor:
        width = min(self.margin, min(pictures.shape[2:]) - 1)
        return F.pad(pictures, (width,) * 4, "reflect") if width else pictures


class Crops:
    """Squares of photos, always the same, so that the loss network need see each only once."""

    def __init__(
        self, photos: data.Pictures, count: int, side: int, seed: Sequence[int], look: Callable[[Tensor], Tensor]
    ) -> None:
        batches = data.batches(photos, 1, side, seed, 0)
        self.squares = torch.cat([(255 * next(batches)).round().to(torch.uint8) for _ in range(count)])
        self._look = look
        self._seen: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self.squares)

    def __call__(self, chosen: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the chosen squares, (B, 3, S, S) in [0, 1], and their features (B, C, h, w)."""
        squares = self.squares[list(chosen)].float() / 255
        new = [place for place, number in enumerate(chosen) if number not in self._seen]
        if new:
            for place, features in zip(new, self._look(squares[new]).to(torch.bfloat16), strict=True):
                self._seen[chosen[place]] = features
        return squares, torch.stack([self._seen[number] for number in chosen])
