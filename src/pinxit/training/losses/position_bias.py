"""Penalizes position-dependent bias in a style's average output.

A network sees where a picture ends, because features are mirrored there. It learns to put there what the style wants
and most photos have no room for: a column of yellow along the left, a strip along the top, in every picture. No loss
of one picture can tell such a habit from what the photo asks for; the mean of many can. For each style a running
profile m of its output is kept: the mean color of every column and row, less the picture's mean color::

    loss = sum over colors of the mean of (2 m p - m m),    then m <- `DECAY` m + (1 - `DECAY`) p

where p is the profile of the present picture. The gradient is that of m's square if p were m: it pushes against what
pictures have in common. What only this picture has costs nothing, because m does not contain it yet; with p in m,
pictures would be trained to be flat. Profiles of rows are taken less their own mean over a `BAND`, because photos do
have in common that the sky is above.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

DECAY = 0.96
"""Share of the running profile that one picture leaves."""
CELL = 4
"""Width of one column or row of a profile, px."""
BAND = 17
"""Rows of a profile over which their mean is taken: a quarter of a crop of 256 px."""


class PositionBiasLoss:
    """Keeps the running profile of each style for crops of ``side`` px. Each of several processes keeps its own."""

    def __init__(self, styles: int, side: int, device: torch.device | str = "cpu") -> None:
        self.profiles = profile(torch.zeros(styles, 3, side, side, device=device))
        """m, (styles, 3, columns + rows)."""

    def restore(self, profiles: Tensor) -> None:
        """Continue from saved profiles, unless they are of crops of another size."""
        if profiles.shape == self.profiles.shape:
            self.profiles.copy_(profiles)

    def __call__(self, painted: Tensor, styles: Sequence[int]) -> Tensor:
        """Return the loss of each picture, (B,), from ``painted`` (B, 3, S, S) in these styles; update the profiles."""
        terms = []
        for style, current in zip(styles, profile(painted), strict=True):
            running = self.profiles[style].clone()
            self.profiles[style].lerp_(current.detach(), 1 - DECAY)
            terms.append((2 * running * current - running * running).sum(0).mean())
        return torch.stack(terms)


def profile(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, columns + rows): their mean colors, less the picture's mean color."""
    cells = F.avg_pool2d(pictures.float(), CELL)
    centered = cells - cells.mean((2, 3), keepdim=True)
    rows = centered.mean(3)
    width = min(BAND, 2 * rows.shape[2] - 1)
    smooth = F.avg_pool1d(F.pad(rows, (width // 2,) * 2, "replicate"), width, 1)
    return torch.cat([centered.mean(2), rows - smooth], 2)
