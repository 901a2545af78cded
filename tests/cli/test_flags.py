"""Every option is a flag, an entry of the schema and a line of the docs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pinxit.cli import app, flags
from pinxit.cli.command import load
from pinxit.config import schema
from pinxit.config.spec import Spec, specs

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
    return {parameter.name or "": parameter for parameter in load(app.COMMANDS[command]).params}


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
    opts = [opt for parameter in load(app.COMMANDS[command]).params for opt in parameter.opts]
    assert len(opts) == len(set(opts))


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
    command = load(app.COMMANDS["stylize"])
    found = parameters_of("stylize")[flag].shell_complete(click.Context(command), begun)
    assert [item.value for item in found] == words


@pytest.mark.parametrize(("word", "size"), [("full", 65_500), ("640", 640)])
def test_a_size_is_a_number_or_the_word_for_the_largest(word: str, size: int) -> None:
    command = load(app.COMMANDS["stylize"])
    parameter = parameters_of("stylize")["size"]
    assert parameter.type_cast_value(click.Context(command), word) == size
    assert "16 to 65500 px, or full" in parameter.help
    with pytest.raises(click.BadParameter, match="'fuller' is not a valid integer"):
        parameter.type_cast_value(click.Context(command), "fuller")
