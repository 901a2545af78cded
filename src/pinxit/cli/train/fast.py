"""``pinxit train fast``: train a small network on one's own styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pinxit.cli.command import PATH, QUIET, Command, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.train.run import FOLDER, JSON, PHOTOS, RENAMED_FLAGS, run_training
from pinxit.config.training import SCRATCH, TRAIN_FAST_GROUPS
from pinxit.errors import BadOption
from pinxit.files.network_file import ENDING

EVERYDAY = (
    "style", "output", "name", "photos", "strong", "minutes", "begin", "only", "flat_region_weight", "quiet",
)  # fmt: skip


@click.command(cls=Command, everyday=EVERYDAY, renamed=RENAMED_FLAGS)
@takes_styles("Picture whose style to train; repeat it for several.")
@click.option(
    "--output", "-o", type=PATH, metavar=f"FILE{ENDING}", help="Network to write (default: named after the style)."
)
@click.option(
    "--name",
    multiple=True,
    metavar="NAME",
    help="Name of each style (default: that of the network, or of each picture's file).",
)
@PHOTOS
@FOLDER
@click.option("--from-scratch", is_flag=True, help="Start from random weights: the same as --begin scratch.")
@QUIET
@JSON
@takes_options(TRAIN_FAST_GROUPS)
def fast(
    style: tuple[Path, ...],
    output: Path | None,
    name: tuple[str, ...],
    photos: Path | None,
    folder: Path | None,
    from_scratch: bool,
    quiet: bool,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """Train a small network on one style, or several: in minutes, on a CPU. Ctrl-C leaves a usable network."""
    target = output or Path(f"{style[0].stem}{ENDING}")
    if name and len(set(name)) != len(style):
        times = "once" if len(name) == 1 else f"{len(name)} times"
        raise BadOption(f"--name is given {times} for {len(style)} styles; give a different one for each")
    if from_scratch and options.setdefault("begin", SCRATCH) != SCRATCH:
        raise BadOption("--from-scratch and --begin contradict each other: give one of them")
    styles = dict(zip(name, style, strict=True)) if name else list(style)
    run_training(styles, target, quiet, as_json, photos=photos, folder=folder, **options)
