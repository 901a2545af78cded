"""Paints a film's frames one after the other, blended with the previous output (`pinxit.video.temporal_blend`).

Every few frames one is painted in full. Those between are propagated from the previous output as far as it can be
trusted, and only the rest of them is repainted (`pinxit.video.propagate`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.images import Image
from pinxit.video import flow, propagate, temporal_blend
from pinxit.video.flow import Gray, Motion
from pinxit.video.frame_stylizer import FilmStylizer
from pinxit.video.io.film import Plane
from pinxit.video.record import State
from pinxit.video.temporal_blend import DOUBT, GRAY, MASKS, PAINTED, WarpedFrame

SINCE, SECONDS, GRAIN, MARGIN = "since", "seconds", "grain", "margin"
"""Keys of the state, beside those of the method and of `pinxit.video.temporal_blend`: how many frames ago one was
painted in full, and the time, grain and margin of that frame."""

Render = Callable[[], Image]
"""Returns a painted frame as it is shown, (H, W, 3) in [0, 1]. Called while the next frame is being painted."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedFrame:
    """A frame at the painted size, with all that can be computed before the previous frame is painted."""

    photo: Image
    alpha: Plane | None
    gray: Gray | None = None
    """See `pinxit.video.flow.gray`; None if the steadiness is 0."""
    motion: Motion | None = None
    """From the previous frame; None: not computed yet."""


@dataclass(frozen=True, slots=True)
class SteadyStylizer:
    """Keeps the frames of a `FilmStylizer` steady."""

    frames: FilmStylizer
    side: int
    """Long side of the painted frames, px; smaller films are not enlarged."""
    steadiness: float
    every: int
    """Frames from one that is painted in full to the next."""

    def prepare(self, photo: Image, alpha: Plane | None, previous: PreparedFrame | None) -> PreparedFrame:
        """Resize a frame and estimate its movement from the ``previous`` one, even before that is painted."""
        size = images.fit((photo.shape[0], photo.shape[1]), self.side)
        original, photo = photo, _resize(photo, size)
        alpha = None if alpha is None else _resize(alpha, size)
        if not self.steadiness:
            return PreparedFrame(photo, alpha)
        side = flow.search_side(max(size))
        gray = flow.gray(photo if max(size) >= side else original, side)
        before = None if previous is None else previous.gray
        if before is None or before.shape != gray.shape:
            return PreparedFrame(photo, alpha, gray)
        return PreparedFrame(photo, alpha, gray, flow.estimate(before, gray).at(size))

    def __call__(self, frame: PreparedFrame, seconds: float, state: State | None) -> tuple[Render, Plane | None, State]:
        """Paint the frame shown at ``seconds``; return what renders it, its alpha, and the state for the next frame.

        ``state`` is the previous frame's; None for the first. Equal arguments give equal results, whether or not
        ``frame`` was prepared with the previous one.
        """
        photo, alpha = frame.photo, frame.alpha
        if frame.gray is None:
            painted, _ = self.frames.paint(photo, alpha, seconds, None)
            return lambda: painted, alpha, {}
        size = (photo.shape[0], photo.shape[1])
        masks = self._masks(alpha, seconds, size)
        previous = temporal_blend.warp_previous(frame.gray, size, state, masks, frame.motion)
        propagated = self._propagate(photo, seconds, previous, state or {})
        render, new = propagated or self._paint(photo, alpha, seconds, previous, state or {})
        return render, alpha, {**new, GRAY: frame.gray, **({} if masks is None else {MASKS: masks})}

    def _masks(self, alpha: Plane | None, seconds: float, size: tuple[int, int]) -> Image | None:
        """Return the moving masks, (H, W, N); None if there are none."""
        masks = (mask for mask in self.frames.masks(alpha, seconds) if mask is not None)
        resized = [cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA) for mask in masks]
        return np.stack(resized, axis=-1).astype(np.float32) if resized else None

    def _propagate(
        self, photo: Image, seconds: float, previous: WarpedFrame | None, state: State
    ) -> tuple[Render, State] | None:
        """Propagate the previous output; None if that is impossible, or no less work than painting in full."""
        due = int(state.get(SINCE, self.every)) + 1 >= self.every
        if previous is None or due or not self.frames.same_style(float(state[SECONDS]), seconds):
            return None
        margin = int(state[MARGIN])
        windows = propagate.repaint_windows(previous.trust, margin)
        if windows is None:
            return None
        wider = propagate.expand(windows, (photo.shape[0], photo.shape[1]))
        parts = self.frames.repaint(photo, wider, seconds, state, margin - temporal_blend.EDGE) if windows else []
        picture = propagate.compose(previous, wider, parts)
        render = partial(temporal_blend.restore_grain, picture, previous, np.float32(state[GRAIN]))
        doubt = propagate.remaining_doubt(previous.trust, windows)
        return render, {**state, PAINTED: picture, DOUBT: doubt, SINCE: state[SINCE] + 1}

    def _paint(
        self, photo: Image, alpha: Plane | None, seconds: float, previous: WarpedFrame | None, state: State
    ) -> tuple[Render, State]:
        """Paint the frame in full and blend it with the previous output."""
        painted, method_state = self.frames.paint(photo, alpha, seconds, previous)
        if self.frames.uses_previous:
            return lambda: painted, {PAINTED: painted}
        since = 1 + int(state.get(SINCE, 0))
        new: State = {**method_state, PAINTED: temporal_blend.blend(painted, previous, self.steadiness, since)}
        grain = temporal_blend.grain(painted, previous)
        if method_state:
            margin = self._margin(photo, painted, seconds, new, state, opens=previous is None)
            numbers = {MARGIN: margin, SINCE: 0, SECONDS: seconds, GRAIN: grain}
            new |= {name: np.asarray(number) for name, number in numbers.items()}

        def render() -> Image:
            shown = temporal_blend.blend(painted, previous, self.steadiness, since / 2)
            return temporal_blend.restore_grain(shown, previous, grain)

        return render, new

    def _margin(self, photo: Image, painted: Image, seconds: float, new: State, state: State, *, opens: bool) -> int:
        """Return the margin of windows: tried on a few when a scene ``opens``, and no less than in the last scene."""
        *margins, largest = propagate.MARGINS
        if self.every == 1 or not self.frames.same_style(float(state.get(SECONDS, seconds)), seconds):
            return largest
        before = int(state.get(MARGIN, 0))
        if before and not opens:
            return before
        windows, smallest = propagate.probe_windows(photo.shape[:2]), before if before < largest else 0
        for margin in (each for each in margins if each >= smallest):
            parts = self.frames.repaint(photo, windows, seconds, new, margin)
            if propagate.largest_difference(painted, windows, parts) < propagate.VISIBLE_DIFFERENCE:
                return margin
        return largest


def _resize(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return ``plane``, (H, W) or (H, W, C), smaller: in a seventh of the time of `images.resize`."""
    if plane.shape[:2] == size:
        return plane
    return np.asarray(cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)
