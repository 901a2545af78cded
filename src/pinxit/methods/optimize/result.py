"""What the levels of a descent have painted so far, and how much of the work is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch.nn.functional as F
from torch import Tensor

from pinxit.errors import Diverged
from pinxit.methods.base import Step
from pinxit.methods.optimize.border import Border
from pinxit.methods.optimize.descent import Evaluation
from pinxit.methods.optimize.plan import Level


@dataclass(slots=True)
class LevelResult:
    """The best picture of one level."""

    photo: Tensor
    base: Tensor
    """The picture that the level changes: the start, if every level has it; else the photo."""
    best: Evaluation | None = None
    steps: int = 0

    def begin(self, start: Evaluation | None) -> None:
        """Keep the start, if its loss is finite: nothing worse comes out."""
        self.best = start

    def take(self, evaluation: Evaluation) -> None:
        """Count a step's evaluation, and keep it if it is the best yet."""
        self.steps += 1
        if self.best is None or evaluation.loss <= self.best.loss:
            self.best = evaluation

    def enlarged(self, base: Tensor) -> Tensor:
        """Return ``base``, a larger copy of this level's, with the change that this level made to it."""
        change = self.picture() - self.base
        change = F.interpolate(change, size=base.shape[2:], mode="bicubic", align_corners=False)
        return base + change

    def picture(self) -> Tensor:
        """Return the best picture, (1, 3, H, W), in [0, 1]; the base where there is none."""
        return self.base if self.best is None else self.best.picture.clamp(0, 1)


class DescentProgress:
    """Counts the steps of all levels, and the work, by `Level.work`."""

    def __init__(self, levels: Sequence[Level], border: Border) -> None:
        self.border = border
        self.done, self.of = 0, sum(level.steps for level in levels)
        self.work, self.total_work = 0.0, sum(level.work for level in levels)

    def advance(self, level: Level, before: float) -> None:
        """Count one step, and the time ``before`` it, in steps."""
        self.done += 1
        self.work += level.step_work * (1 + before)

    def step(self, evaluation: Evaluation, picture: Tensor, level: Level) -> Step:
        """Return the `Step` of an evaluation that shows ``picture``, (1, 3, H, W)."""
        return Step(
            self.done,
            self.of,
            evaluation.loss,
            partial(self.border.cut, picture, level.size),
            evaluation.losses,
            self.border.inner(level.size),
            share=self.work / self.total_work,
        )

    def stopped(self, result: LevelResult | None, base: Tensor, size: tuple[int, int]) -> Step:
        """Return the last `Step` of a descent whose loss is lost: the best picture before that, at full size.

        Raises `Diverged` where there is none.
        """
        if result is None or result.best is None:
            raise Diverged(
                "the descent's first picture has no finite loss; a smaller --content-weight or --style-weight helps"
            )
        preview = partial(self.border.cut, result.enlarged(base).clamp(0, 1), size)
        warning = "the loss left all bounds; stopped at the best picture before that. A smaller --learning-rate helps"
        best, inner = result.best, self.border.inner(size)
        return Step(self.done, self.done, best.loss, preview, best.losses, inner, warning, 1.0)
