"""``pinxit train export``: write a trained network as one file."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.progress import say
from pinxit.errors import MissingExtra

ANY_STYLE_FILE, TRAINED_STYLES_FILE = "adain.pinxit", "styles.pinxit"
"""Default names of the file written into a training's folder."""


@click.command(cls=Command)
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of a training.")
@click.option(
    "--output",
    "-o",
    type=PATH,
    metavar="FILE",
    help=f"File to write (default: DIR/{ANY_STYLE_FILE} or DIR/{TRAINED_STYLES_FILE}).",
)
def export(folder: Path, output: Path | None) -> None:
    """Write a trained network as the file that ``pinxit stylize`` takes, as --model or as --style."""
    export_network(folder, output)


def export_network(folder: Path, output: Path | None) -> None:
    """Export the network of a training's folder, and say so."""
    need_torch()
    from pinxit.training.export import any_style, trained_styles

    has_styles = trained_styles.is_of_trained_styles(folder)
    write = trained_styles.export if has_styles else any_style.export
    target = output or folder / (TRAINED_STYLES_FILE if has_styles else ANY_STYLE_FILE)
    difference = write(folder, target)
    say(f"exported {target} ({target.stat().st_size / 1e6:.1f} MB), at most {255 * difference:.2f}/255 from PyTorch")


def need_torch() -> None:
    """Raise `MissingExtra` where PyTorch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("training", "train")
