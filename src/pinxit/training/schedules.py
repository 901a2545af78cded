"""How far a training is, and its learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from pinxit.config.training import TrainAdain, TrainFast

DECAY_SHARE = 0.3
"""Last share of a training in which the learning rate of `PlateauSchedule` falls."""
FLOOR = 0.02
"""Lowest learning rate, as a share of the highest."""
MIN_SCORES = 8
"""Scores before a training may count as having reached a plateau."""
MIN_GAIN = 0.01
"""A plateau is reached where the last third of the time lowered the score by less than this share."""


class Schedule(Protocol):
    """Maps steps and seconds to the share that is done and to the learning rate."""

    seconds_before: float
    """Time of earlier runs that `share` does not count."""

    def share(self, step: int, seconds: float) -> float:
        """Return the share of the work that is done, 0 to 1; at 1 the training ends."""
        ...

    def learning_rate(self, step: int, seconds: float) -> float:
        """Return Adam's learning rate."""
        ...


class CosineSchedule:
    """Runs for given steps or minutes; the learning rate rises, then falls along half a cosine to `FLOOR`.

    ``seconds_before``  time spent by earlier runs
    ``interval``        steps between two changes of the learning rate
    """

    def __init__(self, options: TrainAdain, seconds_before: float, interval: int) -> None:
        self.options, self.seconds_before, self.interval = options, seconds_before, interval

    def share(self, step: int, seconds: float) -> float:
        """Return the share of this run that is done."""
        steps = step / self.options.steps if self.options.steps else 0.0
        minutes = 60 * self.options.minutes
        return min(1.0, max(steps, (seconds - self.seconds_before) / minutes if minutes else 0.0))

    def share_of_all(self, step: int, seconds: float) -> float:
        """Return the share of all runs together that is done."""
        options = self.options
        total = 60 * (options.total_minutes or options.minutes) + (0 if options.total_minutes else self.seconds_before)
        return min(1.0, step / options.steps if options.steps else seconds / total)

    def learning_rate(self, step: int, seconds: float) -> float:
        """Return a rise over ``warmup`` steps, then half a cosine over all runs."""
        rise = min(1.0, (step + self.interval) / (self.options.warmup + self.interval))
        fall = 0.51 + 0.49 * math.cos(math.pi * self.share_of_all(step, seconds))
        return self.options.learning_rate * rise * fall


class PlateauSchedule:
    """Runs for given steps or minutes, or until held-out scores reach a plateau; then only the decay is left.

    ``time_limit``, ``requested_seconds``  those of the run before: more minutes than it requested reopen the schedule
    """

    def __init__(self, options: TrainFast, time_limit: float = 0.0, requested_seconds: float = 0.0) -> None:
        self.options, self.requested_seconds = options, 60 * options.minutes
        self.seconds_before = 0.0
        continues = time_limit and self.requested_seconds <= requested_seconds
        self.time_limit = time_limit if continues else self.requested_seconds
        self.scores: list[tuple[float, float]] = []
        """(seconds, score) of every evaluation."""

    def share(self, step: int, seconds: float) -> float:
        """Return the share of all runs that is done."""
        steps = step / self.options.steps if self.options.steps else 0.0
        return min(1.0, max(steps, seconds / self.time_limit if self.time_limit else 0.0))

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

    def restore(self, scores: Sequence[Sequence[float]]) -> None:
        """Continue from the scores of the run before."""
        self.scores = [(at, score) for at, score in scores]
