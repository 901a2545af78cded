"""The command line. Nothing but this package prints or sets an exit status.

Results go to standard output, everything said on the way to standard error. Exit status: 0 done,
2 wrong use, 3 some of several pictures failed, 130 stopped by Ctrl-C, and those of `pinxit.errors`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import pinxit
from pinxit import images
from pinxit.cli import gallery
from pinxit.cli.compare import score
from pinxit.cli.listing import methods
from pinxit.cli.paint import stylize
from pinxit.cli.serve import serve, studio
from pinxit.cli.speech import say_error
from pinxit.cli.styles import code, make_sheet
from pinxit.cli.train import train
from pinxit.cli.video import score_video, video
from pinxit.cli.webcam import webcam
from pinxit.errors import PinxitError
from pinxit.flags import CODE_GROUPS, SCORE_GROUPS, STYLIZE_GROUPS, VIDEO_GROUPS, WEBCAM_GROUPS, takes_options
from pinxit.service.limits import ServiceLimits

LIMITS = "Limits"

DEBUG = "PINXIT_DEBUG"
"""Environment variable: set, errors come with their traceback. Worker processes inherit it."""

BUG_EXIT_CODE = 70

app = typer.Typer(
    name="pinxit",
    help="Repaint photos in the style of any picture.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"pinxit {pinxit.__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help=f"Show tracebacks, as {DEBUG}=1 does.")] = False,
) -> None:
    """Repaint photos in the style of any picture."""
    if debug:
        os.environ[DEBUG] = "1"


def recipe(picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture that pinxit painted.")]) -> None:
    """Print the recipe that a painted picture carries, as JSON."""
    print(images.read_recipe(picture))


app.command()(takes_options(stylize, STYLIZE_GROUPS))
app.command()(takes_options(video, VIDEO_GROUPS))
app.command()(takes_options(webcam, WEBCAM_GROUPS))
app.command(name="sheet")(takes_options(make_sheet, STYLIZE_GROUPS))
app.command()(takes_options(code, CODE_GROUPS))
app.command()(takes_options(score, SCORE_GROUPS))
app.command()(takes_options(score_video, SCORE_GROUPS))
app.command()(takes_options(serve, {LIMITS: ServiceLimits}))
app.command()(takes_options(studio, {LIMITS: ServiceLimits}))
app.command()(recipe)
app.command()(methods)
app.add_typer(train, name="train")
app.add_typer(gallery.styles, name="styles")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    A `PinxitError` becomes one line; anything else is a fault of pinxit's own, and is said to be one.
    """
    try:
        app(arguments)
    except PinxitError as error:
        if os.environ.get(DEBUG):
            raise
        say_error(str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        say_error(f"this is a bug in pinxit ({type(error).__name__}); run again with pinxit --debug to see where")
        sys.exit(BUG_EXIT_CODE)
