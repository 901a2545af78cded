"""Masks that move: a second film, or a folder of numbered pictures, played beside the first."""

from __future__ import annotations

import numpy as np

from pinxit.errors import BadFilm
from pinxit.images import color
from pinxit.video.io.film import Frame, Plane, Source


class MovingMask:
    """The luminance of a second film, at the times of the first; its last frame stays.

    ``start``  second of the mask's film that belongs to second 0

    Asked for rising times, it plays on; asked for an earlier one, it begins anew.
    """

    def __init__(self, source: Source, start: float) -> None:
        self._source, self._start = source, start
        self._rewind()

    def _rewind(self) -> None:
        self._frames = self._source.frames()
        self._shown: Frame | None = None
        self._next = next(self._frames, None)
        self._mask: Plane | None = None

    def at(self, seconds: float) -> Plane:
        """Return the mask, (H, W) in [0, 1], at a moment of the first film.

        Raises `BadFilm` where the mask's film has no frame.
        """
        tick = (seconds + self._start) / float(self._source.info.time_base) + 0.5
        if self._shown is not None and self._shown.pts > tick:
            self._rewind()
        while self._next is not None and (self._shown is None or self._next.pts <= tick):
            self._shown, self._mask = self._next, None
            self._next = next(self._frames, None)
        if self._shown is None:
            raise BadFilm(f"the mask {self._source.info.name} has no frame that can be decoded")
        if self._mask is None:
            colors, alpha = self._shown.load()
            self._mask = color.luminance(colors) * (1 if alpha is None else alpha)
        return np.clip(self._mask, 0, 1)
