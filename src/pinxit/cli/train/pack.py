"""``pinxit train pack``: put a folder of pictures into few files."""

from __future__ import annotations

from pathlib import Path

import click

from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.progress import say
from pinxit.cli.train.export import need_torch
from pinxit.config.training import TrainAdain


@click.command(cls=Command, renamed={"--side": "--image-size"})
@click.argument("folder", cls=Argument, type=PATH, metavar="DIR", help="Folder of pictures.")
@click.option("--output", "-o", required=True, type=PATH, metavar="FILE.npz", help="Packs to write: FILE-0.npz ...")
@click.option(
    "--image-size",
    type=click.IntRange(32, 1024),
    default=TrainAdain().image_size,
    show_default=True,
    metavar="N",
    help="Short side of the packed pictures, px.",
)
def pack(folder: Path, output: Path, image_size: int) -> None:
    """Pack a folder of pictures into few files of at most 60 MiB, to send it to another machine."""
    need_torch()
    from pinxit.training.data import pack as write

    for path in write(folder, output, image_size):
        say(f"packed {path} ({path.stat().st_size / 2**20:.1f} MiB)")
