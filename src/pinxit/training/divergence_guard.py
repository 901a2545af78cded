"""Returns a training to its last finite state when losses or weights are not finite."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pinxit.errors import Diverged
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.state import TrainingState

PATIENCE = 5
"""Failures in a row after which the training is given up."""


class DivergenceGuard:
    """Holds the last checkpoint whose losses and weights were finite, ``good``.

    ``snapshot``  returns the present state
    ``interval``  steps from one `check` to the next
    """

    def __init__(self, state: TrainingState, snapshot: Callable[[], Checkpoint], interval: int) -> None:
        self._state, self._snapshot, self._interval = state, snapshot, interval
        self._failures = 0
        self.good = snapshot()

    def check(self, losses: Mapping[str, float]) -> str:
        """Keep the present state and return "" if all is finite; else restore the last good one and return a warning.

        After restoring, the next steps see other pictures. Raises `Diverged` after `PATIENCE` failures in a row.
        """
        if all(map(math.isfinite, losses.values())) and self._state.is_finite():
            self._failures, self.good = 0, self._snapshot()
            return ""
        self._failures += 1
        if self._failures > PATIENCE:
            raise Diverged("the losses are no longer finite; a smaller --learning-rate helps")
        self._state.restore(self.good, skip=self._failures * self._interval)
        return f"the losses were not finite after step {self.good.step}: went back to that step"
