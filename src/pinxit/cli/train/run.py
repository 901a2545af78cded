"""The run that ``pinxit train fast`` and ``pinxit train gallery`` share: progress, Ctrl-C and the last lines."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.command import PATH, Decorator
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import ProgressBar, minutes, say
from pinxit.config.schema import renamed_flags
from pinxit.config.training import TrainFast
from pinxit.training.train import TrainingResult, train

if TYPE_CHECKING:
    from pinxit.training.trainer import Progress

LINE_SECONDS = 20.0
"""Least time between two lines of progress, where there is no terminal."""

PHOTOS: Decorator = click.option(
    "--photos",
    type=PATH,
    metavar="DIR",
    help="Folder, or pack, of photos to train on (default: eight from scikit-image).",
)
FOLDER: Decorator = click.option(
    "--folder",
    type=PATH,
    metavar="DIR",
    help="Folder of the training (default: NAME-training beside the output).",
)
JSON: Decorator = click.option("--json", "as_json", is_flag=True, help="Print the result of the training as JSON.")
RENAMED_FLAGS = renamed_flags(TrainFast)


def run_training(
    styles: Mapping[str, Path] | list[Path], target: Path, quiet: bool, as_json: bool, **arguments: Any
) -> TrainingResult:
    """Call `pinxit.train` with a progress bar; Ctrl-C ends it early with a usable network."""
    started = time.monotonic()
    with Interrupt("network") as interrupt, ProgressBar(target.name, quiet, LINE_SECONDS) as bar:

        def watch(progress: Progress) -> None:
            interrupt.arm()
            if progress.warning:
                say(progress.warning)
            bar.show(describe(progress), progress.share, 1.0, now=progress.share >= 1)

        result = train(styles, target, watch=watch, stop=lambda: interrupt.asked, **arguments)
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
