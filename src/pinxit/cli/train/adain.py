"""``pinxit train adain``, and ``export`` and ``pack``: what goes from and to the machine that trains."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import say
from pinxit.config.schema import renamed_flags
from pinxit.config.training import TRAIN_ADAIN_GROUPS, TrainAdain
from pinxit.errors import MissingExtra

if TYPE_CHECKING:
    from pinxit.training.trainer import Progress

BEGUN = "training; from now on Ctrl-C leaves a usable network"
"""What is said once the preparation of a training is over."""
LINE_SECONDS = 10.0
"""Least time between two lines of progress."""
EVERYDAY = (
    "photos", "paintings", "out", "minutes", "total_minutes", "begin", "batch", "crop_size", "image_size", "device",
)  # fmt: skip
OUT_HELP = "Folder of the training; continued if it exists."
ANY_STYLE_FILE, TRAINED_STYLES_FILE = "adain.pinxit", "styles.pinxit"
"""Default names of the file written into a training's folder."""
EXPORT_HELP = f"File to write (default: DIR/{ANY_STYLE_FILE} or DIR/{TRAINED_STYLES_FILE})."
SIDE = click.IntRange(32, 1024)


@click.command(cls=Command, everyday=EVERYDAY, renamed=renamed_flags(TrainAdain))
@click.option("--photos", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of photos.")
@click.option("--paintings", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of paintings.")
@click.option("--out", "-o", required=True, type=PATH, metavar="DIR", help=OUT_HELP)
@takes_options(TRAIN_ADAIN_GROUPS)
def adain(photos: Path, paintings: Path, out: Path, options: dict[str, Any]) -> None:
    """Train one network for every style; run it again with the same folder to continue."""
    need_torch()
    from pinxit.training import any_style

    interrupt = Interrupt("network")

    def prepare(words: str) -> None:
        interrupt.arm(not words)
        say(f"preparing, which --minutes does not count: {words}" if words else BEGUN)

    run = any_style.train(photos, paintings, out, TrainAdain(**options), prepare=prepare)
    with interrupt, contextlib.closing(run) as steps:
        said = 0.0
        for progress in steps:
            if progress.warning:
                say(progress.warning)
            if time.monotonic() - said >= LINE_SECONDS or progress.share == 1:
                said = time.monotonic()
                say(_line(progress))
            if interrupt.asked:
                break
    if os.environ.get("RANK", "0") == "0":
        if importlib.util.find_spec("onnx"):
            export_network(out)
        else:
            say(f"not exported: the package onnx is not installed; elsewhere, run: pinxit train export {out.name}")
    if interrupt.asked:
        raise click.exceptions.Exit(STOPPED)


def _line(progress: Progress) -> str:
    losses = "  ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
    skipped = f"  ({progress.skipped} pictures could not be read)" if progress.skipped else ""
    return f"step {progress.step}  {progress.share:.0%} of this run  {losses}{skipped}"


@click.command(cls=Command)
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of a training.")
@click.option("--output", "-o", type=PATH, metavar="FILE", help=EXPORT_HELP)
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
