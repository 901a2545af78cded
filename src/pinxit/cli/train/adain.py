"""``pinxit train adain``: train the network that paints any style."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.command import PATH, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import say
from pinxit.cli.train.transfer import export_network, need_torch
from pinxit.config.schema import renamed_flags
from pinxit.config.training import TRAIN_ADAIN_GROUPS, TrainAdain

if TYPE_CHECKING:
    from pinxit.training.trainer import Progress

LINE_SECONDS = 10.0
"""Least time between two lines of progress."""
EVERYDAY = (
    "photos", "paintings", "out", "minutes", "total_minutes", "begin", "batch", "crop_size", "image_size", "device",
)  # fmt: skip
OUT_HELP = "Folder of the training; continued if it exists."


@click.command(cls=Command, everyday=EVERYDAY, renamed=renamed_flags(TrainAdain))
@click.option("--photos", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of photos.")
@click.option("--paintings", required=True, type=PATH, metavar="DIR", help="Folder, or pack, of paintings.")
@click.option("--out", "-o", required=True, type=PATH, metavar="DIR", help=OUT_HELP)
@takes_options(TRAIN_ADAIN_GROUPS)
def adain(photos: Path, paintings: Path, out: Path, options: dict[str, Any]) -> None:
    """Train one network for every style; run it again with the same folder to continue."""
    need_torch()
    from pinxit.training import any_style

    run = any_style.train(photos, paintings, out, TrainAdain(**options))
    with Interrupt("network") as interrupt, contextlib.closing(run) as steps:
        said = 0.0
        for progress in steps:
            interrupt.arm()
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
