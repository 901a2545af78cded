"""``pinxit train fast`` and ``pinxit train gallery``: train a small network on styles of one's own, or of a table."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.batch import catalog
from pinxit.cli.command import PATH, QUIET, Argument, Command, Decorator, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.language import translate
from pinxit.cli.progress import ProgressBar, minutes, say
from pinxit.cli.train.adain import BEGUN
from pinxit.config.schema import renamed_flags
from pinxit.config.training import SCRATCH, TRAIN_FAST_GROUPS, TrainFast
from pinxit.errors import BadOption
from pinxit.files.network_file import ENDING
from pinxit.training.train import TrainingResult, train

if TYPE_CHECKING:
    from pinxit.training.trainer import Progress

RENAMED_FLAGS = renamed_flags(TrainFast)
FAST_EVERYDAY = (
    "style", "output", "name", "photos", "strong", "minutes", "begin", "only", "flat_region_weight", "quiet",
)  # fmt: skip
GALLERY_EVERYDAY = (
    "pictures", "output", "photos", "folder", "sheet", "card", "strong", "minutes", "begin", "only", "quiet",
)  # fmt: skip

OUTPUT_HELP = "Network to write (default: named after the style, or the table)."
NAME_HELP = "Name of each style (default: that of the network, or of each picture's file)."
PHOTOS_HELP = "Folder, or pack, of photos to train on (default: eight from scikit-image)."
FOLDER_HELP = "Folder of the training (default: NAME-training beside the output)."
SCRATCH_HELP = "Start from random weights: the same as --begin scratch."
CARD_HELP = "Folder for the card and the sheets (default: that of the network)."

SHARED: tuple[Decorator, ...] = (
    click.option("--output", "-o", type=PATH, metavar=f"FILE{ENDING}", help=OUTPUT_HELP),
    click.option("--photos", type=PATH, metavar="DIR", help=PHOTOS_HELP),
    click.option("--folder", type=PATH, metavar="DIR", help=FOLDER_HELP),
    QUIET,
    click.option("--json", "as_json", is_flag=True, help="Print the result of the training as JSON."),
    takes_options(TRAIN_FAST_GROUPS),
)


def takes_training(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that both commands share."""
    for add in reversed(SHARED):
        command = add(command)
    return command


@click.command(cls=Command, everyday=FAST_EVERYDAY, renamed=RENAMED_FLAGS)
@takes_styles("Picture whose style to train; repeat it for several.")
@click.option("--name", multiple=True, metavar="NAME", help=NAME_HELP)
@click.option("--from-scratch", is_flag=True, help=SCRATCH_HELP)
@takes_training
def fast(
    style: tuple[Path, ...],
    output: Path | None,
    name: tuple[str, ...],
    from_scratch: bool,
    options: dict[str, Any],
    **shared: Any,
) -> None:
    """Train a small network on one style, or several: in minutes, on a CPU.

    It prepares first, which can take minutes that --minutes does not count; after that, Ctrl-C leaves a usable network.
    """
    if name and len(set(name)) != len(style):
        times = "once" if len(name) == 1 else f"{len(name)} times"
        raise BadOption(f"--name is given {times} for {len(style)} styles; give a different one for each")
    if from_scratch and options.setdefault("begin", SCRATCH) != SCRATCH:
        raise BadOption("--from-scratch and --begin contradict each other: give one of them")
    styles = dict(zip(name, style, strict=True)) if name else list(style)
    run_training(styles, output or Path(f"{style[0].stem}{ENDING}"), **shared, **options)


@click.command(cls=Command, everyday=GALLERY_EVERYDAY, renamed=RENAMED_FLAGS)
@click.argument("works", cls=Argument, type=PATH, metavar="TABLE.toml", help="Names and works; see models/gallery.")
@click.option("--pictures", required=True, type=PATH, metavar="DIR", help="Folder of the works' pictures.")
@click.option("--sheet", multiple=True, type=PATH, metavar="PHOTO", help="Photo to paint in every style; repeat it.")
@click.option("--card", type=PATH, metavar="DIR", help=CARD_HELP)
@takes_training
def gallery(
    works: Path,
    pictures: Path,
    output: Path | None,
    sheet: tuple[Path, ...],
    card: Path | None,
    options: dict[str, Any],
    **shared: Any,
) -> None:
    """Train one network on every work of a table; write its card and sheets."""
    rows = catalog.read(works)
    target = output or Path(f"{works.stem}{ENDING}")
    styles = {work.name: catalog.picture(work, pictures) for work in rows}
    metadata = {work.name: work.facts for work in rows}
    result = run_training(styles, target, metadata=metadata, **shared, **options)
    if result.output.is_file():
        for path in catalog.publish(result.output, card or target.parent, list(sheet)):
            say(f"wrote {path}")


def run_training(
    styles: dict[str, Path] | list[Path], target: Path, *, quiet: bool, as_json: bool, **arguments: Any
) -> TrainingResult:
    """Call `pinxit.train` with a progress bar; Ctrl-C ends it early with a usable network."""
    started = time.monotonic()

    def saved() -> str:
        checkpoint = f"{target.name} is as of the last evaluation; run the same command to continue"
        return checkpoint if target.is_file() else ""

    with Interrupt("network", saved) as interrupt, ProgressBar(target.name, quiet) as bar:

        def prepare(words: str) -> None:
            interrupt.arm(not words)
            bar.show(
                translate(f"preparing, which --minutes does not count: {words}" if words else BEGUN), 0, None, now=True
            )

        def watch(progress: Progress) -> None:
            interrupt.arm()
            if progress.warning:
                say(progress.warning)
            bar.show(describe(progress), progress.share, 1.0, now=progress.share >= 1)

        result = train(styles, target, prepare=prepare, progress=watch, stop=lambda: interrupt.asked, **arguments)
    if as_json:
        facts = {"output": str(result.output), "seconds": round(time.monotonic() - started, 1), "steps": result.steps}
        print(json.dumps({**facts, "content": result.content, "style": result.style, "finished": result.finished}))
    if os.environ.get("RANK", "0") == "0":
        _say_result(result, quiet)
    if interrupt.asked and not result.finished:
        raise click.exceptions.Exit(STOPPED)
    return result


def _say_result(result: TrainingResult, quiet: bool) -> None:
    if not result.output.is_file():
        say("not exported: the package onnx is not installed; elsewhere, run: pinxit train export FOLDER")
    elif not result.finished:
        say(f"stopped after {result.steps} steps; wrote {result.output}; run the same command to continue")
    elif not quiet:
        size = result.output.stat().st_size / 1e6
        say(
            f"wrote {result.output} ({size:.1f} MB) after {result.steps} steps, {result.seconds / 60:.1f} minutes: "
            f"style distance {result.style:.3f}, content distance {result.content:.3f}"
        )
        say(f"to paint with it: pinxit stylize PHOTO --style {result.output}")
        say(f"to paint by name: pinxit styles add {result.output}")


def describe(progress: Progress) -> str:
    """Return the progress in words.

    >>> from types import SimpleNamespace
    >>> describe(SimpleNamespace(step=40, share=0.25, seconds_left=150.0, losses={"loss": 0.75}, scores={}, skipped=0))
    'step 40, 25%, at most 2:30 left, loss 0.750'
    """
    parts = [f"step {progress.step}", f"{progress.share:.0%}", f"at most {minutes(progress.seconds_left)} left"]
    parts.append(f"loss {progress.losses['loss']:.3f}")
    parts += [f"held-out {name} {value:.3f}" for name, value in progress.scores.items()]
    if progress.skipped:
        parts.append(f"{progress.skipped} photos could not be read")
    return ", ".join(parts)
