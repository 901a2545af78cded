"""Penalizes shapes that are painted into flat regions of a photo.

A painting of few things on an empty ground has dark shapes beside wide flat ones, and the style loss asks for both in
every photo. Where a photo has no dark shapes, the network paints some, preferably into a sky, where they change few of
the photo's features. The loss makes that expensive::

    loss = mean over cells of q |step|,    q = exp(-(largest step of the photo nearby) / `EDGE`)

A step is the difference in color between a cell, `CELL` px wide, and the next one across or down. Strokes finer than
a cell cost nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CELL = 8
"""Side of a cell, px."""
NEIGHBORHOOD = 5
"""Side of the square of cells that must all be flat, cells."""
EDGE = 0.02
"""Steps in [0, 1] well below this do not count as an edge of the photo."""


def flat_region_loss(painted: Tensor, photos: Tensor) -> Tensor:
    """Return the loss of each picture, (B,); ``painted``, ``photos`` are (B, 3, H, W) in [0, 1], of 16 px or more."""
    terms = []
    for painted_steps, photo_steps in zip(_steps(painted), _steps(photos), strict=True):
        largest = F.max_pool2d(photo_steps.amax(1, keepdim=True), NEIGHBORHOOD, 1, NEIGHBORHOOD // 2)
        terms.append((torch.exp(-largest / EDGE) * painted_steps).mean((1, 2, 3)))
    return torch.stack(terms).sum(0)


def _steps(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return the absolute differences between each cell and the next one, across and down."""
    cells = F.avg_pool2d(pictures.float(), CELL)
    return cells.diff(dim=3).abs(), cells.diff(dim=2).abs()
