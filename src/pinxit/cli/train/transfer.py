"""``pinxit train export`` and ``pinxit train pack``: what goes from and to the machine that trains."""

import importlib.util
from pathlib import Path

import click

from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.progress import say
from pinxit.config.training import TrainAdain
from pinxit.errors import MissingExtra

ANY_STYLE_FILE, TRAINED_STYLES_FILE = "adain.pinxit", "styles.pinxit"
"""Default names of the file written into a training's folder."""
OUTPUT_HELP = f"File to write (default: DIR/{ANY_STYLE_FILE} or DIR/{TRAINED_STYLES_FILE})."
SIDE = click.IntRange(32, 1024)


@click.command(cls=Command)
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of a training.")
@click.option("--output", "-o", type=PATH, metavar="FILE", help=OUTPUT_HELP)
def export(folder: Path, output: Path | None) -> None:
    """Write a trained network as the file that ``pinxit stylize`` takes, as --model or as --style."""
    export_network(folder, output)


def export_network(folder: Path, output: Path | None = None) -> None:
    """Export the network of a training's folder, and say so."""
    need_torch()
    from pinxit.training import export

    target = output or folder / (TRAINED_STYLES_FILE if export.has_trained_styles(folder) else ANY_STYLE_FILE)
    difference = export.export(folder, target)
    say(f"exported {target} ({target.stat().st_size / 1e6:.1f} MB), at most {255 * difference:.2f}/255 from PyTorch")


@click.command(cls=Command, renamed={"--side": "--image-size"})
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of pictures.")
@click.option("--output", "-o", required=True, type=PATH, metavar="FILE.npz", help="Packs to write: FILE-0.npz ...")
@click.option(
    "--image-size", type=SIDE, default=TrainAdain().image_size, show_default=True, metavar="N",
    help="Short side of the packed pictures, px.",
)  # fmt: skip
def pack(folder: Path, output: Path, image_size: int) -> None:
    """Pack a folder of pictures into few files of at most 60 MiB, to send it to another machine."""
    need_torch()
    from pinxit.training.data import pack as write

    for path in write(folder, output, image_size):
        say(f"packed {path} ({path.stat().st_size / 2**20:.1f} MiB)")


def need_torch() -> None:
    """Raise `MissingExtra` where PyTorch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("training", "train")
