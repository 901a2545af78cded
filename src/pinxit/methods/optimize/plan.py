"""The levels of a descent, from coarse to fine, and the steps at each."""

import math
from dataclasses import dataclass, replace

from pinxit.config.options import Optimize
from pinxit.images import fit

SHORTEST = 16
"""Least side of a level, px: conv5_1 has one position for each 16."""

HISTORY = 10
"""Pairs of vectors that L-BFGS keeps; 30 measured no better. Most programs keep 100, at ten times the memory."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How many steps a family of losses takes at each size: ``steps`` at ``coarsest`` px, fewer at larger levels."""

    coarsest: int
    """Long side, px, of the first of the levels that pinxit chooses."""
    steps: float
    decay: float
    """Steps at a long side s: ``steps (coarsest / s) ** decay``; larger levels only refine."""
    rounds: int = 1
    """How often a level searches new targets, at most."""
    search: float = 0.0
    """Time of a round's search, in steps of the same size."""
    setup: float = 0.0
    """Time of a level before its first search, in steps of the same size."""

    def steps_at(self, side: int) -> float:
        """Return the steps at a long side of ``side`` px."""
        return self.steps * math.pow(self.coarsest / max(side, self.coarsest), self.decay)


GRAM = Schedule(coarsest=128, steps=60, decay=0.5)
"""60, 42, 30, 21, 15 steps at 128, 256 ... 2048 px. 128 px is an eighth of the strokes' usual reach in conv5_1."""
NEIGHBORS = Schedule(coarsest=128, steps=30, decay=0.42, rounds=2, search=2.0, setup=3.0)
"""30, 22, 17, 13 steps at 128, 256 ... 1024 px. Blotches that 64 px painted into skies and walls stayed."""
STEP_PIXELS = 5000
"""Time of a step that does not depend on the size, in pixels. With the times above, what `Step.share` says of the time
left is right within 25% after the first fifth, measured at 512 px in the efforts quick and good."""
LEAST_ROUND = 5
"""Least steps of a round, unless the level has fewer."""
EFFORTS = {"quick": 0.27, "good": 1.0, "best": 2.5}
"""Factor of the steps, by `Optimize.effort`."""


def schedule(options: Optimize) -> Schedule:
    """Return the schedule of the losses and the effort that are asked for."""
    usual = NEIGHBORS if options.losses == "neighbors" else GRAM
    return replace(usual, steps=usual.steps * EFFORTS[options.effort])


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture on the way to the full one."""

    size: tuple[int, int]
    """(height, width), px."""
    steps: int
    rounds: int = 1
    """How often new targets are searched; the steps are spread over the rounds."""
    search: float = 0.0
    setup: float = 0.0
    """Times of a round's search, and of the level before it, in steps."""

    @property
    def step_work(self) -> float:
        """Time of a step, relative to other levels' steps."""
        return math.prod(self.size) + STEP_PIXELS

    @property
    def work(self) -> float:
        """Time of all steps and searches, in the same unit."""
        return self.step_work * (self.steps + self.setup + self.rounds * self.search)

    def steps_of(self, number: int) -> int:
        """Return the steps of a round: the first rounds take what does not divide."""
        return self.steps // self.rounds + (number < self.steps % self.rounds)


def levels(size: tuple[int, int], options: Optimize) -> tuple[Level, ...]:
    """Return the levels from coarse to fine for a picture of ``size``, (height, width), each half the next.

    With `Optimize.steps` the full size takes that many, and the other levels follow by the same rule.
    """
    rule = schedule(options)
    long_side = max(size)
    count = options.levels or 1 + max(0, (long_side // rule.coarsest).bit_length() - 1)
    sides = [long_side >> power for power in reversed(range(count))]
    sizes = [size if side == long_side else fit(size, side) for side in sides]
    factor = options.steps / rule.steps_at(long_side) if options.steps else 1.0
    large = [each for each in sizes[:-1] if min(each) >= SHORTEST]
    return tuple(_level(each, rule, factor) for each in [*large, size])


def _level(size: tuple[int, int], rule: Schedule, factor: float) -> Level:
    steps = max(1, round(factor * rule.steps_at(max(size))))
    return Level(size, steps, max(1, min(rule.rounds, steps // LEAST_ROUND)), rule.search, rule.setup)
