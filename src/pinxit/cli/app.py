"""The command ``pinxit``: its table of commands, and what runs it and turns errors into one line and a status."""

import os
import sys
from pathlib import Path

import click

import pinxit
from pinxit.cli.command import Group
from pinxit.cli.interrupt import STOPPED
from pinxit.cli.progress import say, say_error
from pinxit.errors import BadOption, DiskFull, NotFound, PinxitError
from pinxit.files import atomic

COMMANDS = {
    "demo": "demo:demo",
    "stylize": "stylize:stylize",
    "video": "video:video",
    "webcam": "webcam:webcam",
    "sheet": "sheet:make_sheet",
    "explain": "explain:write_page",
    "batch": "batch:batch",
    "code": "code:code",
    "score": "score:score",
    "score-video": "score_video:score_video",
    "serve": "serve:serve",
    "studio": "studio:studio",
    "recipe": "recipe:recipe",
    "methods": "methods:methods",
    "train": "train:train",
    "styles": "styles:styles",
    "doctor": "doctor:doctor",
}
"""``command -> module:function`` in this package, in the order of the help."""

DEBUG = "PINXIT_DEBUG"
"""Environment variable that makes errors show their traceback. Worker processes inherit it."""

BUG_EXIT_CODE = 70

COMPLETE = "_PINXIT_COMPLETE"
"""Environment variable with which the shells ask for completions."""


def version() -> str:
    """Return what ``--version`` prints."""
    import importlib.metadata

    import onnxruntime

    from pinxit.methods.onepass.network import devices

    try:
        torch = importlib.metadata.version("torch")  # not imported: that takes seconds
    except importlib.metadata.PackageNotFoundError:
        torch = "not installed"
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"pinxit {pinxit.__version__}\n"
        f"Python {python}, ONNX Runtime {onnxruntime.__version__}, PyTorch {torch}, devices: {', '.join(devices())}"
    )


def _show_version(context: click.Context, option: click.Parameter, is_given: bool) -> None:
    if is_given and not context.resilient_parsing:
        click.echo(version())
        context.exit()


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
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Print the versions of pinxit, Python, ONNX Runtime and PyTorch, and the devices.",
)
@click.option("--debug", is_flag=True, help=f"Show tracebacks of errors, as {DEBUG}=1 does, and what libraries say.")
@click.option(
    "--show-completion",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_completion,
    help="Print the completion script for your shell (bash, zsh or fish); put it in the shell's startup file.",
)
def app(debug: bool) -> None:
    """Repaint photos in the style of any picture.

    The environment variable PINXIT_LANG, en or zh, chooses the language; by default it is the system's.
    """
    if debug:
        os.environ[DEBUG] = "1"


def run(arguments: list[str] | None = None) -> int:
    """Run the command line, by default that of the process, and return its exit status."""
    try:
        status = app.main(arguments, prog_name="pinxit", standalone_mode=False)
    except click.Abort:  # which click makes of Ctrl-C
        return STOPPED
    except click.ClickException as error:
        say_error(error.format_message())
        if isinstance(error, click.UsageError) and error.ctx:
            say(f"See {error.ctx.command_path} --help.")
        return error.exit_code
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        error = _environment_failure(error) or error
        if isinstance(error, PinxitError):
            say_error(str(error))
            return error.exit_code
        say_error(f"this is a bug in pinxit ({type(error).__name__}); run again with pinxit --debug to see where")
        return BUG_EXIT_CODE
    return status or 0


def _environment_failure(error: Exception) -> PinxitError | None:
    """Return a `PinxitError` for a failure that can happen anywhere: a full disk, or no current folder."""
    if not isinstance(error, OSError):
        return None
    try:
        os.getcwd()
    except OSError:
        return NotFound("the current folder is no longer there: change to one that is")
    failure = atomic.failure(error, "standard output")
    return failure if isinstance(failure, DiskFull) else None
