"""Moving masks: a second film, or a folder of numbered pictures, played alongside the first."""

from __future__ import annotations

import numpy as np

from pinxit.errors import BadFilm
from pinxit.images import color
from pinxit.video.io.film import Frame, Plane, Source


class MovingMask:
    """The luminance of a second film, from its second ``start`` on; its last frame stays.

    Reads forward as long as the requested times rise; a request for an earlier time starts again from the beginning.
    """

    def __init__(self, source: Source, start: float) -> None:
        self._source, self._start = source, start
        self._rewind()

    def _rewind(self) -> None:
        self._frames = self._source.frames()
        self._current: Frame | None = None
        self._next = next(self._frames, None)
        self._mask: Plane | None = None

    def at(self, seconds: float) -> Plane:
        """Return the mask, (H, W) in [0, 1], at a time of the first film.

        Raises `BadFilm` if the mask's film has no frame.
        """
        tick = (seconds + self._start) / float(self._source.info.time_base) + 0.5
        if self._current and self._current.pts > tick:
            self._rewind()
        while self._next and (not self._current or self._next.pts <= tick):
            self._current, self._mask = self._next, None
            self._next = next(self._frames, None)
        if not self._current:
            raise BadFilm(f"the mask {self._source.info.name} has no frame that can be decoded")
        if self._mask is None:
            colors, alpha = self._current.load()
            self._mask = color.luminance(colors) * (1 if alpha is None else alpha)
        return np.clip(self._mask, 0, 1)
