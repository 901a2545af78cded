"""Descent on the pixels: any objective, any optimizer, one evaluation at a time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from pinxit.methods.optimize.plan import HISTORY
from pinxit.nn.device import thread_count

Objective = Callable[[Tensor], tuple[Tensor, dict[str, float]]]
"""A picture (1, 3, H, W) -> its loss, (), and the shares of it, by name."""


LOST = 100.0
"""A loss that many times the best one so far is as lost as one that is not finite: the step was far too long. Less is
left to L-BFGS, which mends it by itself."""

RETREATS = 8
SHORTER = 0.25
"""Each retreat makes the following steps that much shorter: the last ones by 65,536."""

FIRST_MOVE = 1 / 255
"""Mean change of a value by the first step of L-BFGS, at the learning rate 1."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A picture on the way and what the objective says of it."""

    picture: Tensor
    """(1, 3, H, W), detached; it may leave [0, 1] a little."""
    loss: float
    losses: dict[str, float]


def make_optimizer(name: str, pixels: Tensor, learning_rate: float) -> torch.optim.Optimizer:
    """Return the optimizer: L-BFGS (Liu & Nocedal 1989) taking one step a call, or Adam (Kingma & Ba 2015).

    Both work on NCHW memory: torch's L-BFGS needs contiguous parameters.
    """
    if name == "adam":
        return torch.optim.Adam([pixels], lr=learning_rate / 255)
    # No line search: each step then costs exactly one evaluation, and what a bad step spoils the next one mends.
    return torch.optim.LBFGS(
        [pixels], lr=learning_rate, max_iter=1, history_size=HISTORY, tolerance_grad=0, tolerance_change=0
    )


def descend(
    start: Tensor, objective: Objective, steps: int, optimizer: str, learning_rate: float
) -> Iterator[Evaluation]:
    """Yield the evaluation by ``objective`` of ``start``, (1, 3, H, W), then one after each of ``steps`` moves.

    After a step that is lost (see `LOST`) it yields the best evaluation once more in its place, and goes on
    from there with shorter steps. Ends early when that has not helped `RETREATS` times, and at once if ``start``
    itself has no finite loss.
    """
    pixels = start.detach().clone().contiguous().requires_grad_()
    descent = make_optimizer(optimizer, pixels, learning_rate)
    best: Evaluation | None = None
    retreats = 0
    for left in reversed(range(steps + 1)):
        evaluation = _evaluate_and_move(objective, pixels, descent) if left else _evaluate(objective, pixels)
        if math.isfinite(evaluation.loss) and (best is None or evaluation.loss <= LOST * best.loss):
            best = evaluation if best is None or evaluation.loss <= best.loss else best
            yield evaluation
            continue
        if best is None or retreats == RETREATS:
            return
        retreats += 1
        with torch.no_grad():
            pixels.copy_(best.picture)
        descent = make_optimizer(optimizer, pixels, learning_rate * SHORTER**retreats)
        yield best


def _evaluate(objective: Objective, pixels: Tensor) -> Evaluation:
    """Evaluate the picture as it stands, without a gradient: a third of the time."""
    picture = pixels.detach().clone()
    with torch.no_grad():
        loss, losses = objective(picture)
    return Evaluation(picture, float(loss), losses)


def _evaluate_and_move(objective: Objective, pixels: Tensor, descent: torch.optim.Optimizer) -> Evaluation:
    """Evaluate the picture as it stands, then let the optimizer move it."""
    picture = pixels.detach().clone()
    descent.zero_grad()
    with torch.enable_grad():
        loss, losses = objective(pixels)
        loss.backward()  # type: ignore[no-untyped-call]
    evaluation = Evaluation(picture, float(loss.detach()), losses)
    with thread_count(1), _first_move_scaled(descent, pixels):  # the sums of L-BFGS depend on the number of threads
        descent.step(lambda: evaluation.loss)
    return evaluation


@contextmanager
def _first_move_scaled(descent: torch.optim.Optimizer, pixels: Tensor) -> Iterator[None]:
    """Let the first move of L-BFGS, along the gradient g, be of `FIRST_MOVE` in the mean of all pixels.

    It knows no curvature yet. torch's own first move is min(1, 1 / sum |g|) g: next to nothing for each pixel.
    """
    if descent.state or not isinstance(descent, torch.optim.LBFGS):
        yield
        return
    group, slope = descent.param_groups[0], cast(Tensor, pixels.grad).abs()
    rate = group["lr"]
    group["lr"] = rate * FIRST_MOVE / max(float(slope.mean()), 1e-30) * max(1.0, float(slope.sum()))
    yield
    group["lr"] = rate
