"""Live painting: each new camera picture is painted in one of several styles, steady from picture to picture."""

import os
from collections import deque
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
        from pinxit.video.steady_stylizer import SteadyStylizer

        if not styles:
            raise BadOption("painting live needs at least one style: --style PICTURE")
        self.webcam, look = take(options, Webcam)
        self._state: State | None = None
        self._styles: deque[tuple[str, SteadyStylizer]] = deque()
        for number, style in enumerate(styles, 1):
            name = Path(style).stem if isinstance(style, str | os.PathLike) else f"style {number}"
            stylizer, steadiness = Stylizer(style, **look), self.webcam.steadiness
            frames, side = FilmStylizer(stylizer), stylizer.look.size
            self._styles.append((name, SteadyStylizer(frames, side, steadiness, self.webcam.paint_every)))

    @property
    def name(self) -> str:
        return self._styles[0][0]

    def turn(self, by: int) -> None:
        """Select the next style, or with -1 the previous one, in a circle."""
        self._styles.rotate(-by)
        self._state = None  # nothing of the other style remains

    def __call__(self, photo: Image) -> Image:
        """Paint the next picture, (H, W, 3) in [0, 1]; the result has the size that is painted."""
        _, stylizer = self._styles[0]
        frame = stylizer.prepare(photo[:, ::-1] if self.webcam.mirror else photo, None, None)
        render, _, self._state = stylizer(frame, 0.0, self._state)
        return render()
