"""What paints the frames of a film: any method, with the style and the strength of each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pinxit.api import Stylizer, painter_for, prepared
from pinxit.config.options import Film, Look
from pinxit.images import Image, color
from pinxit.methods.base import Guide
from pinxit.methods.base import Stylizer as Painter
from pinxit.styles import style as styles

if TYPE_CHECKING:
    from pinxit.video.io.film import Plane
    from pinxit.video.masks import MovingMask
    from pinxit.video.propagate import Window
    from pinxit.video.record import State
    from pinxit.video.temporal_blend import WarpedFrame
    from pinxit.video.timeline import Timeline

ALPHA = "alpha"
"""The word for a mask that is the film's own transparency."""
EMPHASIS = 1.15
"""See `pinxit.methods.onepass.any_style.AdainPainter.emphasis`. Films are small, and the mean of frames is a little blander than
each: over 16 films of 256 px this takes the style distance from 0.537 to 0.517. Over four of them the content distance
went from 0.81 to 0.85."""
CODES, STATISTICS = "codes", "statistics"
"""Names of what is kept of a frame, `pinxit.methods.onepass.painting.Kept`."""


@dataclass(slots=True)
class FilmStylizer:
    """Paints each frame with the style and the strength of its moment."""

    stylizer: Stylizer
    film: Film = field(default_factory=Film)
    second: styles.Style | None = None
    """What the film arrives at."""
    mix: Timeline | None = None
    """Its share."""
    strengths: Timeline | None = None
    moving: Sequence[MovingMask | str | None] = ()
    """For each style a mask that moves: a film, or the word `ALPHA`."""
    _last: tuple[Any, Painter] | None = None
    """The last painter and what it was made for: mostly the next frame needs the same."""

    @property
    def uses_previous(self) -> bool:
        """Whether the frame before is a guide to the method itself."""
        return self.stylizer.method == "optimize"

    def paint(
        self, photo: Image, alpha: Plane | None, seconds: float, before: WarpedFrame | None
    ) -> tuple[Image, State]:
        """Paint a frame; see `pinxit.video.steady_stylizer.MomentStylizer`."""
        look = self._look(seconds)
        seen, painter = self._painter(photo, alpha, seconds, look)
        hand: Any = painter
        kept: State = {}
        if not self.uses_previous:
            share = self.film.steadiness * look.strength
            painted, known = hand.whole(seen, None if before is None else before.guide(seen, share))
            kept = {CODES: known.codes, STATISTICS: known.statistics} if known else {}
        elif before is None:
            painted = hand(seen)
        else:
            weight = self.film.temporal_weight * self.film.steadiness
            painted = hand.following(seen, Guide(before.picture, before.trust, weight))
        return color.finish(look.color, painted, photo), kept

    def repaint(self, photo: Image, windows: Sequence[Window], seconds: float, kept: State, margin: int) -> list[Image]:
        """Paint parts of a frame by the codes and statistics of an earlier one."""
        from pinxit.methods.onepass.painting import Kept

        look = self._look(seconds)
        style = self._style(None, seconds, self._share(seconds))
        hand: Any = painter_for(self.stylizer.method, style, look, self.stylizer.options)
        known = Kept(kept[CODES], kept[STATISTICS])
        painted = hand.parts(color.seen(look.color, photo), windows, known, margin)
        return [color.finish(look.color, each, photo[place]) for each, place in zip(painted, windows, strict=True)]

    def same_style(self, since: float, seconds: float) -> bool:
        """Return whether style and strength are the same at both moments; masks that move never are."""
        same = self._share(since) == self._share(seconds) and self._look(since) == self._look(seconds)
        return same and not any(self.moving)

    def masks(self, alpha: Plane | None, seconds: float) -> list[Plane]:
        """Return the masks that move, as they are at a moment."""
        found = [alpha if isinstance(mask, str) else mask.at(seconds) for mask in self.moving if mask is not None]
        return [mask for mask in found if mask is not None]

    def _look(self, seconds: float) -> Look:
        look = self.stylizer.look
        moment: Look = replace(look, strength=self.strengths.at(seconds)) if self.strengths else look
        return moment

    def _share(self, seconds: float) -> float:
        return self.mix.at(seconds) if self.mix else 0.0

    def _painter(self, photo: Image, alpha: Plane | None, seconds: float, look: Look) -> tuple[Image, Painter]:
        share = self._share(seconds)
        wanted = (share, look.strength)
        if self._last and self._last[0] == wanted:
            return photo, self._last[1]
        style = self._style(alpha, seconds, share)
        seen, painter = prepared(self.stylizer.method, photo, style, look, self.stylizer.options)
        if self.stylizer.method == "adain":
            any_style: Any = painter
            any_style.emphasis = EMPHASIS
        if look.color == "style" and not any(self.moving):  # otherwise a painter is of one frame only
            self._last = wanted, painter
        return seen, painter

    def _style(self, alpha: Plane | None, seconds: float, share: float) -> styles.Style:
        first = list(self.stylizer.style.references)
        for place, mask in enumerate(self.moving):
            if mask is not None:
                first[place] = replace(first[place], mask=alpha if isinstance(mask, str) else mask.at(seconds))
        if not self.second or not share:
            return styles.Style(tuple(first))
        both = [replace(each, weight=each.weight * (1 - share)) for each in first]
        both += [replace(each, weight=each.weight * share) for each in self.second.references]
        return styles.Style(tuple(each for each in both if each.weight))
