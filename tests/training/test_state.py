"""The divergence guard: it follows finite states, returns from others, and gives up in the end."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from pinxit.config.training import TrainAdain
from pinxit.errors import Diverged
from pinxit.nn.shape import Shape
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.device import init_distributed
from pinxit.training.state import PATIENCE, DivergenceGuard, TrainingState

INTERVAL = 3
GOOD, BAD = {"loss": 0.5}, {"loss": math.nan}


@pytest.fixture
def state() -> TrainingState:
    torch.manual_seed(0)
    with init_distributed("cpu") as group:
        return TrainingState(nn.Linear(2, 1), group, TrainAdain(ema_decay=0.5), {})


@pytest.fixture
def guard(state: TrainingState) -> DivergenceGuard:
    def snapshot() -> Checkpoint:
        return Checkpoint(step=state.step, seconds=0.0, shape=Shape(), extra={}, **state.tensors())

    return DivergenceGuard(state, snapshot, INTERVAL)


def losses(network: nn.Module) -> Tensor:
    found: Tensor = network(torch.ones(1, 2)).square().reshape(1)
    return found


def weights(state: TrainingState) -> list[float]:
    return [float(number) for value in state.trained.values() for number in value.detach().flatten()]


def test_it_follows_what_is_finite(state: TrainingState, guard: DivergenceGuard) -> None:
    state.update(losses, 0.1)
    assert guard.check(GOOD) == ""
    assert guard.good.step == 1
    assert torch.equal(guard.good.network["weight"], state.trained["weight"])


@pytest.mark.parametrize("what", ["loss", "weight"])
def test_it_goes_back_from_what_is_not_and_takes_other_steps(
    state: TrainingState, guard: DivergenceGuard, what: str
) -> None:
    state.update(losses, 0.1)
    guard.check(GOOD)
    before = weights(state)
    state.update(losses, 0.1)
    if what == "weight":
        with torch.no_grad():
            state.trained["bias"].fill_(math.inf)
    warning = guard.check(BAD if what == "loss" else GOOD)
    assert "went back" in warning
    assert "step 1" in warning
    assert weights(state) == before
    assert state.step == 1 + INTERVAL, "so that other pictures come next"
    guard.check(BAD)
    assert state.step == 1 + 2 * INTERVAL, "and others still"


def test_it_gives_up_after_a_while_and_a_good_step_wins_it_time(state: TrainingState, guard: DivergenceGuard) -> None:
    for _ in range(PATIENCE):
        guard.check(BAD)
    guard.check(GOOD)
    for _ in range(PATIENCE):
        guard.check(BAD)
    with pytest.raises(Diverged, match="learning-rate"):
        guard.check(BAD)
