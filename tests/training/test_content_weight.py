"""What tunes itself: the content's weight finds its distance, the plan falls, stops early, and opens again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.training import TrainFast
from pinxit.training.content_weight import (
    BEGIN,
    BOUND,
    FALL,
    FEWEST,
    FLOOR,
    FURTHEST,
    REACH,
    USUAL,
    Balance,
    Plan,
    wanted_distances,
)


def test_stronger_is_further_from_the_photo() -> None:
    gentle, medium, wild = (wanted_distances([strong], [USUAL])[0] for strong in (0, 0.5, 1))
    assert 0 < gentle < medium == USUAL < wild < 1
    assert wild - gentle == pytest.approx(REACH)


def test_each_style_stays_about_as_far_from_the_photo_as_it_lay() -> None:
    assert wanted_distances([0.5, 0.5], [0.6, 0.85]) == [0.6, 0.85]
    near, far = wanted_distances([0.75, 0.75], [0.6, 0.84])
    assert 0.6 < near < far - 0.2


def test_no_style_is_wanted_so_far_away_that_its_subject_is_lost() -> None:
    assert wanted_distances([1, 1, 1], [0.7, 0.95, 1.2]) == [0.7 + REACH / 2, FURTHEST, FURTHEST]


@given(st.floats(0.1, 0.9), st.floats(0.3, 3))
def test_the_weight_is_found_that_gives_the_wanted_distance(wanted: float, scale: float) -> None:
    """A plant whose distance falls as its weight grows, slowly, as pictures do."""
    balance, distance = Balance([wanted]), 0.5
    for _ in range(400):
        (weight,) = balance.weights
        distance += 0.3 * (scale / (scale + weight) - distance)
        balance.follow([distance])
    reachable = [scale / (scale + BEGIN * math.exp(end)) for end in (BOUND, -BOUND)]
    assert distance == pytest.approx(min(max(wanted, reachable[0]), reachable[1]), rel=0.05)


def test_each_style_has_a_weight_of_its_own() -> None:
    balance = Balance([0.5] * 3)
    for _ in range(10):
        balance.follow([0.9, math.nan, 0.2])
    near, untold, far = balance.weights
    assert near > untold > far
    assert untold == pytest.approx(BEGIN)


def test_what_is_held_out_decides_where_it_differs() -> None:
    balance = Balance([0.5])
    balance.follow([0.5])
    before = balance.weights
    balance.correct([0.7])
    balance.follow([0.5])
    assert balance.weights > before


@given(st.lists(st.floats(0, 10) | st.just(math.inf), max_size=300))
def test_weights_stay_within_bounds(distances: list[float]) -> None:
    balance = Balance([0.5])
    for distance in distances:
        balance.follow([distance])
    assert math.exp(-BOUND) * 0.999 <= balance.weights[0] / BEGIN <= math.exp(BOUND) * 1.001


def plan(**options: float) -> Plan:
    return Plan(TrainFast(**{"minutes": 10.0, "warmup": 4, **options}))  # type: ignore[arg-type]


def test_the_rate_rises_stays_and_falls() -> None:
    found = plan(learning_rate=1.0)
    assert found.rate(0, 0) == pytest.approx(0.2)
    assert found.rate(4, 10) == 1
    assert found.rate(100, 600 * (1 - FALL)) == pytest.approx(1)
    assert found.rate(100, 600 * (1 - FALL / 2)) == pytest.approx(0.5)
    assert found.rate(100, 600) == FLOOR


def test_steps_or_minutes_end_it_whichever_come_first() -> None:
    found = plan(steps=50)
    assert found.share(25, 0) == 0.5
    assert found.share(25, 480) == 0.8
    assert found.share(50, 0) == found.share(1, 9999) == 1
    assert plan(minutes=0, steps=50).share(25, 1e6) == 0.5


def test_a_score_that_stands_still_lets_the_end_begin() -> None:
    found = plan()
    for place in range(1, FEWEST + 1):
        found.score(20.0 * place, 0.7, 0.5, 0.8)
    assert found.limit == pytest.approx(20 * FEWEST / (1 - FALL))
    assert found.share(0, 20.0 * FEWEST) == pytest.approx(1 - FALL)


def test_a_score_that_falls_goes_on() -> None:
    found = plan()
    for place in range(1, 20):
        found.score(20.0 * place, 0.7, 0.9**place, 0.8)
    assert found.limit == 600


def test_a_content_that_is_too_far_is_no_gain() -> None:
    found = plan()
    for place in range(1, FEWEST + 1):
        found.score(20.0 * place, 0.8 + 0.1 * place, 0.9 - 0.1 * place, 0.8)
    assert found.limit < 600


def test_more_minutes_open_a_plan_again_and_the_same_do_not() -> None:
    options = TrainFast(minutes=10.0)
    assert Plan(options, limit=300, asked=600).limit == 300
    assert Plan(options, limit=300, asked=480).limit == 600
