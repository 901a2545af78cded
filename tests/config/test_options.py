"""Options know their types, ranges and choices, and refuse the rest with words that help."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.options import METHOD_OPTIONS, Adain, Film, Limits, Look, Optimize, Output, Scoring, Webcam
from pinxit.config.spec import Options, Spec, specs, split
from pinxit.config.training import TrainAdain
from pinxit.errors import BadOption

CLASSES: list[type[Options]] = [Look, *METHOD_OPTIONS.values(), Output, Film, Webcam, Scoring, TrainAdain, Limits]
EVERY = [
    pytest.param(cls, name, *parts, id=f"{cls.__name__}.{name}")
    for cls in CLASSES
    for name, parts in specs(cls).items()
]


@pytest.mark.parametrize(("cls", "name", "kind", "default", "spec"), EVERY)
def test_every_option_is_described_and_its_default_is_allowed(
    cls: type, name: str, kind: type, default: Any, spec: Spec
) -> None:
    assert spec.help.endswith("."), "help is a sentence"
    assert kind in (int, float, str, bool)
    assert kind is get_type_hints(cls)[name]
    assert getattr(cls(), name) == default
    if kind in (int, float):
        assert spec.low is not None, "a number has a range"


@pytest.mark.parametrize(("cls", "name", "kind", "default", "spec"), EVERY)
def test_every_bound_is_allowed_and_what_lies_beyond_is_not(
    cls: type, name: str, kind: type, default: Any, spec: Spec
) -> None:
    for bound, beyond in ((spec.low, -1), (spec.high, 1)):
        if bound is None:
            continue
        assert getattr(cls(**{name: kind(bound)}), name) == bound
        step = beyond if kind is int else beyond * max(abs(bound), 1.0) * 1e-6
        with pytest.raises(BadOption, match=name):
            cls(**{name: kind(bound) + step})


@pytest.mark.parametrize(("cls", "name", "kind", "default", "spec"), EVERY)
def test_every_choice_is_allowed_and_a_misspelled_one_is_corrected(
    cls: type, name: str, kind: type, default: Any, spec: Spec
) -> None:
    for choice in spec.choices:
        assert getattr(cls(**{name: choice}), name) == choice
        with pytest.raises(BadOption, match=f"did you mean '{choice}'"):
            cls(**{name: choice + "x"})


@pytest.mark.parametrize(("cls", "name", "kind", "default", "spec"), EVERY)
@pytest.mark.parametrize("wrong", [None, b"x", [1], {"a": 1}, 1j])
def test_every_wrong_type_is_refused(cls: type, name: str, kind: type, default: Any, spec: Spec, wrong: object) -> None:
    with pytest.raises(BadOption, match=f"{name} must be of type {kind.__name__}"):
        cls(**{name: wrong})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_what_is_no_strength_is_refused(value: float) -> None:
    with pytest.raises(BadOption, match="it must be from 0 to 1"):
        Look(strength=value)


def test_whole_numbers_become_floats_where_floats_are_meant() -> None:
    strength = Look(strength=1).strength
    assert strength == 1.0
    assert type(strength) is float


@pytest.mark.parametrize("value", [True, 512.0, "512"])
def test_only_an_int_is_an_int(value: Any) -> None:
    with pytest.raises(BadOption, match="size must be of type int"):
        Look(size=value)


def test_a_number_beyond_all_floats_is_refused_like_any_other() -> None:
    with pytest.raises(BadOption, match="too large"):
        Optimize(tv_weight=10**400)


def test_the_message_names_range_and_unit() -> None:
    with pytest.raises(BadOption, match=r"^size is 70000; it must be from 16 to 65500 px$"):
        Look(size=70000)


def test_options_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Look().size = 3  # type: ignore[misc]


def test_split_sorts_by_class() -> None:
    look, optimize = split({"steps": 7, "size": 64}, Look, Optimize)
    assert (look, optimize) == (Look(size=64), Optimize(steps=7))


def test_split_corrects_a_misspelled_name() -> None:
    with pytest.raises(BadOption, match="unknown option 'step': did you mean 'steps'"):
        split({"step": 7}, Look, Optimize)


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_no_option_of_a_method_hides_one_of_the_look_or_the_output(method: str) -> None:
    names = [*specs(Look), *specs(METHOD_OPTIONS[method]), *specs(Output)]
    assert len(names) == len(set(names))


@given(st.dictionaries(st.sampled_from([*specs(Look), "sise"]), st.one_of(st.integers(), st.floats(), st.text())))
def test_split_answers_anything_with_options_or_a_bad_option(values: dict[str, Any]) -> None:
    try:
        (look,) = split(values, Look)
    except BadOption:
        return
    assert all(getattr(look, name) == value for name, value in values.items())


def test_a_bound_is_told_in_full() -> None:
    with pytest.raises(BadOption, match=r"seed is -1; it must be from 0 to 4294967295$"):
        Look(seed=-1)


@pytest.mark.parametrize(("cls", "name"), [(Optimize, "init"), (Optimize, "vgg"), (Adain, "model")])
def test_an_empty_name_is_no_file(cls: type, name: str) -> None:
    with pytest.raises(BadOption, match=f"{name} is empty; give .*, or a file"):
        cls(**{name: ""})


@pytest.mark.parametrize("fps", [1e-9, 1e-300, 0.0099])
def test_a_frame_rate_that_rounds_to_none_is_refused(fps: float) -> None:
    with pytest.raises(BadOption, match=r"fps is .*; it must be 0, or from 0\.01 to 1000"):
        Film(fps=fps)
    assert Film(fps=0.01).fps == 0.01
