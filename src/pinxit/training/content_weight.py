"""Steers the weight of the content loss, so that each style reaches its target content distance."""

from __future__ import annotations

import math
from collections.abc import Sequence

DEFAULT_DISTANCE = 0.75
"""Held-out content distance (0: the photo, 1: black) of strength 0.5 with random initial weights. A network for any
style has one of its own for each style: the distance at which it paints that style."""
RANGE = 0.2
"""Difference between the target distances of strength 1 and 0."""
MAX_DISTANCE = 1.0
"""Largest target distance: beyond it, dotted and dark paintings lose faces."""
INITIAL_WEIGHT = 0.3
"""Weight of the squared content distance at the start."""
GAIN = 0.5
"""Change of the weight's logarithm per interval, for an error of 1 in the distance's logarithm."""
BOUND = math.log(30)
"""Largest change of that logarithm from its start."""


def target_distances(strengths: Sequence[float], start_distances: Sequence[float]) -> list[float]:
    """Return the content distance that each style should reach.

    ``strengths``        how strongly to paint each, 0 to 1
    ``start_distances``  content distance at which a network for any style paints it
    """
    pairs = zip(strengths, start_distances, strict=True)
    return [min(MAX_DISTANCE, distance + RANGE * (strength - 0.5)) for strength, distance in pairs]


class ContentWeightController:
    """An integral controller of each style's content weight, which grows while its pictures are beyond the target."""

    def __init__(self, targets: Sequence[float]) -> None:
        self.targets = targets
        self.log_weights = [math.log(INITIAL_WEIGHT)] * len(targets)
        self.held_out_offsets = [0.0] * len(targets)
        """By how much held-out pictures are farther from their photos than the training's."""
        self._last = [math.nan] * len(targets)

    @property
    def weights(self) -> list[float]:
        """The weight of each style."""
        return [math.exp(value) for value in self.log_weights]

    def update(self, distances: Sequence[float]) -> None:
        """Take the mean content distances of one interval, one for each style; NaN where it was not painted."""
        for style, distance in enumerate(distances):
            if math.isnan(distance):
                continue
            last = self._last[style]
            self._last[style] = distance if math.isnan(last) else 0.5 * (last + distance)
            error = math.log(max(1e-3, distance + self.held_out_offsets[style]) / self.targets[style])
            change = max(-1.0, min(1.0, error))
            low, high = math.log(INITIAL_WEIGHT) - BOUND, math.log(INITIAL_WEIGHT) + BOUND
            self.log_weights[style] = min(high, max(low, self.log_weights[style] + GAIN * change))

    def correct(self, held_out: Sequence[float]) -> None:
        """Take the held-out content distances, one for each style."""
        for style, distance in enumerate(held_out):
            if not math.isnan(self._last[style]):
                self.held_out_offsets[style] = distance - self._last[style]
