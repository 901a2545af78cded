"""What every method offers: a hand that holds one style and paints any content with it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a picture.

    ``preview()`` makes the picture as it stands, (H, W, 3) in [0, 1], at the size of the present
    level; it costs nothing until it is called.
    """

    index: int
    of: int
    loss: float
    preview: Callable[[], Image]
    losses: dict[str, float] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    """(height, width) of the present level, px."""
    warning: str = ""
    share: float = 0.0
    """Share of the whole work that is done, 0 to 1, where it differs from ``index / of`` because steps at a fine
    level cost more; 0: not known."""
    begun: bool = True
    """Whether anything is painted yet; otherwise the preview is the content, which nobody wants to keep."""


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What a picture should stay near to: in a film, the frame before, moved to the present."""

    picture: Image
    """(H, W, 3) in [0, 1], of the content's shape."""
    trust: NDArray[np.float32]
    """(H, W) in [0, 1]: where, and how firmly."""
    weight: float
    """Weight of the distance."""


class Stylizer(Protocol):
    """Paints content pictures in one style. Keeps no state between calls: safe to share between threads."""

    def steps(self, content: Image) -> Generator[Step]:
        """Paint step by step; the last step's preview is the result."""
        ...

    def __call__(self, content: Image) -> Image:
        """Paint ``content``, (H, W, 3) in [0, 1]; the result has the same shape."""
        ...
