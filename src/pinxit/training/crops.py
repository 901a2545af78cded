"""A fixed set of crops whose features are computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pinxit.training import data


class CachedCrops:
    """Crops of photos, always the same ones, with a cache of their features in bfloat16.

    ``count``, ``side``  number of crops, and their side, px
    ``features``         returns the features (B, C, h, w) of crops (B, 3, S, S)
    """

    def __init__(
        self,
        photos: data.Pictures,
        count: int,
        side: int,
        seed: Sequence[int],
        features: Callable[[Tensor], Tensor],
    ) -> None:
        batches = data.batches(photos, 1, side, seed, 0)
        self.squares = torch.cat([(255 * next(batches)).round().to(torch.uint8) for _ in range(count)])
        self._features = features
        self._cache: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self.squares)

    def __call__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the crops of these indices, (B, 3, S, S) in [0, 1], and their features (B, C, h, w)."""
        squares = self.squares[list(indices)].float() / 255
        missing = [row for row, index in enumerate(indices) if index not in self._cache]
        if missing:
            for row, features in zip(missing, self._features(squares[missing]).to(torch.bfloat16), strict=True):
                self._cache[indices[row]] = features
        return squares, torch.stack([self._cache[index] for index in indices])
