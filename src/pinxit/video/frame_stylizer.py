"""Paints the frames of a film by any method, with the style and the strength of each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinxit.api import Stylizer
from pinxit.config.options import Film, Look
from pinxit.images import Image
from pinxit.images.types import Window
from pinxit.methods.base import FrameStylizer, Guide
from pinxit.styles.style import Style

if TYPE_CHECKING:
    from pinxit.video.io.film import Plane
    from pinxit.video.masks import MovingMask
    from pinxit.video.record import State
    from pinxit.video.temporal_blend import WarpedFrame
    from pinxit.video.timeline import Timeline

ALPHA = "alpha"
"""The word for a mask that is the film's own transparency."""


@dataclass(slots=True)
class FilmStylizer:
    """Paints each frame with the style and the strength of its moment."""

    stylizer: Stylizer
    film: Film = field(default_factory=Film)
    second: Style | None = None
    """The style that the film ends with."""
    mix: Timeline | None = None
    """Share of the second style over time."""
    strengths: Timeline | None = None
    """Strength over time; None: constant."""
    moving: Sequence[MovingMask | str | None] = ()
    """For each style a mask that moves: a film, or the word `ALPHA`."""
    _last: tuple[tuple[float, float], FrameStylizer] | None = None
    """The last frame's share and strength with its stylizer; most frames need the same again."""

    @property
    def uses_previous(self) -> bool:
        """Whether the method itself keeps frames close to the previous one; otherwise they are blended with it."""
        return not self.stylizer.method.one_pass

    def paint(
        self, photo: Image, alpha: Plane | None, seconds: float, before: WarpedFrame | None
    ) -> tuple[Image, State]:
        """Paint a whole frame, (H, W, 3) in [0, 1], shown at ``seconds``.

        ``alpha``   the frame's transparency
        ``before``  the previous frame, warped to this one

        Returns the painted frame and the state that `repaint` needs, empty where the method cannot repaint.
        """
        look = self._look(seconds)
        guide = None
        if before is not None:
            steadiness = self.film.steadiness
            strokes = before.strokes(steadiness * look.strength)
            guide = Guide(before.picture, before.trust, self.film.temporal_weight * steadiness, strokes)
        painted, state = self._frame_stylizer(alpha, seconds, look).paint_frame(photo, guide)
        return painted, {**state}

    def repaint(
        self, photo: Image, windows: Sequence[Window], seconds: float, state: State, margin: int
    ) -> list[Image]:
        """Repaint windows of a frame from the state of an earlier one; see `FrameStylizer.repaint`."""
        style = self._style(None, seconds, self._share(seconds))
        return self._make(style, self._look(seconds)).repaint(photo, windows, state, margin)

    def same_style(self, since: float, seconds: float) -> bool:
        """Return whether style and strength are the same at both moments; with moving masks they never are."""
        same = self._share(since) == self._share(seconds) and self._look(since) == self._look(seconds)
        return same and not any(self.moving)

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane]:
        """Return the moving masks at a moment."""
        masks = [alpha if isinstance(mask, str) else mask.at(seconds) for mask in self.moving if mask is not None]
        return [mask for mask in masks if mask is not None]

    def _look(self, seconds: float) -> Look:
        look = self.stylizer.look
        return replace(look, strength=self.strengths.at(seconds)) if self.strengths else look

    def _share(self, seconds: float) -> float:
        return self.mix.at(seconds) if self.mix else 0.0

    def _frame_stylizer(self, alpha: Plane | None, seconds: float, look: Look) -> FrameStylizer:
        moment = (self._share(seconds), look.strength)
        if self._last and self._last[0] == moment:
            return self._last[1]
        stylizer = self._make(self._style(alpha, seconds, moment[0]), look)
        if not any(self.moving):
            self._last = moment, stylizer
        return stylizer

    def _make(self, style: Style, look: Look) -> FrameStylizer:
        return self.stylizer.method.make(style, look, self.stylizer.options)

    def _style(self, alpha: Plane | None, seconds: float, share: float) -> Style:
        first = list(self.stylizer.style.references)
        for index, mask in enumerate(self.moving):
            if mask is not None:
                first[index] = replace(first[index], mask=alpha if isinstance(mask, str) else mask.at(seconds))
        if not self.second or not share:
            return Style(tuple(first))
        both = [replace(each, weight=each.weight * (1 - share)) for each in first]
        both += [replace(each, weight=each.weight * share) for each in self.second.references]
        return Style(tuple(each for each in both if each.weight))
