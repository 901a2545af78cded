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
    from pinxit.video.record import State
    from pinxit.video.temporal_blend import WarpedFrame
    from pinxit.video.timeline import MovingMask, Timeline

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
    _last: tuple[tuple[float, Look], FrameStylizer] | None = None
    """The last frame's moment with its stylizer; most frames need the same again."""

    @property
    def uses_previous(self) -> bool:
        """Whether the method itself keeps frames close to the previous one; otherwise they are blended with it."""
        return not self.stylizer.method.one_pass

    def paint(
        self, photo: Image, alpha: Plane | None, seconds: float, before: WarpedFrame | None
    ) -> tuple[Image, State]:
        """Paint a whole frame, (H, W, 3) in [0, 1], of transparency ``alpha``, shown at ``seconds``.

        Returns the painted frame and the state that `repaint` needs, empty where the method cannot repaint.
        """
        stylizer, guide = self._stylizer(alpha, seconds), None
        if before is not None:
            steadiness = self.film.steadiness
            strokes = before.strokes(steadiness * self._moment(seconds)[1].strength)
            guide = Guide(before.picture, before.trust, self.film.temporal_weight * steadiness, strokes)
        painted, state = stylizer.paint_frame(photo, guide)
        return painted, {**state}

    def repaint(
        self, photo: Image, windows: Sequence[Window], seconds: float, state: State, margin: int
    ) -> list[Image]:
        """Repaint windows of a frame from the state of an earlier one; see `FrameStylizer.repaint`."""
        return self._stylizer(None, seconds).repaint(photo, windows, state, margin)

    def same_style(self, since: float, seconds: float) -> bool:
        """Return whether style and strength are the same at both moments; with moving masks they never are."""
        return self._moment(since) == self._moment(seconds) and not any(self.moving)

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane | None]:
        """Return for each style its moving mask at a moment; None if it has none."""
        return [alpha if isinstance(mask, str) else mask.at(seconds) if mask else None for mask in self.moving]

    def _moment(self, seconds: float) -> tuple[float, Look]:
        """Return the share of the second style, and the look."""
        look = self.stylizer.look
        if self.strengths:
            look = replace(look, strength=self.strengths.at(seconds))
        return self.mix.at(seconds) if self.mix else 0.0, look

    def _stylizer(self, alpha: Plane | None, seconds: float) -> FrameStylizer:
        moment = share, look = self._moment(seconds)
        if self._last and self._last[0] == moment:
            return self._last[1]
        style = self._style(self.masks(alpha, seconds), share)
        stylizer = self.stylizer.method.make(style, look, self.stylizer.options)
        if not any(self.moving):
            self._last = moment, stylizer
        return stylizer

    def _style(self, masks: Sequence[Plane | None], share: float) -> Style:
        """Return the style with moving ``masks``, mixed with a ``share`` of the second one."""
        first = list(self.stylizer.style.references)
        for index, mask in enumerate(masks):
            if mask is not None:
                first[index] = replace(first[index], mask=mask)
        if not self.second or not share:
            return Style(tuple(first))
        both = [replace(each, weight=each.weight * (1 - share)) for each in first]
        both += [replace(each, weight=each.weight * share) for each in self.second.references]
        return Style(tuple(each for each in both if each.weight))
