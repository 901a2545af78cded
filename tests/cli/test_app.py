"""The commands as a whole: what each is called, how their help looks, what is completed, and what is imported."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from pinxit.cli import app, train
from pinxit.cli.command import Argument, Command, load
from support.fakes import Run

GROUPS = [[], ["train"]]


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_its_name_and_a_line_in_the_help(pinxit: Run, name: str) -> None:
    command = load(app.COMMANDS[name])
    assert command.name == name
    assert command.help
    line = next(line for line in pinxit("--help").out.decode().splitlines() if line.startswith(f"  {name} "))
    assert command.get_short_help_str(1000)[:40] in line


@pytest.mark.parametrize("name", app.COMMANDS)
def test_help_tells_of_every_argument_and_option_under_its_heading(pinxit: Run, name: str) -> None:
    command = load(app.COMMANDS[name])
    shown = {}
    every = "--help-all" if getattr(command, "everyday", ()) else "--help"
    for section in pinxit(name, every).out.decode().split("\n\n"):
        heading, _, rows = section.partition(":\n")
        shown[heading] = rows
    for parameter in command.params:
        if getattr(parameter, "hidden", False):
            continue
        argument = isinstance(parameter, Argument)
        heading = "Arguments" if argument else getattr(parameter, "heading", "Options")
        term = parameter.make_metavar(click.Context(command)) if argument else parameter.opts[0]
        assert re.search(rf"^  .*{re.escape(term)}\s", shown[heading], re.MULTILINE), (heading, term)


def test_help_is_short_for_a_terminal_and_plain_for_a_file(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR")
    lines = pinxit("stylize", "-h").out.decode().splitlines()
    assert max(len(line) for line in lines) <= 60
    assert not any("\x1b" in line for line in lines)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert b"\x1b[1mLook" in pinxit("stylize", "-h").out


@pytest.mark.parametrize("words", GROUPS)
def test_without_a_command_there_is_help(pinxit: Run, words: list[str]) -> None:
    result = pinxit(*words)
    assert result.code == 2
    assert result.out == pinxit(*words, "--help").out


@pytest.mark.parametrize(
    ("words", "message", "see"),
    [
        ("stylise a.png", "pinxit: unknown command 'stylise': did you mean 'stylize'?", "pinxit --help"),
        ("train fats", "pinxit: unknown command 'fats': did you mean 'fast'?", "pinxit train --help"),
        ("train pack --output x.npz", "pinxit: Missing argument 'DIR'.", "pinxit train pack --help"),
        ("code a.png --threads many", "pinxit: Invalid value for '--threads'", "pinxit code --help"),
    ],
)
def test_wrong_words_are_said_in_one_line_with_where_to_look(pinxit: Run, words: str, message: str, see: str) -> None:
    result = pinxit(*words.split())
    assert result.code == 2
    first, second = result.said.splitlines()
    assert first.startswith(message)
    assert see in second


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("pinxit st", ["stylize", "studio", "styles"]),
        ("pinxit train f", ["fast"]),
        ("pinxit stylize --style-s", ["--style-scale"]),
        ("pinxit stylize --color hi", ["histogram"]),
        ("pinxit stylize --method o", ["optimize"]),
        ("pinxit video --codec h26", ["h264", "h265"]),
    ],
)
def test_commands_options_and_their_words_are_completed(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]
) -> None:
    monkeypatch.setenv(app.COMPLETE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert [line.split(",")[1] for line in pinxit().out.decode().splitlines()] == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_completes_can_be_printed(pinxit: Run, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    script = pinxit("--show-completion").out.decode()
    assert f"{app.COMPLETE}={shell}_complete" in script


def test_a_shell_without_completion_is_named(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    result = pinxit("--show-completion")
    assert (result.code, result.out) == (2, b"")
    assert "'tcsh'" in result.said


def test_a_command_imports_neither_the_others_nor_what_draws() -> None:
    code = "from pinxit.cli import app, command; command.load(app.COMMANDS['stylize']); import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(run.stdout.split())
    assert "pinxit.cli.stylize" in loaded
    others = {f"pinxit.cli.{target.partition(':')[0]}" for target in app.COMMANDS.values()}
    assert loaded & others == {"pinxit.cli.stylize"}
    assert not loaded & {
        "rich",
        "pinxit.video.api",
        "pinxit.config.training",
        "pinxit.training.train",
        "pinxit.service",
        "onnxruntime",
        "importlib.resources",
    }


def test_importing_pinxit_alone_imports_next_to_nothing() -> None:
    code = "import pinxit, sys; print(*sys.modules); pinxit.Stylizer; from pinxit import train"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"numpy", "PIL", "pinxit.api"} & set(run.stdout.split())


@pytest.mark.parametrize("target", [*app.COMMANDS.values(), *train.COMMANDS.values()])
def test_everyday_options_are_options_of_the_command(target: str) -> None:
    command = load(target)
    assert set(getattr(command, "everyday", ())) <= {parameter.name for parameter in command.params}


@click.command(cls=Command, everyday=["size"], renamed={"--side": "--size", "--no-side": "--no-size"})
@click.option("--size", default=8)
@click.option("--tile", default=0)
def cut(size: int, tile: int) -> None:
    """Cut."""
    print(size, tile)


def test_help_shows_everyday_options_and_help_all_the_rest() -> None:
    short, everything = (CliRunner().invoke(cut, [flag]).output for flag in ("--help", "--help-all"))
    assert "--size" in short
    assert "--tile" not in short
    assert short.rstrip().endswith("More: --help-all")
    assert "--size" in everything
    assert "--tile" in everything
    assert "More:" not in everything


@pytest.mark.parametrize("words", [["--side", "9"], ["--side=9"]])
def test_old_name_of_a_flag_works_and_names_the_new_one(words: list[str]) -> None:
    result = CliRunner().invoke(cut, [*words, "--tile", "1"])
    assert (result.stdout, result.stderr) == ("9 1\n", "--side is now --size\n")
    assert "--side" not in CliRunner().invoke(cut, ["--help-all"]).output
