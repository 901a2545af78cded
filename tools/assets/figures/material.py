"""What the figures draw: the photo, the painting, and descents that several figures share."""

from __future__ import annotations

import functools
from pathlib import Path

from pinxit.explain.optimization import jobs
from pinxit.explain.pair import FULL, Pair, Progress, Sizes
from pinxit.explain.runs import Run

PICTURES = Path(__file__).parents[3] / "examples" / "pictures"
PHOTO, PAINTING, SECOND = (PICTURES / f"{name}.jpg" for name in ("lake", "starry_night", "wave"))


def pair(sizes: Sizes = FULL) -> Pair:
    """Return the lake and The Starry Night, whose credits are in NOTICE."""
    return Pair.open(PHOTO, PAINTING, sizes)


@functools.cache
def run(pair: Pair, group: str, number: int = 0) -> Run:
    """Return one of the descents of `pinxit.explain`; done once for all figures."""
    return jobs(pair.sizes)[group][number].run(pair, Progress(lambda words, share: None, 1.0), "")
