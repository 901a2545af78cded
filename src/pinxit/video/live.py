"""Live painting: each new camera picture is painted in one of several styles, steady from picture to picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pinxit.api import Stylizer
from pinxit.config.options import Webcam
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.styles.style import StyleInput
from pinxit.video.api import need_packages, take
from pinxit.video.frame_stylizer import FilmStylizer

if TYPE_CHECKING:
    from pinxit.video.record import State


class Live:
    """Paints successive pictures in the selected one of several styles.

    ``styles``   each as for `pinxit.Stylizer`
    ``options``  those of `pinxit.config.options.Webcam`, of the look and of the style's default method

    Raises `BadOption` without a style, `MissingExtra`, and everything that reading styles raises.
    """

    def __init__(self, styles: Sequence[StyleInput], **options: object) -> None:
        need_packages()
        if not styles:
            raise BadOption("painting live needs at least one style: --style PICTURE")
        self.webcam, look = take(options, Webcam)
        self._stylizers = [Stylizer(style, **look) for style in styles]
        self._names = [
            Path(style).stem if isinstance(style, str | os.PathLike) else f"style {number}"
            for number, style in enumerate(styles, 1)
        ]
        self._selected = 0
        self._state: State | None = None

    @property
    def name(self) -> str:
        """The name of the selected style."""
        return self._names[self._selected]

    def turn(self, by: int) -> None:
        """Select the next style, or with -1 the previous one, in a circle."""
        self._selected = (self._selected + by) % len(self._stylizers)
        self._state = None  # nothing of the other style remains

    def __call__(self, photo: Image) -> Image:
        """Paint the next picture, (H, W, 3) in [0, 1]; the result has the size that is painted."""
        from pinxit.video.steady_stylizer import SteadyStylizer

        stylizer, webcam = self._stylizers[self._selected], self.webcam
        steady = SteadyStylizer(FilmStylizer(stylizer), stylizer.look.size, webcam.steadiness, webcam.paint_every)
        frame = steady.prepare(photo[:, ::-1] if webcam.mirror else photo, None, None)
        render, _, self._state = steady(frame, 0.0, self._state)
        return render()
