"""Live painting: the newest picture of a camera, in one of several styles, steady from picture to picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinxit.api import Stylizer
from pinxit.config.options import Webcam, specs, split
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.video.api import need_packages
from pinxit.video.frame_stylizer import FilmStylizer

if TYPE_CHECKING:
    from pinxit.video.record import State

METHOD = "adain"
"""The only method that is fast enough."""


class Live:
    """Paints pictures that follow each other, in the present one of several styles.

    ``styles``   each as for `pinxit.Stylizer`
    ``options``  those of `pinxit.config.options.Webcam`, of `pinxit.config.options.Look` and of the method adain

    Raises `BadOption` without a style, `MissingExtra`, and what reading the styles raises.
    """

    def __init__(self, styles: Sequence[Any], **options: Any) -> None:
        need_packages()
        if not styles:
            raise BadOption("painting live needs at least one style: --style PICTURE")
        own = {name: value for name, value in options.items() if name in specs(Webcam)}
        (self.webcam,) = split(own, Webcam)
        rest = {name: value for name, value in options.items() if name not in own}
        self._styles = [Stylizer(style, method=METHOD, **rest) for style in styles]
        self._names = [_name(style, number) for number, style in enumerate(styles, 1)]
        self._present = 0
        self._state: State | None = None

    @property
    def name(self) -> str:
        """What the present style is called."""
        return self._names[self._present]

    def turn(self, by: int) -> None:
        """Go on to the next style, or with -1 back to the one before; after the last comes the first."""
        self._present = (self._present + by) % len(self._styles)
        self._state = None  # nothing of the other style stays

    def __call__(self, photo: Image) -> Image:
        """Paint the next picture, (H, W, 3) in [0, 1]; the result is at the size that is painted."""
        from pinxit.video.steady_stylizer import SteadyStylizer

        style = self._styles[self._present]
        steady = SteadyStylizer(FilmStylizer(style), style.look.size, self.webcam.steadiness, self.webcam.paint_every)
        seen = photo[:, ::-1] if self.webcam.mirror else photo
        shown, _, self._state = steady(steady.prepare(seen, None, None), 0.0, self._state)
        return shown()


def _name(style: Any, number: int) -> str:
    return Path(style).stem if isinstance(style, str | os.PathLike) else f"style {number}"
