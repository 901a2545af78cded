"""``pinxit train fast`` and ``pinxit train gallery``: teach a small network one's own styles, or a table's."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit.batch import catalog
from pinxit.cli.command import PATH, QUIET, Argument, Command, Decorator, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import ProgressBar, minutes, say
from pinxit.config.training import SCRATCH, TEACH_GROUPS
from pinxit.errors import BadOption
from pinxit.files.network_file import ENDING
from pinxit.training.train import Lesson
from pinxit.training.train import train as teach

if TYPE_CHECKING:
    from pinxit.training.trained_styles import Progress as Told

LINE_SECONDS = 20.0
"""Least time between two lines of progress, where there is no terminal."""

_PHOTOS: Decorator = click.option(
    "--photos",
    type=PATH,
    metavar="DIR",
    help="Folder, or pack, of photos to learn from (default: eight from scikit-image).",
)
_FOLDER: Decorator = click.option(
    "--folder",
    type=PATH,
    metavar="DIR",
    help="Folder of the training (default: NAME-training beside the output).",
)
_JSON: Decorator = click.option("--json", "as_json", is_flag=True, help="Print what became of the training as JSON.")


@click.command(cls=Command)
@takes_styles("Picture whose style to teach; repeat it for several.")
@click.option(
    "--output", "-o", type=PATH, metavar=f"FILE{ENDING}", help="Network to write (default: named as the style)."
)
@click.option(
    "--name",
    multiple=True,
    metavar="NAME",
    help="What each style is called (default: as the network, or each as its file).",
)
@_PHOTOS
@_FOLDER
@click.option("--from-scratch", is_flag=True, help="Start at random weights, to compare: the same as --begin scratch.")
@QUIET
@_JSON
@takes_options(TEACH_GROUPS)
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
    """Teach a small network one style, or several: in minutes, on a CPU. Ctrl-C leaves a network that paints."""
    target = output or Path(f"{style[0].stem}{ENDING}")
    if name and len(set(name)) != len(style):
        raise BadOption(f"--name is given {len(name)} times for {len(style)} styles; give one, of its own, for each")
    if from_scratch and options.setdefault("begin", SCRATCH) != SCRATCH:
        raise BadOption("--from-scratch and --begin name two beginnings: give one of them")
    styles = dict(zip(name, style, strict=True)) if name else list(style)
    _teach(styles, target, quiet, as_json, photos=photos, folder=folder, **options)


@click.command("gallery", cls=Command)
@click.argument("works", cls=Argument, type=PATH, metavar="TABLE.toml", help="Names and works; see models/gallery.")
@click.option("--pictures", required=True, type=PATH, metavar="DIR", help="Folder of the works' pictures.")
@click.option("--output", "-o", type=PATH, metavar=f"FILE{ENDING}", help="Network to write.")
@_PHOTOS
@_FOLDER
@click.option("--sheet", multiple=True, type=PATH, metavar="PHOTO", help="Photo to paint in all of them; repeat it.")
@click.option("--card", type=PATH, metavar="DIR", help="Folder for card and sheets (default: that of the network).")
@QUIET
@_JSON
@takes_options(TEACH_GROUPS)
def table(
    works: Path,
    pictures: Path,
    output: Path | None,
    photos: Path | None,
    folder: Path | None,
    sheet: tuple[Path, ...],
    card: Path | None,
    quiet: bool,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """Teach one network every work of a table; write its card, and sheets."""
    found = catalog.read(works)
    target = output or Path(f"{works.stem}{ENDING}")
    chosen = {work.name: catalog.picture(work, pictures) for work in found}
    known = {work.name: work.facts for work in found}
    lesson = _teach(chosen, target, quiet, as_json, photos=photos, folder=folder, known=known, **options)
    if lesson.output.is_file():
        for path in catalog.publish(lesson.output, card or target.parent, list(sheet)):
            say(f"wrote {path}")


def _teach(styles: Mapping[str, Path] | list[Path], target: Path, quiet: bool, as_json: bool, **how: Any) -> Lesson:
    started = time.monotonic()
    with Interrupt("network") as interrupt, ProgressBar(target.name, quiet, LINE_SECONDS) as bar:

        def watch(progress: Told) -> None:
            interrupt.arm()
            if progress.warning:
                say(progress.warning)
            bar.show(told(progress), progress.share, 1.0, now=progress.share >= 1)

        lesson = teach(styles, target, watch=watch, stop=lambda: interrupt.asked, **how)
    if as_json:
        facts = {"output": str(lesson.output), "seconds": round(time.monotonic() - started, 1), "steps": lesson.steps}
        print(json.dumps({**facts, "content": lesson.content, "style": lesson.style, "finished": lesson.finished}))
    if os.environ.get("RANK", "0") == "0":
        _tell(lesson, quiet)
    if interrupt.asked and not lesson.finished:
        raise click.exceptions.Exit(STOPPED)
    return lesson


def _tell(lesson: Lesson, quiet: bool) -> None:
    if not lesson.output.is_file():
        say("not exported, because the package onnx is not installed here; elsewhere: pinxit train export FOLDER")
    elif not lesson.finished:
        say(f"stopped after {lesson.steps} steps; wrote {lesson.output}, and the same command goes on")
    elif not quiet:
        size = lesson.output.stat().st_size / 1e6
        say(
            f"wrote {lesson.output} ({size:.1f} MB) after {lesson.steps} steps, {lesson.seconds / 60:.1f} minutes: "
            f"style distance {lesson.style:.3f}, content distance {lesson.content:.3f}"
        )
        say(f"pinxit stylize PHOTO --style {lesson.output}; or pinxit styles add {lesson.output}, and then by name")


def told(progress: Told) -> str:
    """Return the progress in words.

    >>> from types import SimpleNamespace
    >>> told(SimpleNamespace(step=40, share=0.25, left=150.0, losses={"loss": 0.75}, scores={}, skipped=0))
    'step 40, 25%, at most 2:30 left, loss 0.750'
    """
    parts = [f"step {progress.step}", f"{progress.share:.0%}", f"at most {minutes(progress.left)} left"]
    parts.append(f"loss {progress.losses['loss']:.3f}")
    parts += [f"held-out {name} {value:.3f}" for name, value in progress.scores.items()]
    if progress.skipped:
        parts.append(f"{progress.skipped} photos could not be read")
    return ", ".join(parts)
