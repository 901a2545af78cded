"""The exception tree: its docstring is true, and its hints help."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit import errors
from pinxit.errors import MissingExtra, PinxitError, nearest

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, PinxitError)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_drawing_in_the_docstring_is_true(cls: type[PinxitError]) -> None:
    line = re.search(rf"\b{cls.__name__} +exit (\d+) +HTTP (\d+)", errors.__doc__ or "")
    assert line, f"{cls.__name__} is not drawn"
    assert (int(line[1]), int(line[2])) == (cls.exit_code, cls.http_status)


def test_the_docstring_draws_nothing_else() -> None:
    drawn = re.findall(r"(\w+) +exit \d+", errors.__doc__ or "")
    assert sorted(drawn) == sorted(cls.__name__ for cls in CLASSES)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_branch_hangs_where_it_is_drawn(cls: type[PinxitError]) -> None:
    lines = (errors.__doc__ or "").splitlines()
    depth = {name[1]: line.index(name[1]) for line in lines if (name := re.search(r"(\w+) +exit", line))}
    parent = cls.__mro__[1]
    if cls is not PinxitError:
        assert depth[cls.__name__] > depth[parent.__name__]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_exit_codes_are_failures_that_a_shell_does_not_use_itself(cls: type[PinxitError]) -> None:
    assert 0 < cls.exit_code < 126
    assert 400 <= cls.http_status < 600
    assert cls.__doc__


def test_a_missing_extra_says_the_one_line_that_helps() -> None:
    assert "pip install 'pinxit[optimize]'" in str(MissingExtra("Gatys' method", "optimize"))


def test_nearest_suggests_the_closest_word() -> None:
    assert nearest("conv4_5", ["conv1_1", "conv4_4"]) == ": did you mean 'conv4_4'?"


def test_nearest_lists_all_words_where_none_is_close() -> None:
    assert nearest("zzz", ["adam", "lbfgs"]) == "; known are adam, lbfgs"


@given(st.text(), st.lists(st.text(min_size=1), min_size=1))
def test_nearest_always_names_a_known_word(word: str, known: list[str]) -> None:
    hint = nearest(word, known)
    assert any(one in hint or repr(one) in hint for one in known)
