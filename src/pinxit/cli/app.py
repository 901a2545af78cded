"""The command ``pinxit`` and its table of commands."""

import os
from pathlib import Path

import click

import pinxit
from pinxit.cli.command import Group
from pinxit.errors import BadOption

COMMANDS = {
    "stylize": "stylize:stylize",
    "video": "video:video",
    "webcam": "webcam:webcam",
    "sheet": "sheet:make_sheet",
    "code": "code:code",
    "score": "score:score",
    "score-video": "score_video:score_video",
    "serve": "serve:serve",
    "studio": "studio:studio",
    "recipe": "recipe:recipe",
    "methods": "methods:methods",
    "train": "train:train",
    "styles": "styles:styles",
}
"""``command -> module:function`` in this package, in the order of the help."""

DEBUG = "PINXIT_DEBUG"
"""Environment variable that makes errors show their traceback. Worker processes inherit it."""

COMPLETE = "_PINXIT_COMPLETE"
"""Environment variable with which the shells ask for completions."""


def _show_completion(context: click.Context, option: click.Parameter, is_given: bool) -> None:
    if not is_given or context.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    shell = Path(os.environ.get("SHELL", "bash")).stem
    script = get_completion_class(shell)
    if script is None:
        raise BadOption(f"there is no completion for the shell {shell!r}; set SHELL to bash, zsh or fish")
    click.echo(script(app, {}, "pinxit", COMPLETE).source())
    context.exit()


@click.group(name="pinxit", cls=Group, targets=COMMANDS)
@click.version_option(pinxit.__version__, message="pinxit %(version)s", help="Print the version and exit.")
@click.option("--debug", is_flag=True, help=f"Show tracebacks of errors, as {DEBUG}=1 does.")
@click.option(
    "--show-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_completion,
    help="Print the completion script for your shell (bash, zsh or fish); put it in the shell's startup file.",
)
def app(debug: bool) -> None:
    """Repaint photos in the style of any picture."""
    if debug:
        os.environ[DEBUG] = "1"
