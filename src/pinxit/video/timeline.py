"""What changes along a film: keyframed strengths and shares of a second style, and masks that are films themselves."""

import itertools
import re
from dataclasses import dataclass

import numpy as np

from pinxit.errors import BadFilm, BadOption
from pinxit.images import color
from pinxit.video.io.film import Frame, Plane, Source

_KEYFRAME = re.compile(r"(\d+(?:\.\d+)?)s?:(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A value in [0, 1] over time: linear between keyframes, constant before the first and after the last.

    >>> Timeline(((0.0, 0.0), (2.0, 1.0))).at(0.5)
    0.25
    """

    keys: tuple[tuple[float, float], ...]
    """(seconds, value), in order of time."""

    def at(self, seconds: float) -> float:
        return float(np.interp(seconds, [time for time, _ in self.keys], [value for _, value in self.keys]))


def parse(text: str, option: str) -> Timeline:
    """Read keyframes of ``option``, such as ``0s:0 2s:1``: 0 at 0 seconds, 1 at 2 seconds.

    Raises `BadOption` if the text is malformed, a value is outside [0, 1], or the times do not rise.
    """
    keys = []
    for word in text.split():
        match = _KEYFRAME.fullmatch(word)
        if not match or not 0 <= float(match[2]) <= 1:
            help = "write SECONDS:VALUE with a value from 0 to 1, as in 0s:0 2s:1"
            raise BadOption(f"{option}: {word!r} is not a keyframe; {help}")
        keys.append((float(match[1]), float(match[2])))
    if not keys or any(late <= early for (early, _), (late, _) in itertools.pairwise(keys)):
        raise BadOption(f"{option} needs keyframes at rising times, as in 0s:0 2s:1")
    return Timeline(tuple(keys))


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
        """Return the mask, (H, W) in [0, 1], at a time of the first film; raises `BadFilm` if it has no frame."""
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
