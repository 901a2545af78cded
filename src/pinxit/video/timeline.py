"""Keyframed values that change along a film: the strength, and the share of a second style."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

from pinxit.errors import BadOption

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
        """Return the value at a time."""
        return float(np.interp(seconds, [time for time, _ in self.keys], [value for _, value in self.keys]))


def parse(text: str, option: str) -> Timeline:
    """Read keyframes such as ``0s:0 2s:1``: 0 at 0 seconds, 1 at 2 seconds.

    ``option``  the option's name, for error messages

    Raises `BadOption` if the text is malformed, a value is outside [0, 1], or the times do not rise.
    """
    keys = []
    for word in text.split():
        match = _KEYFRAME.fullmatch(word)
        if not match or not 0 <= float(match[2]) <= 1:
            raise BadOption(
                f"{option}: {word!r} is not a keyframe; write SECONDS:VALUE with a value from 0 to 1, as in 0s:0 2s:1"
            )
        keys.append((float(match[1]), float(match[2])))
    if not keys or any(late <= early for (early, _), (late, _) in itertools.pairwise(keys)):
        raise BadOption(f"{option} needs keyframes at rising times, as in 0s:0 2s:1")
    return Timeline(tuple(keys))
