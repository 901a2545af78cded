"""How far a training is, its learning rate, and the weight of its content loss."""

import math
from collections.abc import Sequence

from pinxit.config.training import TrainAdain, TrainFast

DECAY_SHARE = 0.3
"""Last share of a training in which the learning rate of `PlateauSchedule` falls."""
FLOOR = 0.02
"""Lowest learning rate, as a share of the highest."""
MIN_SCORES = 8
"""Scores before a training may count as having reached a plateau."""
MIN_GAIN = 0.01
"""A plateau is reached where the last third of the time lowered the score by less than this share."""

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


class CosineSchedule:
    """Runs for given steps or minutes; the learning rate rises, then falls along half a cosine to `FLOOR`.

    ``seconds_before``  time spent by earlier runs
    ``interval``        steps between two changes of the learning rate
    """

    def __init__(self, options: TrainAdain, seconds_before: float, interval: int) -> None:
        self.options, self.seconds_before, self.interval = options, seconds_before, interval

    def share(self, step: int, seconds: float) -> float:
        """Return the share of this run that is done, 0 to 1; at 1 the training ends."""
        return _share(self.options.steps, 60 * self.options.minutes, step, seconds - self.seconds_before)

    def share_of_all(self, step: int, seconds: float) -> float:
        """Return the share of all runs together that is done."""
        options = self.options
        total = options.total_minutes or options.minutes + self.seconds_before / 60
        return min(1.0, step / options.steps if options.steps else seconds / 60 / total)

    def learning_rate(self, step: int, seconds: float) -> float:
        """Return a rise over ``warmup`` steps, then half a cosine over all runs."""
        rise = min(1.0, (step + self.interval) / (self.options.warmup + self.interval))
        fall = 0.51 + 0.49 * math.cos(math.pi * self.share_of_all(step, seconds))
        return self.options.learning_rate * rise * fall


class PlateauSchedule:
    """Runs for given steps or minutes, or until held-out scores reach a plateau; then only the decay is left.

    ``time_limit``, ``requested_seconds``  those of the run before: more minutes than it requested reopen the schedule
    ``scores``                             (seconds, score) of every evaluation of the run before
    """

    seconds_before = 0.0
    """Time of earlier runs that `share` does not count."""

    def __init__(
        self,
        options: TrainFast,
        time_limit: float = 0.0,
        requested_seconds: float = 0.0,
        scores: Sequence[Sequence[float]] = (),
    ) -> None:
        self.options, self.requested_seconds = options, 60 * options.minutes
        continues = time_limit and self.requested_seconds <= requested_seconds
        self.time_limit = time_limit if continues else self.requested_seconds
        self.scores = [(at, score) for at, score in scores]

    def share(self, step: int, seconds: float) -> float:
        """Return the share of all runs that is done, 0 to 1; at 1 the training ends."""
        return _share(self.options.steps, self.time_limit, step, seconds)

    def learning_rate(self, step: int, seconds: float) -> float:
        """Return a rise over ``warmup`` steps, a constant, then a fall along a line."""
        rise = min(1.0, (step + 1) / (self.options.warmup + 1))
        fall = min(1.0, (1 - self.share(step, seconds)) / DECAY_SHARE)
        return self.options.learning_rate * rise * max(FLOOR, fall)

    def add_score(self, seconds: float, content: float, style: float, target: float) -> None:
        """Record a held-out score: the style distance, and the content distance beyond its ``target``."""
        self.scores.append((seconds, style + max(0.0, content - target)))
        if self.time_limit and seconds < (1 - DECAY_SHARE) * self.time_limit and self._on_plateau(seconds):
            self.time_limit = seconds / (1 - DECAY_SHARE)

    def _on_plateau(self, seconds: float) -> bool:
        before = [score for at, score in self.scores if at <= 2 / 3 * seconds]
        since = [score for at, score in self.scores if at > 2 / 3 * seconds]
        return len(self.scores) >= MIN_SCORES and bool(before) and min(since) > (1 - MIN_GAIN) * min(before)


def _share(steps: int, time_limit: float, step: int, seconds: float) -> float:
    """Return the share that is done, of steps or of seconds, whichever is further; a limit of 0 is none."""
    return min(1.0, max(step / steps if steps else 0.0, seconds / time_limit if time_limit else 0.0))


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
        low, high = math.log(INITIAL_WEIGHT) - BOUND, math.log(INITIAL_WEIGHT) + BOUND
        for style, distance in enumerate(distances):
            if math.isnan(distance):
                continue
            last = self._last[style]
            self._last[style] = distance if math.isnan(last) else 0.5 * (last + distance)
            error = math.log(max(1e-3, distance + self.held_out_offsets[style]) / self.targets[style])
            log_weight = self.log_weights[style] + GAIN * max(-1.0, min(1.0, error))
            self.log_weights[style] = min(high, max(low, log_weight))

    def correct(self, held_out: Sequence[float]) -> None:
        """Take the held-out content distances, one for each style."""
        for style, distance in enumerate(held_out):
            if not math.isnan(self._last[style]):
                self.held_out_offsets[style] = distance - self._last[style]
