"""No place of a picture is painted otherwise than the others, in the mean.

A network sees where a picture ends: features are mirrored there. It learns to put there what the style wants and most
photos have no place for: a column of yellow along the left, a strip along the top, in each picture anew. No loss that
looks at one picture can tell such a habit from what the photo asks for; the mean of many can. So, in each style, the
profile of what was painted is kept, the mean color of every column and row of pixels as it differs from the picture's,

    places = sum over colors of the mean of (2 m p - m m),    then m <- `KEPT` m + (1 - `KEPT`) p

p being the profile of what is painted now. The gradient is that of m's square, if p were m: it pushes against what the
pictures have in common. What only this one has is left alone, because m does not know it yet: by an m with p in it,
pictures are taught to be flat. Of rows the profile is taken less its own mean over a `BAND`: that the sky is above,
photos have in common as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

KEPT = 0.96
"""Share of the profile that a picture leaves as it is."""
CELL = 4
"""Pixels that are one place."""
BAND = 17
"""Places over which rows are averaged: a quarter of a square of 256 px."""


class Places:
    """Keeps the profiles of so many styles, of squares of ``side`` px. Of several processes each keeps its own."""

    def __init__(self, styles: int, side: int, device: torch.device | str = "cpu") -> None:
        self.kept = profile(torch.zeros(styles, 3, side, side, device=device))
        """m, (styles, 3, columns + rows)."""

    def restore(self, kept: Tensor) -> None:
        """Go back to the profiles of before; those of squares of another size are of no use."""
        if kept.shape == self.kept.shape:
            self.kept.copy_(kept)

    def __call__(self, painted: Tensor, styles: Sequence[int]) -> Tensor:
        """Return the term, (B,), of ``painted`` (B, 3, S, S), painted in these styles; take note of it."""
        terms = []
        for number, found in zip(styles, profile(painted), strict=True):
            kept = self.kept[number].clone()
            self.kept[number].lerp_(found.detach(), 1 - KEPT)
            terms.append((2 * kept * found - kept * kept).sum(0).mean())
        return torch.stack(terms)


def profile(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, columns + rows): their mean colors, as they differ from the picture's."""
    cells = F.avg_pool2d(pictures.float(), CELL)
    differing = cells - cells.mean((2, 3), keepdim=True)
    rows = differing.mean(3)
    width = min(BAND, 2 * rows.shape[2] - 1)
    flat = F.avg_pool1d(F.pad(rows, (width // 2,) * 2, "replicate"), width, 1)
    return torch.cat([differing.mean(2), rows - flat], 2)
