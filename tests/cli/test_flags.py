"""Flags, schema and tables say what the options say: one walk over all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pinxit.cli import app, flags
from pinxit.config import schema
from pinxit.config.options import Spec, specs

DOCS = Path(__file__).parents[2] / "docs" / "options.md"
GROUPS = {"stylize": schema.STYLIZE_GROUPS, "score": schema.SCORE_GROUPS}
EVERY = [
    pytest.param(command, cls, name, *parts, id=f"{command} --{name}")
    for command, groups in GROUPS.items()
    for cls in groups.values()
    for name, parts in specs(cls).items()
]


def parameters_of(command: str) -> dict[str, Any]:
    """The parameters that the finished command line really has."""
    return {parameter.name or "": parameter for parameter in app.load(command).params}


@pytest.mark.parametrize(("command", "cls", "name", "kind", "default", "spec"), EVERY)
def test_every_option_is_a_flag_a_schema_entry_and_a_line_of_the_docs(
    command: str, cls: type, name: str, kind: type, default: Any, spec: Spec
) -> None:
    parameter = parameters_of(command)[name]
    assert parameter.opts == ["--" + name.replace("_", "-")]
    assert parameter.default is None, "the default lives in options.py alone"
    assert spec.help in parameter.help
    assert schema.show(default) in parameter.help

    entry = schema.schema(cls)["properties"][name]
    assert (entry["type"], entry["default"]) == (schema.JSON_TYPES[kind], default)
    assert (entry.get("minimum"), entry.get("maximum")) == (spec.low, spec.high)
    assert tuple(entry.get("enum", ())) == spec.choices

    line = f"| `{schema.flag(name)}` | {spec.help} | {schema.allowed(spec) or 'text'} | `{schema.show(default)}` |"
    assert line in DOCS.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("command", GROUPS)
def test_no_two_flags_of_a_command_are_one(command: str) -> None:
    opts = [opt for parameter in app.load(command).params for opt in parameter.opts]
    assert len(opts) == len(set(opts))


def test_the_docs_page_is_the_generated_one() -> None:
    assert DOCS.read_text(encoding="utf-8") == schema.markdown(), "run: pinxit methods --markdown > docs/options.md"


def test_methods_prints_the_page_the_schema_and_tables() -> None:
    runner = CliRunner()
    assert runner.invoke(app.app, ["methods", "--markdown"]).stdout == schema.markdown()
    schemas = json.loads(runner.invoke(app.app, ["methods", "--json"]).stdout)
    assert schemas["methods"]["optimize"] == schema.schema(schema.STYLIZE_GROUPS["Method optimize"])
    tables = runner.invoke(app.app, ["methods"]).stdout
    assert "--style-scale" in tables
    assert "16 to 65500 px" in tables


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec("", low=16, high=8192, unit="px"), "16 to 8192 px"),
        (Spec("", low=0, high=2**32 - 1), "0 to 4294967295"),
        (Spec("", low=0.0, high=1e12), "0 to 1e+12"),
        (Spec("", low=1, unit="bytes"), "from 1 bytes up"),
        (Spec("", choices=("a", "b")), "a, b"),
        (Spec("", words=("a", "b")), "a, b, or a file"),
        (Spec(""), ""),
    ],
)
def test_what_is_allowed_in_words(spec: Spec, words: str) -> None:
    assert schema.allowed(spec) == words


def test_a_command_gets_only_the_flags_that_were_given() -> None:
    got: dict[str, Any] = {}

    @click.command()
    @click.option("--name", default="x")
    @click.option("--other")
    @flags.takes_options(schema.STYLIZE_GROUPS)
    def command(name: str, other: str | None, options: dict[str, Any]) -> None:
        got.update(options, name=name, other=other)

    result = CliRunner().invoke(command, ["--name", "y", "--size", "64", "--style-scale", "2"])
    assert result.exit_code == 0, result.output
    assert got == {"name": "y", "other": None, "size": 64, "style_scale": 2.0}


@pytest.mark.parametrize(("flag", "begun", "words"), [("color", "lu", ["luminance"]), ("init", "no", ["noise"])])
def test_words_are_completed(flag: str, begun: str, words: list[str]) -> None:
    command = app.load("stylize")
    found = parameters_of("stylize")[flag].shell_complete(click.Context(command), begun)
    assert [item.value for item in found] == words


@pytest.mark.parametrize(("word", "size"), [("full", 65_500), ("640", 640)])
def test_a_size_is_a_number_or_the_word_for_the_largest(word: str, size: int) -> None:
    command = app.load("stylize")
    parameter = parameters_of("stylize")["size"]
    assert parameter.type_cast_value(click.Context(command), word) == size
    assert "16 to 65500 px, or full" in parameter.help
    with pytest.raises(click.BadParameter, match="'fuller' is not a valid integer"):
        parameter.type_cast_value(click.Context(command), "fuller")
