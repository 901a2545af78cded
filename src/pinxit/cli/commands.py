"""All commands. Each is imported only when it is called: all of them would take longer than a small picture."""

from __future__ import annotations

import gc
import importlib
import os
from pathlib import Path

import click

import pinxit
from pinxit.cli.command import PATH, Argument, Command, Group
from pinxit.errors import BadOption

PLACES = {
    "stylize": "stylize:stylize",
    "video": "video:video",
    "webcam": "webcam:webcam",
    "sheet": "styles:make_sheet",
    "code": "styles:code",
    "score": "compare:score",
    "score-video": "video:score_video",
    "serve": "serve:serve",
    "studio": "serve:studio",
    "recipe": "commands:recipe",
    "methods": "listing:methods",
    "train": "train:train",
    "styles": "gallery:styles",
}
"""``name -> module of this package:name in it``, in the order of the help."""

DEBUG = "PINXIT_DEBUG"
"""Environment variable: set, errors come with their traceback. Worker processes inherit it."""

COMPLETE = "_PINXIT_COMPLETE"
"""Environment variable by which the shells ask for completions."""


class Commands(Group):
    """The commands of `PLACES`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now; None where there is no such."""
        return load(cmd_name) if cmd_name in PLACES else None


def load(name: str) -> click.Command:
    """Import one of the commands of `PLACES`."""
    module, _, called = PLACES[name].partition(":")
    command: click.Command = getattr(importlib.import_module(f"pinxit.cli.{module}"), called)
    if not gc.isenabled():  # see `pinxit.cli.main`
        gc.freeze()
        gc.enable()
    return command


def _show_completion(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    shell = Path(os.environ.get("SHELL", "bash")).stem
    script = get_completion_class(shell)
    if script is None:
        raise BadOption(f"there is no completion for the shell {shell!r}; set SHELL to bash, zsh or fish")
    click.echo(script(app, {}, "pinxit", COMPLETE).source())
    context.exit()


@click.group(name="pinxit", cls=Commands)
@click.version_option(pinxit.__version__, message="pinxit %(version)s", help="Print the version and exit.")
@click.option("--debug", is_flag=True, help=f"Show tracebacks, as {DEBUG}=1 does.")
@click.option(
    "--show-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_completion,
    help="Print what completes commands and options in your shell (bash, zsh or fish), to be put in its startup file.",
)
def app(debug: bool) -> None:
    """Repaint photos in the style of any picture."""
    if debug:
        os.environ[DEBUG] = "1"


@click.command(cls=Command)
@click.argument("picture", cls=Argument, type=PATH, help="A picture that pinxit painted.")
def recipe(picture: Path) -> None:
    """Print the recipe that a painted picture carries, as JSON."""
    from pinxit import images

    print(images.read_recipe(picture))
