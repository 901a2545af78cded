"""The content weight finds its distance; the schedule rises, falls, ends early, and reopens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.training import TrainFast
from pinxit.training.schedules import (
    BOUND,
    DECAY_SHARE,
    DEFAULT_DISTANCE,
    FLOOR,
    INITIAL_WEIGHT,
    MAX_DISTANCE,
    MIN_SCORES,
    RANGE,
    ContentWeightController,
    PlateauSchedule,
    target_distances,
)


def test_stronger_is_further_from_the_photo() -> None:
    gentle, medium, wild = (target_distances([strong], [DEFAULT_DISTANCE])[0] for strong in (0, 0.5, 1))
    assert 0 < gentle < medium == DEFAULT_DISTANCE < wild < 1
    assert wild - gentle == pytest.approx(RANGE)


def test_each_style_stays_about_as_far_from_the_photo_as_it_lay() -> None:
    assert target_distances([0.5, 0.5], [0.6, 0.85]) == [0.6, 0.85]
    near, far = target_distances([0.75, 0.75], [0.6, 0.84])
    assert 0.6 < near < far - 0.2


def test_no_style_is_wanted_so_far_away_that_its_subject_is_lost() -> None:
    assert target_distances([1, 1, 1], [0.7, 0.95, 1.2]) == [0.7 + RANGE / 2, MAX_DISTANCE, MAX_DISTANCE]


@given(st.floats(0.1, 0.9), st.floats(0.3, 3))
def test_the_weight_is_found_that_gives_the_wanted_distance(target: float, scale: float) -> None:
    """A plant whose distance falls as its weight grows, slowly, as pictures do."""
    controller, distance = ContentWeightController([target]), 0.5
    for _ in range(400):
        (weight,) = controller.weights
        distance += 0.3 * (scale / (scale + weight) - distance)
        controller.update([distance])
    reachable = [scale / (scale + INITIAL_WEIGHT * math.exp(end)) for end in (BOUND, -BOUND)]
    assert distance == pytest.approx(min(max(target, reachable[0]), reachable[1]), rel=0.05)


def test_each_style_has_a_weight_of_its_own() -> None:
    controller = ContentWeightController([0.5] * 3)
    for _ in range(10):
        controller.update([0.9, math.nan, 0.2])
    near, untold, far = controller.weights
    assert near > untold > far
    assert untold == pytest.approx(INITIAL_WEIGHT)


def test_what_is_held_out_decides_where_it_differs() -> None:
    controller = ContentWeightController([0.5])
    controller.update([0.5])
    before = controller.weights
    controller.correct([0.7])
    controller.update([0.5])
    assert controller.weights > before


@given(st.lists(st.floats(0, 10) | st.just(math.inf), max_size=300))
def test_weights_stay_within_bounds(distances: list[float]) -> None:
    controller = ContentWeightController([0.5])
    for distance in distances:
        controller.update([distance])
    assert math.exp(-BOUND) * 0.999 <= controller.weights[0] / INITIAL_WEIGHT <= math.exp(BOUND) * 1.001


def schedule_of(**options: float) -> PlateauSchedule:
    return PlateauSchedule(TrainFast(**{"minutes": 10.0, "warmup": 4, **options}))  # type: ignore[arg-type]


def test_the_rate_rises_stays_and_falls() -> None:
    schedule = schedule_of(learning_rate=1.0)
    assert schedule.learning_rate(0, 0) == pytest.approx(0.2)
    assert schedule.learning_rate(4, 10) == 1
    assert schedule.learning_rate(100, 600 * (1 - DECAY_SHARE)) == pytest.approx(1)
    assert schedule.learning_rate(100, 600 * (1 - DECAY_SHARE / 2)) == pytest.approx(0.5)
    assert schedule.learning_rate(100, 600) == FLOOR


def test_steps_or_minutes_end_it_whichever_come_first() -> None:
    schedule = schedule_of(steps=50)
    assert schedule.share(25, 0) == 0.5
    assert schedule.share(25, 480) == 0.8
    assert schedule.share(50, 0) == schedule.share(1, 9999) == 1
    assert schedule_of(minutes=0, steps=50).share(25, 1e6) == 0.5


def test_a_score_that_stands_still_lets_the_end_begin() -> None:
    schedule = schedule_of()
    for place in range(1, MIN_SCORES + 1):
        schedule.add_score(20.0 * place, 0.7, 0.5, 0.8)
    assert schedule.time_limit == pytest.approx(20 * MIN_SCORES / (1 - DECAY_SHARE))
    assert schedule.share(0, 20.0 * MIN_SCORES) == pytest.approx(1 - DECAY_SHARE)


def test_a_score_that_falls_goes_on() -> None:
    schedule = schedule_of()
    for place in range(1, 20):
        schedule.add_score(20.0 * place, 0.7, 0.9**place, 0.8)
    assert schedule.time_limit == 600


def test_a_content_that_is_too_far_is_no_gain() -> None:
    schedule = schedule_of()
    for place in range(1, MIN_SCORES + 1):
        schedule.add_score(20.0 * place, 0.8 + 0.1 * place, 0.9 - 0.1 * place, 0.8)
    assert schedule.time_limit < 600


def test_more_minutes_open_a_plan_again_and_the_same_do_not() -> None:
    options = TrainFast(minutes=10.0)
    assert PlateauSchedule(options, time_limit=300, requested_seconds=600).time_limit == 300
    assert PlateauSchedule(options, time_limit=300, requested_seconds=480).time_limit == 600
