"""The last good state of a training, and the way back to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pinxit.errors import Diverged
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.learner import Learner

PATIENCE = 5
"""So many times in a row numbers may be found that are not finite, before the training is given up."""


class Footing:
    """Holds the last state whose losses and weights were finite, ``good``."""

    def __init__(self, learner: Learner, snapshot: Callable[[], Checkpoint], look: int) -> None:
        """``snapshot`` tells the present state, ``look`` is the steps from one to the next."""
        self._learner, self._snapshot, self._look = learner, snapshot, look
        self._failures = 0
        self.good = snapshot()

    def step(self, losses: Mapping[str, float]) -> str:
        """Stand on the present state where all is finite, and return ""; or go back, and return what is to be said.

        After going back other pictures come next. Raises `Diverged` after `PATIENCE` times in a row.
        """
        if all(map(math.isfinite, losses.values())) and self._learner.finite():
            self._failures, self.good = 0, self._snapshot()
            return ""
        self._failures += 1
        if self._failures > PATIENCE:
            raise Diverged("the losses are no longer finite; a smaller --learning-rate helps")
        self._learner.restore(self.good, skip=self._failures * self._look)
        return f"the losses were not finite after step {self.good.step}: went back to that step"
