"""Descent on objectives whose minimum is known, and on those that have none."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from pinxit.methods.optimize import descent
from pinxit.methods.optimize.descent import Evaluation, Objective, descend

GOAL = torch.linspace(0.2, 0.8, 3 * 4 * 5).view(1, 3, 4, 5)
CURVATURE = torch.linspace(1, 30, 60).view_as(GOAL)
START = torch.full_like(GOAL, 0.5)


def quadratic(x: Tensor) -> tuple[Tensor, dict[str, float]]:
    """An ellipsoid around `GOAL`."""
    loss = (CURVATURE * (x - GOAL).square()).sum()
    return loss, {"all": float(loss.detach())}


def breaking_at(*indices: int, by: float = math.nan) -> Objective:
    """The quadratic, but these evaluations give ``by`` times the loss."""
    count = itertools.count()

    def objective(x: Tensor) -> tuple[Tensor, dict[str, float]]:
        loss, losses = quadratic(x)
        return (loss * by if next(count) in indices else loss), losses

    return objective


def run(
    objective: Objective = quadratic, steps: int = 20, optimizer: str = "lbfgs", rate: float = 1.0
) -> list[Evaluation]:
    return list(descend(START, objective, steps, optimizer, rate))


@pytest.mark.parametrize(("optimizer", "rate", "steps"), [("lbfgs", 1.0, 60), ("adam", 5.0, 300)])
def test_a_quadratic_is_minimized(optimizer: str, rate: float, steps: int) -> None:
    evaluations = run(steps=steps, optimizer=optimizer, rate=rate)
    assert len(evaluations) == 1 + steps
    assert evaluations[-1].loss < 1e-4 * evaluations[0].loss
    torch.testing.assert_close(evaluations[-1].picture, GOAL, rtol=0, atol=0.01)


def test_the_first_evaluation_is_the_start_and_each_tells_its_own_picture() -> None:
    evaluations = run()
    assert torch.equal(evaluations[0].picture, START)
    for evaluation in evaluations:
        loss, losses = quadratic(evaluation.picture)
        assert evaluation.loss == float(loss)
        assert evaluation.losses == losses
        assert not evaluation.picture.requires_grad


def test_the_start_is_left_as_it_was() -> None:
    start = START.clone()
    list(descend(start, quadratic, 5, "lbfgs", 1.0))
    assert torch.equal(start, START)


def test_a_step_costs_one_evaluation_and_the_last_picture_one_without_a_gradient() -> None:
    calls = []

    def counted(x: Tensor) -> tuple[Tensor, dict[str, float]]:
        calls.append(x.requires_grad)
        return quadratic(x)

    for done, _ in enumerate(descend(START, counted, 12, "lbfgs", 1.0), start=1):
        assert len(calls) == done
    assert calls == [True] * 12 + [False]


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_one_step_is_one_move_and_it_is_evaluated(optimizer: str) -> None:
    start, moved = run(steps=1, optimizer=optimizer)
    assert torch.equal(start.picture, START)
    assert moved.loss == float(quadratic(moved.picture)[0]) < start.loss


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 1e12])
@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_the_first_move_of_lbfgs_is_a_255th_in_the_mean_whatever_the_losses_scale(scale: float, rate: float) -> None:
    def scaled(x: Tensor) -> tuple[Tensor, dict[str, float]]:
        loss, losses = quadratic(x)
        return scale * loss, losses

    start, moved, *_ = run(scaled, rate=rate)
    change = moved.picture - start.picture
    assert float(change.abs().mean()) == pytest.approx(rate / 255, rel=1e-3)
    gradient = CURVATURE * (START - GOAL)
    torch.testing.assert_close(change / change.abs().max(), -gradient / gradient.abs().max(), rtol=0, atol=1e-3)


def test_where_there_is_no_slope_nothing_moves() -> None:
    evaluations = list(descend(GOAL, quadratic, 3, "lbfgs", 1.0))
    assert all(torch.equal(each.picture, GOAL) for each in evaluations)


def test_adam_moves_each_pixel_by_255ths() -> None:
    first, second, *_ = run(optimizer="adam", rate=2.0)
    torch.testing.assert_close((second.picture - first.picture).abs().max(), torch.tensor(2 / 255))


def test_memory_is_laid_out_as_lbfgs_needs_it() -> None:
    start = START.contiguous(memory_format=torch.channels_last)
    assert all(e.picture.is_contiguous() for e in descend(start, quadratic, 3, "lbfgs", 1.0))


def test_it_descends_where_gradients_are_switched_off() -> None:
    with torch.no_grad():
        assert run()[-1].loss < 0.01 * run()[0].loss


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_start_without_a_finite_loss_gives_nothing(value: float) -> None:
    assert run(breaking_at(0, by=value)) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e6])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_after_a_lost_step_it_goes_on_from_the_best_picture(value: float, optimizer: str) -> None:
    evaluations = run(breaking_at(4, 9, by=value), steps=40, optimizer=optimizer)
    assert len(evaluations) == 41
    best = min(evaluations[:4], key=lambda each: each.loss)
    assert evaluations[4] is best
    assert torch.equal(evaluations[5].picture, best.picture)
    assert evaluations[-1].loss < best.loss


def test_each_retreat_makes_the_steps_shorter() -> None:
    evaluations = run(breaking_at(2, 5), optimizer="adam", rate=4.0)
    moved = [float((b.picture - a.picture).abs().max()) for a, b in itertools.pairwise(evaluations)]
    assert moved[0] == pytest.approx(4 / 255, rel=1e-3)
    assert moved[3] == pytest.approx(1 / 255, rel=1e-3), "one retreat: a quarter"
    assert moved[6] == pytest.approx(0.25 / 255, rel=1e-3), "two: a sixteenth"


def test_a_step_far_too_long_is_mended() -> None:
    assert run(steps=60, rate=500.0)[-1].loss < 0.1 * run()[0].loss


def test_what_no_retreat_mends_ends_early_with_finite_pictures_only() -> None:
    evaluations = run(breaking_at(*range(3, 100)), steps=50)
    assert len(evaluations) == 3 + descent.RETREATS
    assert all(math.isfinite(each.loss) and each.picture.isfinite().all() for each in evaluations)


def test_a_gradient_that_is_not_finite_is_survived() -> None:
    """sqrt has an infinite slope at 0: the loss is finite there, and the next picture is not."""

    def rooted(x: Tensor) -> tuple[Tensor, dict[str, float]]:
        return quadratic(x)[0] + (x - START).abs().sqrt().sum(), {}

    evaluations = run(rooted)
    assert evaluations
    assert all(each.picture.isfinite().all() for each in evaluations)


def test_a_modest_rise_is_left_to_the_optimizer() -> None:
    evaluations = run(breaking_at(3, by=50.0))
    assert evaluations[3].loss > 10 * evaluations[2].loss
    assert not torch.equal(evaluations[4].picture, evaluations[2].picture)


def test_it_may_be_left_at_any_step() -> None:
    steps = descend(START, quadratic, 1000, "lbfgs", 1.0)
    next(steps)
    next(steps)
    del steps
