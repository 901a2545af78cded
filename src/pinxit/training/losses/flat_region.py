"""Where nothing is to be seen in a photo, nothing is painted.

A picture of few things on an empty ground has dark shapes beside wide flat ones, and the style loss asks for both in
every photo. Where a photo has no dark shapes the network paints some, and the cheapest place for them is a sky: there
they change few of the photo's features. With `quiet` that place costs something::

    quiet = mean over cells of q |step|,    q = exp(-(steps of the photo nearby) / `STEP`)

where a step is the difference in color from one cell, `CELL` px wide, to the next one across or down. Strokes finer
than a cell are left alone.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CELL = 8
"""Pixels that are one place, each way."""
NEARBY = 5
"""Cells around each that must be quiet too."""
STEP = 0.02
"""From one cell to the next: what is well below is not seen as an edge."""


def quiet(painted: Tensor, photos: Tensor) -> Tensor:
    """Return the term, (B,), of what was ``painted`` of ``photos``, both (B, 3, H, W) in [0, 1], of 16 px and more."""
    terms = []
    for own, theirs in zip(_steps(painted), _steps(photos), strict=True):
        loud = F.max_pool2d(theirs.amax(1, keepdim=True), NEARBY, 1, NEARBY // 2)
        terms.append((torch.exp(-loud / STEP) * own).mean((1, 2, 3)))
    return torch.stack(terms).sum(0)


def _steps(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return how much each cell differs from the next one across, and from the next one down."""
    cells = F.avg_pool2d(pictures.float(), CELL)
    return cells.diff(dim=3).abs(), cells.diff(dim=2).abs()
