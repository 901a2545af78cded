"""One frame after the other: resized, painted by a hand that knows the frame before, and kept steady.

Every few frames one is painted whole; those between are carried on from the frame before as far as it can be trusted,
and only the rest of them is painted (`pinxit.video.propagate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.images import Image
from pinxit.video import flow
from pinxit.video import propagate as carry
from pinxit.video import temporal_blend as steady
from pinxit.video.flow import Gray, Motion
from pinxit.video.io.film import Plane
from pinxit.video.propagate import Window
from pinxit.video.record import State
from pinxit.video.stylize import Shown
from pinxit.video.temporal_blend import DOUBT, GRAY, MASKS, PAINTED, Before

SINCE, SECONDS, GRAIN, MARGIN, KEPT = "since", "seconds", "grain", "margin", "kept."
"""What is remembered beside `pinxit.video.temporal_blend`'s own: how many frames ago one was painted whole, when that one is
shown, its grain, how much is to be seen around parts, and, by names that begin so, what the hand kept of it."""


class Hand(Protocol):
    """Paints single frames."""

    def paint(self, photo: Image, alpha: Plane | None, seconds: float, before: Before | None) -> tuple[Image, State]:
        """Paint ``photo``, (H, W, 3) in [0, 1], shown at ``seconds``; ``before`` is what was shown before, moved.

        Returns also what `parts` needs; nothing where it cannot paint parts.
        """
        ...

    def parts(self, photo: Image, windows: Sequence[Window], seconds: float, kept: State, margin: int) -> list[Image]:
        """Paint parts of ``photo``, a frame after the one that ``kept`` is of; ``margin`` px around are seen."""
        ...

    def lasts(self, since: float, seconds: float) -> bool:
        """Return whether frames at both moments are painted in the same way, so that the one may carry on the other."""
        ...

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane]:
        """Return those of its masks that move, (h, w) in [0, 1] of any size, as they are at a moment."""
        ...

    @property
    def continues(self) -> bool:
        """Whether it makes use of ``before`` itself; otherwise its frames are blended with it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What can be known of a frame before the one before it is painted."""

    photo: Image
    """At the size that is painted."""
    alpha: Plane | None
    """At the same size."""
    gray: Gray | None = None
    """See `pinxit.video.flow.gray`; None where nothing is to be kept steady."""
    motion: Motion | None = None
    """From the frame before, at the size that is painted; None where that is not known yet."""


@dataclass(frozen=True, slots=True)
class Painter:
    """A `pinxit.video.stylize.FramePainter` that paints with a hand."""

    hand: Hand
    side: int
    """Long side of the painted frames, px; smaller films are not enlarged."""
    steadiness: float
    every: int
    """Frames from one that is painted whole to the next."""

    def look(self, photo: Image, alpha: Plane | None, before: Seen | None) -> Seen:
        """Look at a frame; see `pinxit.video.stylize.FramePainter`."""
        size = images.fit((photo.shape[0], photo.shape[1]), self.side)
        full, photo = photo, _sized(photo, size)
        alpha = None if alpha is None else _sized(alpha, size)
        if not self.steadiness:
            return Seen(photo, alpha)
        side = flow.side(max(size))
        gray = flow.gray(photo if max(size) >= side else full, side)
        last = None if before is None else before.gray
        if last is None or last.shape != gray.shape:
            return Seen(photo, alpha, gray)
        return Seen(photo, alpha, gray, flow.find(last, gray).at(size))

    def __call__(self, seen: Seen, seconds: float, state: State | None) -> tuple[Shown, Plane | None, State]:
        """Paint one frame; see `pinxit.video.stylize.FramePainter`."""
        photo, alpha = seen.photo, seen.alpha
        if seen.gray is None:
            painted, _ = self.hand.paint(photo, alpha, seconds, None)
            return lambda: painted, alpha, {}
        size = (photo.shape[0], photo.shape[1])
        masks = self._masks(alpha, seconds, size)
        before = steady.before(seen.gray, size, state, masks, seen.motion)
        shown, memory = self._carried(photo, seconds, before, state) or self._painted(
            photo, alpha, seconds, before, state or {}
        )
        return shown, alpha, {**memory, GRAY: seen.gray, **({} if masks is None else {MASKS: masks})}

    def _masks(self, alpha: Plane | None, seconds: float, size: tuple[int, int]) -> Image | None:
        """Return the masks that move, (H, W, N); None where there are none."""
        found = [cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA) for mask in self.hand.masks(alpha, seconds)]
        return np.stack(found, axis=-1).astype(np.float32) if found else None

    def _carried(
        self, photo: Image, seconds: float, before: Before | None, state: State | None
    ) -> tuple[Shown, State] | None:
        """Carry the frame before on; None where that cannot be, or is no less work than painting."""
        if before is None or state is None or int(state.get(SINCE, self.every)) + 1 >= self.every:
            return None
        margin = int(state[MARGIN])
        if (
            not self.hand.lasts(float(state[SECONDS]), seconds)
            or (windows := carry.boxes(before.trust, margin)) is None
        ):
            return None
        kept = {name.removeprefix(KEPT): value for name, value in state.items() if name.startswith(KEPT)}
        wide = carry.grown(windows, (photo.shape[0], photo.shape[1]))
        parts = self.hand.parts(photo, wide, seconds, kept, margin - steady.SOFT) if windows else []
        picture = carry.laid(before, wide, parts)
        shown = partial(steady.grained, picture, before, np.float32(state[GRAIN]))
        return shown, {**state, PAINTED: picture, DOUBT: carry.left(before.trust, windows), SINCE: state[SINCE] + 1}

    def _painted(
        self, photo: Image, alpha: Plane | None, seconds: float, before: Before | None, state: State
    ) -> tuple[Shown, State]:
        """Paint the frame whole, and blend it with the one before."""
        painted, kept = self.hand.paint(photo, alpha, seconds, before)
        if self.hand.continues:
            return lambda: painted, {PAINTED: painted}
        since = 1 + int(state.get(SINCE, 0))
        memory: State = {PAINTED: steady.blend(painted, before, self.steadiness, since)}
        grain = steady.grain(painted, before)
        if kept:
            margin = self._margin(photo, painted, seconds, kept, state, opens=before is None)
            memory |= {
                MARGIN: np.asarray(margin),
                SINCE: np.asarray(0),
                SECONDS: np.asarray(seconds),
                GRAIN: np.asarray(grain),
            }
            memory |= {KEPT + name: value for name, value in kept.items()}
        return partial(_let_in, painted, before, self.steadiness, since / 2, grain), memory

    def _margin(self, photo: Image, painted: Image, seconds: float, kept: State, state: State, *, opens: bool) -> int:
        """Return how much is to be seen around parts: as a few of a scene's first frame tell, or as is remembered.

        ``opens``  whether the frame opens a scene: there, it may be no less than in the scene before
        """
        if self.every == 1 or not self.hand.lasts(float(state.get(SECONDS, seconds)), seconds):
            return carry.MARGINS[-1]
        before = int(state.get(MARGIN, 0))
        if before and not opens:
            return before
        windows, known = carry.samples(photo.shape[:2]), before if before < carry.MARGINS[-1] else 0
        for margin in (each for each in carry.MARGINS[:-1] if each >= known):
            parts = self.hand.parts(photo, windows, seconds, kept, margin)
            if carry.differing(painted, windows, parts) < carry.SEEN:
                return margin
        return carry.MARGINS[-1]


def _let_in(painted: Image, before: Before | None, steadiness: float, frames: float, grain: np.float32) -> Image:
    """Return what is shown of a new painting, ``frames`` after the last one; see `pinxit.video.temporal_blend`."""
    return steady.grained(steady.blend(painted, before, steadiness, frames), before, grain)


def _sized(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return ``plane``, (H, W) or (H, W, C), at ``size``, which is smaller: each pixel the mean of those it covers.

    A seventh of the time of `pinxit.images.resize`, and for a painter as good.
    """
    if plane.shape[:2] == size:
        return plane
    return np.asarray(cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)
