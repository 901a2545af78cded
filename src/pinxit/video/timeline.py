"""Values that change along a film: strength, and the share of a second style, by keyframes."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from dataclasses import dataclass

from pinxit.errors import BadOption

_KEY = re.compile(r"(\d+(?:\.\d+)?)s?:(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A value in [0, 1] at every moment: straight lines between keyframes, level before the first and after the last.

    >>> Timeline(((0.0, 0.0), (2.0, 1.0))).at(0.5)
    0.25
    """

    keys: tuple[tuple[float, float], ...]
    """(seconds, value), in order of time."""

    def at(self, seconds: float) -> float:
        """Return the value at a moment."""
        after = bisect_right(self.keys, seconds, key=lambda key: key[0])
        if after == 0:
            return self.keys[0][1]
        if after == len(self.keys):
            return self.keys[-1][1]
        (early, low), (late, high) = self.keys[after - 1], self.keys[after]
        return low + (high - low) * (seconds - early) / (late - early)


def parse(text: str, what: str) -> Timeline:
    """Read keyframes such as ``0s:0 2s:1``: at 0 seconds 0, at 2 seconds 1.

    ``what`` is their name in messages.

    Raises `BadOption` for anything else, a value outside [0, 1], or times that do not rise.
    """
    keys = []
    for word in text.split():
        found = _KEY.fullmatch(word)
        if not found or not 0 <= float(found[2]) <= 1:
            raise BadOption(
                f"{what}: {word!r} is no keyframe; write SECONDS:VALUE with a value from 0 to 1, as 0s:0 2s:1"
            )
        keys.append((float(found[1]), float(found[2])))
    if not keys or any(late <= early for (early, _), (late, _) in itertools.pairwise(keys)):
        raise BadOption(f"{what} needs keyframes at rising times, as 0s:0 2s:1")
    return Timeline(tuple(keys))
