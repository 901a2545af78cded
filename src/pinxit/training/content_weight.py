"""What tunes itself while a network is taught: the weight of the content, the learning rate, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pinxit.config.training import TrainFast

USUAL = 0.75
"""Held-out content distance (0: the photo, 1: black) that ``strong`` 0.5 stands for with random weights. A network
that paints any style has one of its own for each: as far from the photo as that style lies."""
REACH = 0.2
"""By how much that of ``strong`` 1 is above that of 0."""
FURTHEST = 1.0
"""None is wanted beyond this: of a dotted or dark work's pictures faces are lost there."""
BEGIN = 0.3
"""Weight of the squared content distance at the start."""
GAIN = 0.5
"""By how much the weight's logarithm follows that of the distance in one look."""
BOUND = math.log(30)
"""How far that logarithm may go from its start."""
FALL = 0.3
"""Last share of a training in which the learning rate falls, to a `FLOOR` of what it was."""
FLOOR = 0.02
FEWEST = 8
"""Scores before a training may be thought to stand still."""
STILL = 0.01
"""It does where the last third of the time lowered the score by less than this share."""


def wanted_distances(strong: Sequence[float], begun: Sequence[float]) -> list[float]:
    """Return the content distance to be reached for each style.

    ``strong``  how strongly to paint each, from 0 to 1
    ``begun``   how far from the photos a network for any style paints it
    """
    pairs = zip(strong, begun, strict=True)
    return [min(FURTHEST, distance + REACH * (share - 0.5)) for share, distance in pairs]


class Balance:
    """The weight of the content loss for each style: steered so that the content distance becomes the wanted one.

    A controller that integrates: while a style's pictures are further from their photos than wanted, its weight grows.
    """

    def __init__(self, wanted: Sequence[float]) -> None:
        self.wanted = wanted
        self.logs = [math.log(BEGIN)] * len(wanted)
        self.offsets = [0.0] * len(wanted)
        """By how much held-out pictures are further away than those learned from."""
        self._last = [math.nan] * len(wanted)

    @property
    def weights(self) -> list[float]:
        """The weight for each style."""
        return [math.exp(value) for value in self.logs]

    def follow(self, distances: Sequence[float]) -> None:
        """Take note of the content distances of one look, one for each style; NaN where it had none."""
        for style, distance in enumerate(distances):
            if math.isnan(distance):
                continue
            last = self._last[style]
            self._last[style] = distance if math.isnan(last) else 0.5 * (last + distance)
            error = math.log(max(1e-3, distance + self.offsets[style]) / self.wanted[style])
            change = max(-1.0, min(1.0, error))
            low, high = math.log(BEGIN) - BOUND, math.log(BEGIN) + BOUND
            self.logs[style] = min(high, max(low, self.logs[style] + GAIN * change))

    def correct(self, held_out: Sequence[float]) -> None:
        """Take note of the held-out content distances, one for each style."""
        for style, distance in enumerate(held_out):
            if not math.isnan(self._last[style]):
                self.offsets[style] = distance - self._last[style]


class Plan:
    """How far a training is, and its learning rate.

    It is over after the minutes or the steps asked for, or sooner: when it stands still, what is left is shortened to
    the fall of the learning rate.
    """

    def __init__(self, options: TrainFast, limit: float = 0.0, asked: float = 0.0) -> None:
        """``limit`` and ``asked``: those of the run before; more minutes than it was asked for open the plan again."""
        self.options, self.asked = options, 60 * options.minutes
        self.limit = limit if limit and self.asked <= asked else self.asked
        self.scores: list[tuple[float, float]] = []

    def share(self, step: int, seconds: float) -> float:
        """Return the share that is done, 0 to 1."""
        steps = step / self.options.steps if self.options.steps else 0.0
        return min(1.0, max(steps, seconds / self.limit if self.limit else 0.0))

    def rate(self, step: int, seconds: float) -> float:
        """Return the learning rate: a rise over ``warmup`` steps, level, then a fall along a line."""
        rise = min(1.0, (step + 1) / (self.options.warmup + 1))
        fall = min(1.0, (1 - self.share(step, seconds)) / FALL)
        return self.options.learning_rate * rise * max(FLOOR, fall)

    def score(self, seconds: float, content: float, style: float, wanted: float) -> None:
        """Take note of a held-out score; where it stands still, let the end begin."""
        self.scores.append((seconds, style + max(0.0, content - wanted)))
        if self.limit and seconds < (1 - FALL) * self.limit and self._stands_still(seconds):
            self.limit = seconds / (1 - FALL)

    def _stands_still(self, seconds: float) -> bool:
        before = [value for at, value in self.scores if at <= 2 / 3 * seconds]
        since = [value for at, value in self.scores if at > 2 / 3 * seconds]
        return len(self.scores) >= FEWEST and bool(before) and min(since) > (1 - STILL) * min(before)
