"""One frame after the other: resized, painted by a hand that knows the frame before, and kept steady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pinxit import images
from pinxit.stylizer import Image
from pinxit.video import flow, steady
from pinxit.video.film import Plane
from pinxit.video.record import State
from pinxit.video.steady import Before


class Hand(Protocol):
    """Paints single frames."""

    def paint(self, photo: Image, alpha: Plane | None, seconds: float, before: Before | None) -> Image:
        """Paint ``photo``, (H, W, 3) in [0, 1], shown at ``seconds``; ``before`` is what was shown before, moved."""
        ...

    @property
    def continues(self) -> bool:
        """Whether it makes use of ``before`` itself; otherwise its frames are blended with it."""
        ...


@dataclass(frozen=True, slots=True)
class Painter:
    """A `pinxit.video.stylize.FramePainter` that paints with a hand."""

    hand: Hand
    side: int
    """Long side of the painted frames, px; smaller films are not enlarged."""
    steadiness: float

    def __call__(
        self, photo: Image, alpha: Plane | None, seconds: float, state: State | None
    ) -> tuple[Image, Plane | None, State]:
        """Paint one frame; see `pinxit.video.stylize.FramePainter`."""
        size = images.fit((photo.shape[0], photo.shape[1]), self.side)
        photo = images.resize(photo, size)
        alpha = None if alpha is None else images.resize(alpha, size)
        if not self.steadiness:
            return self.hand.paint(photo, alpha, seconds, None), alpha, {}
        seen = flow.gray(photo)
        before = steady.before(seen, size, state)
        painted = self.hand.paint(photo, alpha, seconds, before)
        if self.hand.continues:
            return painted, alpha, steady.remember(seen, painted)
        blended = steady.blend(painted, before, self.steadiness)
        return steady.grained(blended, painted, before), alpha, steady.remember(seen, blended)
