"""The training loop, whatever is trained: a `Recipe` supplies network, losses, data and evaluation."""

import dataclasses
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import ClassVar

import torch
from torch import Tensor, nn

from pinxit.config.training import TrainAdain, TrainFast
from pinxit.errors import BadOption
from pinxit.nn.shape import Shape
from pinxit.training import checkpoint
from pinxit.training.checkpoint import Checkpoint, Notes, Tensors
from pinxit.training.device import Group
from pinxit.training.evaluator import Evaluator, TrainingLog
from pinxit.training.schedules import CosineSchedule, PlateauSchedule
from pinxit.training.state import DivergenceGuard, TrainingState

EVALUATION_SHARE = 0.1
"""Largest share of the time that evaluations and checkpoints may take."""
STEERING_STEPS = 200
"""In a training of given steps, evaluations this many steps apart steer what follows. Others, which the clock decides,
do not: equal seeds then give equal weights."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a training, after each interval."""

    step: int
    seconds: float  # of all runs together
    seconds_left: float
    """Estimate of the time left; less where the training stops by itself."""
    share: float  # of the work that is done, 0 to 1
    losses: dict[str, float]
    """The recipe's loss terms: means over the interval."""
    scores: dict[str, float]
    """Mean ``content`` and ``style`` distance of held-out photos, after the first evaluation."""
    skipped: int  # pictures that could not be read
    warning: str = ""


class Recipe(ABC):
    """What one kind of training trains, on what, and by which losses."""

    interval: ClassVar[int]
    """Steps between two reads of clock and losses; a GPU is never waited for in between."""
    lr_factors: ClassVar[Mapping[str, float]] = {}
    """Prefix of a parameter's name -> factor of its learning rate."""

    options: TrainAdain | TrainFast
    network: nn.Module
    shape: Shape
    schedule: CosineSchedule | PlateauSchedule
    evaluator: Evaluator
    terms: tuple[str, ...]
    """Names of the first values of `losses`; the first is ``loss``."""
    skipped: int
    scores: dict[str, float]
    """These two are as in `Progress`."""

    @abstractmethod
    def losses(self, network: nn.Module, step: int) -> Tensor:
        """Paint the batch of a step; return (N,): the loss, its terms, and what else `end_interval` needs."""

    def start_interval(self, step: int, seconds: float) -> None:  # noqa: B027, a recipe may ignore it
        """Prepare for the steps of an interval."""

    def end_interval(self, means: Sequence[float]) -> None:  # noqa: B027
        """Take the means of `losses` over an interval."""

    def add_scores(self, seconds: float, contents: Sequence[float], styles: Sequence[float], steers: bool) -> None:
        """Take the lists of an `Evaluation`, which ``steers`` what follows or not."""
        self.scores = {"content": round(fmean(contents), 4), "style": round(fmean(styles), 4)}

    def extra(self) -> Tensors:
        """Return tensors that a checkpoint should hold besides those of `TrainingState`."""
        return {}

    def notes(self, seconds: float) -> Notes:
        """Return what a checkpoint's record should hold besides step and seconds."""
        return {}

    def went_back(self, good: Checkpoint) -> None:  # noqa: B027
        """Return to a checkpoint: the steps since then diverged."""

    def export(self, good: Checkpoint) -> None:  # noqa: B027
        """Write the network to use, as of a checkpoint."""


class Trainer:
    """One run of a training in its ``folder``, from the checkpoint ``before`` if there is one."""

    def __init__(self, recipe: Recipe, folder: Path, group: Group, before: Checkpoint | None) -> None:
        self.recipe, self.folder, self.group = recipe, folder, group
        self.state = TrainingState(recipe.network, group, recipe.options, recipe.lr_factors)
        self.seconds = before.seconds if before else 0.0
        if before:
            self.state.restore(before)
        self.log = TrainingLog(folder, self.state.step)

    def run(self) -> Generator[Progress]:
        """Train until the schedule ends, and yield after every interval. However it ends, evaluate and save.

        Raises `Diverged`, `WriteFailed`, `DiskFull`.
        """
        guard = DivergenceGuard(self.state, self._snapshot, self.recipe.interval)
        options, by_clock = self.recipe.options, bool(self.recipe.options.minutes)
        saved_at, evaluation_seconds, is_saved = self.seconds, 0.0, False
        try:
            while self._share() < 1:
                losses = self._train_interval()
                warning = guard.check(losses)
                if warning:
                    self.recipe.went_back(guard.good)
                else:
                    is_saved = False
                    self.log.add(self.state.step, self.seconds, losses)
                pause = max(60 * options.save_minutes, evaluation_seconds / EVALUATION_SHARE)
                steers = by_clock or self.state.step % STEERING_STEPS < self.recipe.interval
                if self.seconds - saved_at >= pause or (steers and not by_clock):
                    evaluation_seconds = self._evaluate(guard.good, steers)
                    self.seconds += evaluation_seconds
                    saved_at, is_saved = self.seconds, True
                    guard.good = self._save(guard.good)
                yield self._progress(losses, warning)
        finally:
            if self.group.is_main and not is_saved:  # alone: another process may have failed
                self._evaluate(guard.good, by_clock, is_alone=True)
                self._save(guard.good)

    def _train_interval(self) -> dict[str, float]:
        """Take the steps of one interval; return the means of their losses."""
        start = time.perf_counter()
        recipe, state = self.recipe, self.state
        recipe.start_interval(state.step, self.seconds)
        learning_rate = recipe.schedule.learning_rate(state.step, self.seconds)
        values = []
        for _ in range(recipe.interval):
            values.append(state.update(lambda network: recipe.losses(network, state.step), learning_rate))
            if state.step == recipe.options.steps:
                break
        means = self.group.mean(torch.stack(values).mean(0)).tolist()
        recipe.end_interval(means)
        (self.seconds,) = self.group.broadcast(self.seconds + time.perf_counter() - start)
        return dict(zip(recipe.terms, means, strict=False))

    def _evaluate(self, good: Checkpoint, steers: bool, is_alone: bool = False) -> float:
        """Evaluate and log a checkpoint in the main process, share the scores with all; return the seconds it took."""
        start, count = time.perf_counter(), len(self.recipe.evaluator.indices)
        values = [0.0] * (2 * count)
        if self.group.is_main:
            evaluation = self.recipe.evaluator.evaluate(good.shape, good.ema)
            self.log.save(good.step, good.seconds, evaluation)
            values = [*evaluation.contents, *evaluation.styles]
        if not is_alone:
            values = self.group.broadcast(*values)
        self.recipe.add_scores(good.seconds, values[:count], values[count:], steers)
        seconds = time.perf_counter() - start
        return seconds if is_alone else self.group.broadcast(seconds)[0]

    def _snapshot(self) -> Checkpoint:
        recipe, tensors = self.recipe, {"extra": self.recipe.extra(), **self.state.tensors()}
        notes = recipe.notes(self.seconds)
        return Checkpoint(step=self.state.step, seconds=self.seconds, shape=recipe.shape, notes=notes, **tensors)

    def _save(self, good: Checkpoint) -> Checkpoint:
        """Write a checkpoint with the notes of now, and the network to use; return it."""
        good = dataclasses.replace(good, notes=self.recipe.notes(self.seconds))
        if self.group.is_main:
            checkpoint.save(good, self.folder)
            self.recipe.export(good)
        return good

    def _share(self) -> float:
        return self.recipe.schedule.share(self.state.step, self.seconds)

    def _progress(self, losses: dict[str, float], warning: str) -> Progress:
        share, spent = self._share(), self.seconds - self.recipe.schedule.seconds_before
        left = spent * (1 - share) / share if share else 0.0
        scores, skipped = self.recipe.scores, self.recipe.skipped
        return Progress(self.state.step, self.seconds, left, share, losses, scores, skipped, warning)


def prepare_run(options: TrainAdain | TrainFast) -> None:
    """Set the number of threads; raise `BadOption` where the training has no end."""
    if not options.minutes and not options.steps:
        raise BadOption("a training needs --minutes or --steps above 0")
    if options.threads:
        torch.set_num_threads(options.threads)
