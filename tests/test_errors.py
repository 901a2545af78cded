"""The exception tree: its codes, and its hints."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit import errors
from pinxit.errors import MissingExtra, PinxitError, nearest

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, PinxitError)]


CODES = {
    "PinxitError": (1, 500),
    "BadOption": (2, 422),
    "BadImage": (65, 422),
    "UnsupportedFormat": (65, 415),
    "TooLarge": (65, 413),
    "BadFilm": (65, 422),
    "BadRecipe": (65, 422),
    "NotFound": (66, 404),
    "MissingExtra": (69, 501),
    "BadWeights": (65, 500),
    "BadStyle": (65, 422),
    "OutOfMemory": (71, 503),
    "Diverged": (70, 500),
    "WriteFailed": (73, 500),
    "DiskFull": (74, 507),
    "PartlyDone": (3, 500),
    "ServiceError": (69, 500),
    "BadRequest": (64, 400),
    "KeyRequired": (77, 401),
    "Forbidden": (77, 403),
    "TooSlow": (75, 408),
    "NotYet": (75, 409),
    "Busy": (75, 429),
    "Deadline": (75, 503),
    "WorkerDied": (75, 503),
    "Stopping": (75, 503),
}
"""Exit codes and HTTP statuses that scripts and clients rely on."""


def test_codes_stay_as_they_are() -> None:
    assert {cls.__name__: (cls.exit_code, cls.http_status) for cls in CLASSES} == CODES


def test_an_error_names_its_field() -> None:
    error = PinxitError("wrong")
    assert error.field == ""
    error.field = "size"
    assert (error.field, PinxitError("other").field) == ("size", "")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_exit_codes_are_failures_that_a_shell_does_not_use_itself(cls: type[PinxitError]) -> None:
    assert 0 < cls.exit_code < 126
    assert 400 <= cls.http_status < 600
    assert cls.__doc__


def test_a_missing_extra_says_the_one_line_that_helps() -> None:
    assert "pip install '.[optimize]'" in str(MissingExtra("Gatys' method", "optimize"))


def test_nearest_suggests_the_closest_word() -> None:
    assert nearest("conv4_5", ["conv1_1", "conv4_4"]) == ": did you mean 'conv4_4'?"


def test_nearest_lists_all_words_where_none_is_close() -> None:
    assert nearest("zzz", ["adam", "lbfgs"]) == "; known are adam, lbfgs"


@given(st.text(), st.lists(st.text(min_size=1), min_size=1))
def test_nearest_always_names_a_known_word(word: str, words: list[str]) -> None:
    hint = nearest(word, words)
    assert any(one in hint or repr(one) in hint for one in words)
