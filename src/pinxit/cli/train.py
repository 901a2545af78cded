"""``pinxit train``: teach the networks that paint in one pass, pack their pictures, export them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.command import PATH, Argument, Group
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import say
from pinxit.cli.teach import fast, table
from pinxit.config.training import TRAIN_GROUPS, TrainAdain
from pinxit.errors import MissingExtra

if TYPE_CHECKING:
    from pinxit.training.any_style import Progress

NETWORK, TRAINED_NETWORK = "adain.pinxit", "styles.pinxit"
"""What the exported network is called in the folder of its training: for any style, and for taught ones."""
SAY_SECONDS = 10.0
"""Least time between two lines of progress."""


@click.group(cls=Group)
def train() -> None:
    """Teach the one-pass networks."""


train.add_command(fast)
train.add_command(table)


@train.command()
@click.option("--photos", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of content pictures.")
@click.option("--paintings", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of style pictures.")
@click.option("--out", "-o", required=True, type=PATH, metavar="DIR", help="Folder of the training; one begun goes on.")
@takes_options(TRAIN_GROUPS)
def adain(photos: Path, paintings: Path, out: Path, options: dict[str, Any]) -> None:
    """Teach one network every style: starts in an empty folder, goes on in one that was begun."""
    _need_torch()
    from pinxit.training import any_style as course

    steps = course.train(photos, paintings, out, TrainAdain(**options))
    with Interrupt("network") as interrupt, contextlib.closing(steps) as on:
        told = 0.0
        for progress in on:
            interrupt.arm()
            if progress.warning:
                say(progress.warning)
            if time.monotonic() - told >= SAY_SECONDS or progress.share == 1:
                told = time.monotonic()
                say(_line(progress))
            if interrupt.asked:
                break
    if os.environ.get("RANK", "0") == "0":
        _export_if_possible(out)
    if interrupt.asked:
        raise click.exceptions.Exit(STOPPED)


def _line(progress: Progress) -> str:
    losses = "  ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
    skipped = f"  ({progress.skipped} pictures could not be read)" if progress.skipped else ""
    return f"step {progress.step}  {progress.share:.0%} of this run  {losses}{skipped}"


def _export_if_possible(out: Path) -> None:
    if importlib.util.find_spec("onnx"):
        _export(out, out / NETWORK)
    else:
        say(f"not exported, because the package onnx is not installed here; elsewhere: pinxit train export {out.name}")


@train.command()
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of a training.")
@click.option(
    "--output", "-o", type=PATH, metavar="FILE", help=f"File to write (default: DIR/{NETWORK}, or {TRAINED_NETWORK})."
)
def export(folder: Path, output: Path | None) -> None:
    """Write a trained network as the file that ``pinxit stylize`` takes, as --model or as --style."""
    _export(folder, output)


def _export(folder: Path, output: Path | None) -> None:
    _need_torch()
    from pinxit.training.export import any_style
    from pinxit.training.export import trained_styles as export_trained

    trained = export_trained.is_trained(folder)
    write = export_trained.export if trained else any_style.export
    target = output or folder / (TRAINED_NETWORK if trained else NETWORK)
    difference = write(folder, target)
    say(f"exported {target} ({target.stat().st_size / 1e6:.1f} MB), at most {255 * difference:.2f}/255 from PyTorch")


@train.command()
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of pictures.")
@click.option("--output", "-o", required=True, type=PATH, metavar="FILE.npz", help="Packs to write: FILE-0.npz ...")
@click.option(
    "--side",
    type=click.IntRange(32, 1024),
    default=TrainAdain().stored,
    show_default=True,
    metavar="N",
    help="Short side of the packed pictures, px.",
)
def pack(folder: Path, output: Path, side: int) -> None:
    """Pack a folder of pictures into few files of at most 60 MiB, to send it to another machine."""
    _need_torch()
    from pinxit.training.data import pack as write

    for path in write(folder, output, side):
        say(f"packed {path} ({path.stat().st_size / 2**20:.1f} MiB)")


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("training", "train")
