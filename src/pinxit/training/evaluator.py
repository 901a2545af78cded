"""Held-out photos, painted in every style that is being taught: the sheet to look at, and the scores to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit import images
from pinxit.nn.networks import Painter, Shape
from pinxit.training.losses.perceptual import Perceptual
from pinxit.training.palette import Sitter

SIDE = 256
"""Side of the sheet's pictures, px; those that are scored are as large as photos are kept, and no smaller."""
STEP = 32
"""What their side is a multiple of: whole strides of every painter."""


class Shown(NamedTuple):
    """What one network makes of the photos."""

    sheet: Tensor
    """(3, H, W) in [0, 1]: photos down the side, style pictures along the top, last the photos painted as they are."""
    contents: list[float]
    """Mean content distance of each style."""
    styles: list[float]
    """Mean style distance of each style."""

    @property
    def means(self) -> tuple[float, float]:
        """Content and style distance over all styles."""
        return sum(self.contents) / len(self.contents), sum(self.styles) / len(self.styles)


class Exhibition:
    """Photos that no step has seen: the same ones in every run."""

    def __init__(self, photos: Tensor, styles: Sequence[Sitter], objective: Perceptual) -> None:
        """``photos``: (P, S, S, 3) uint8, sRGB, on the device that trains."""
        pixels = photos.permute(0, 3, 1, 2).float() / 255
        self.photos = _sized(pixels, max(SIDE, pixels.shape[2] // STEP * STEP))
        self.features = [objective.photos(photo) for photo in torch.split(self.photos, 1)]
        self.objective = objective
        white = torch.ones(1, 3, SIDE, SIDE, device=self.photos.device)
        self.header = torch.cat([white, *map(self._square, styles), white], 3)[0]

    def _square(self, style: Sitter) -> Tensor:
        """Return a style picture, whole, on white, (1, 3, SIDE, SIDE)."""
        small = images.resize(style.image, images.fit(style.image.shape[:2], SIDE))
        square = np.ones((SIDE, SIDE, 3), np.float32)
        top, left = ((SIDE - length) // 2 for length in small.shape[:2])
        square[top : top + small.shape[0], left : left + small.shape[1]] = small
        return torch.from_numpy(square).permute(2, 0, 1)[None].to(self.photos.device)

    @torch.no_grad()
    def show(self, shape: Shape, weights: Mapping[str, Tensor]) -> Shown:
        """Paint all with a painter of that shape and those weights."""
        painter = Painter(shape)
        painter.load_state_dict(dict(weights))
        painter = painter.to(self.photos.device).eval()
        codes = torch.eye(shape.code, device=self.photos.device)
        rows, contents, styles = [self.header], [], []
        for photo, features in zip(torch.split(self.photos, 1), self.features, strict=True):
            painted = [painter(photo, code[None, None])[0] for code in codes]
            found = [self._measured(each, features, place) for place, each in enumerate(painted[:-1])]
            contents.append([content for content, _ in found])
            styles.append([style for _, style in found])
            rows.append(torch.cat([_sized(each, SIDE)[0] for each in (photo, *painted)], 2))
        return Shown(torch.cat(rows, 1), np.mean(contents, 0).tolist(), np.mean(styles, 0).tolist())

    def _measured(self, painted: Tensor, features: Tensor, style: int) -> tuple[float, float]:
        found = self.objective(painted, features, torch.tensor([style], device=painted.device))
        return float(found["content"]), float(found["style"])


def _sized(pictures: Tensor, side: int) -> Tensor:
    """Return pictures, (B, 3, S, S) in [0, 1], with another side."""
    return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True).clamp(0, 1)
