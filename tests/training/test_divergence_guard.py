"""The footing of a training: it follows what is finite, goes back from what is not, and gives up in the end."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from pinxit.errors import Diverged
from pinxit.nn.networks import Shape
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.distributed import joined
from pinxit.training.divergence_guard import PATIENCE, Footing
from pinxit.training.learner import Learner

LOOK = 3
GOOD, BAD = {"loss": 0.5}, {"loss": math.nan}


@pytest.fixture
def learner() -> Learner:
    torch.manual_seed(0)
    with joined("cpu") as group:
        return Learner(nn.Linear(2, 1), group, keep=0.5, clip=1.0)


@pytest.fixture
def footing(learner: Learner) -> Footing:
    def snapshot() -> Checkpoint:
        return Checkpoint(step=learner.step, seconds=0.0, shape=Shape(), beside={}, **learner.tensors())

    return Footing(learner, snapshot, LOOK)


def losses(network: nn.Module) -> Tensor:
    found: Tensor = network(torch.ones(1, 2)).square().reshape(1)
    return found


def weights(learner: Learner) -> list[float]:
    return [float(number) for value in learner.trained.values() for number in value.detach().flatten()]


def test_it_follows_what_is_finite(learner: Learner, footing: Footing) -> None:
    learner.learn(losses, 0.1)
    assert footing.step(GOOD) == ""
    assert footing.good.step == 1
    assert torch.equal(footing.good.network["weight"], learner.trained["weight"])


@pytest.mark.parametrize("what", ["loss", "weight"])
def test_it_goes_back_from_what_is_not_and_takes_other_steps(learner: Learner, footing: Footing, what: str) -> None:
    learner.learn(losses, 0.1)
    footing.step(GOOD)
    before = weights(learner)
    learner.learn(losses, 0.1)
    if what == "weight":
        with torch.no_grad():
            learner.trained["bias"].fill_(math.inf)
    warning = footing.step(BAD if what == "loss" else GOOD)
    assert "went back" in warning
    assert "step 1" in warning
    assert weights(learner) == before
    assert learner.step == 1 + LOOK, "so that other pictures come next"
    footing.step(BAD)
    assert learner.step == 1 + 2 * LOOK, "and others still"


def test_it_gives_up_after_a_while_and_a_good_step_wins_it_time(learner: Learner, footing: Footing) -> None:
    for _ in range(PATIENCE):
        footing.step(BAD)
    footing.step(GOOD)
    for _ in range(PATIENCE):
        footing.step(BAD)
    with pytest.raises(Diverged, match="learning-rate"):
        footing.step(BAD)
