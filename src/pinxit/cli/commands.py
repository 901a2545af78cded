"""All commands. Each is imported only when it is called: all of them would take longer than a small picture."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import pinxit
from pinxit.flags import CODE_GROUPS, SCORE_GROUPS, STYLIZE_GROUPS, VIDEO_GROUPS, WEBCAM_GROUPS, takes_options

NAMES = (
    "stylize",
    "video",
    "webcam",
    "sheet",
    "code",
    "score",
    "score-video",
    "serve",
    "studio",
    "recipe",
    "methods",
    "train",
    "styles",
)
"""In the order of the help."""

LIMITS = "Limits"

DEBUG = "PINXIT_DEBUG"
"""Environment variable: set, errors come with their traceback. Worker processes inherit it."""


def build(only: str | None = None) -> typer.Typer:
    """Return the command line with all commands, or with ``only`` one of them: the one that is called."""
    app = typer.Typer(
        name="pinxit",
        help="Repaint photos in the style of any picture.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(common)
    for name in (only,) if only else NAMES:
        command = _load(name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name=name)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"pinxit {pinxit.__version__}")
        raise typer.Exit


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
    from pinxit import images

    print(images.read_recipe(picture))


def _load(name: str) -> Callable[..., None] | typer.Typer:
    match name:
        case "stylize":
            from pinxit.cli.paint import stylize

            return takes_options(stylize, STYLIZE_GROUPS)
        case "video" | "score-video":
            from pinxit.cli.video import score_video, video

            return takes_options(video, VIDEO_GROUPS) if name == "video" else takes_options(score_video, SCORE_GROUPS)
        case "webcam":
            from pinxit.cli.webcam import webcam

            return takes_options(webcam, WEBCAM_GROUPS)
        case "sheet" | "code":
            from pinxit.cli.styles import code, make_sheet

            return takes_options(make_sheet, STYLIZE_GROUPS) if name == "sheet" else takes_options(code, CODE_GROUPS)
        case "score":
            from pinxit.cli.compare import score

            return takes_options(score, SCORE_GROUPS)
        case "serve" | "studio":
            from pinxit.cli.serve import serve, studio
            from pinxit.service.limits import ServiceLimits

            return takes_options(serve if name == "serve" else studio, {LIMITS: ServiceLimits})
        case "methods":
            from pinxit.cli.listing import methods

            return methods
        case "train":
            from pinxit.cli.train import train

            return train
        case "styles":
            from pinxit.cli.gallery import styles

            return styles
        case _:
            return recipe
