"""The table of methods: names, traits, the default, and styles that a method cannot paint."""

from __future__ import annotations

import numpy as np
import pytest

from pinxit.config.options import METHOD_OPTIONS, Adain, Fast, Look, Optimize
from pinxit.errors import BadOption, MissingExtra
from pinxit.methods import table
from pinxit.methods.base import FrameStylizer
from pinxit.styles.style import Reference, Style

STYLE = Style((Reference(np.zeros((8, 8, 3), np.float32)),))


def test_the_table_has_every_class_of_method_options() -> None:
    assert {name: table.by_name(name).options for name in table.method_names()} == METHOD_OPTIONS
    assert table.method_names() == tuple(METHOD_OPTIONS)
    assert set(table.method_names(one_pass=True)) < set(table.method_names())


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(BadOption, match="did you mean 'adain'"):
        table.by_name("adian")


def test_the_default_paints_what_it_is_the_default_for() -> None:
    assert table.default_for(trained=True).paints_trained
    assert not table.default_for(trained=False).paints_trained
    assert table.default_for(trained=False).paints_codes


@pytest.mark.parametrize(
    ("trained", "options", "method"),
    [
        (False, ["size", "color"], "adain"),
        (False, ["losses"], "optimize"),
        (False, ["steps", "effort", "size", "threads"], "optimize"),
        (False, ["tile", "threads"], "adain"),
        (False, ["model"], "adain"),
        (False, ["steps", "tile"], "adain"),  # no method has both: the usual one says so
        (False, ["unheard_of"], "adain"),
        (True, ["losses"], "fast"),  # optimize cannot paint a trained style
        (True, ["tile"], "fast"),
    ],
)
def test_options_imply_the_method_that_has_them(trained: bool, options: list[str], method: str) -> None:
    assert table.default_for(trained=trained, options=options).name == method


def test_a_method_makes_a_stylizer_of_its_own_options_alone() -> None:
    assert isinstance(table.ANY_STYLE.make(STYLE, Look(), Adain(threads=1)), FrameStylizer)
    with pytest.raises(TypeError, match="takes Adain, not Fast"):
        table.ANY_STYLE.make(STYLE, Look(), Fast())


def test_a_missing_package_is_named_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"'\.\[optimize\]'"):
        table.OPTIMIZE.make(STYLE, Look(), Optimize())


def test_pictures_are_not_painted_by_a_method_for_trained_styles() -> None:
    with pytest.raises(BadOption, match="a style given here is a picture"):
        table.check_compatible(table.TRAINED_STYLE, STYLE, Look())
    table.check_compatible(table.ANY_STYLE, STYLE, Look(color="coral"))
