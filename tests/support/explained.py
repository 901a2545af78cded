"""The page that the tests of `pinxit.explain` share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinxit.explain.pair import Pair, Sizes
from pinxit.images import Image

TINY = Sizes(picture=64, comparison=32, steps=5, short=2, rebuilt=2, frames=3, nearest=3, shown=96)


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A page and what it was made from."""

    data: Any
    text: str
    path: Path
    shares: list[float]
    """The shares of the work that were reported."""
    pair: Pair

    @staticmethod
    def textured(height: int, width: int, seed: int) -> Image:
        """Return a picture with edges, (H, W, 3)."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        waves = [np.sin(x / (3 + seed) + color) * np.cos(y / (4 + color)) for color in range(3)]
        return np.asarray(np.clip(np.stack(waves, axis=2) * 0.45 + 0.5, 0, 1), np.float32)
