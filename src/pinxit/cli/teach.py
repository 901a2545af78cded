"""``pinxit train fast`` and ``pinxit train gallery``: teach a small network one's own styles, or a table's."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinxit import catalog
from pinxit.cli.interrupt import EXIT_CODE, Interrupt
from pinxit.cli.meter import Meter
from pinxit.cli.speech import say
from pinxit.course import SCRATCH
from pinxit.errors import BadOption
from pinxit.networkfile import ENDING
from pinxit.teaching import Lesson
from pinxit.teaching import train as teach

if TYPE_CHECKING:
    from pinxit.training.fast import Progress as Told

LINE_SECONDS = 20.0
"""Least time between two lines of progress, where there is no terminal."""

Photos = Annotated[
    Path | None,
    typer.Option(
        "--photos", metavar="DIR", help="Folder, or pack, of photos to learn from (default: eight from scikit-image)."
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Folder of the training (default: NAME-training beside the output)."),
]
FromScratch = Annotated[
    bool, typer.Option("--from-scratch", help="Start at random weights, to compare: the same as --begin scratch.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but warnings and errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what became of the training as JSON.")]


def fast(
    style: Annotated[
        list[Path],
        typer.Option("--style", "-s", metavar="PICTURE", help="Picture whose style to teach; repeat it for several."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar=f"FILE{ENDING}", help="Network to write (default: named as the style)."),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", metavar="NAME", help="What each style is called (default: as the network, or each as its file)."
        ),
    ] = None,
    photos: Photos = None,
    folder: Folder = None,
    from_scratch: FromScratch = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Teach a small network one style, or several: in minutes, on a CPU. Ctrl-C leaves a network that paints."""
    target = output or Path(f"{style[0].stem}{ENDING}")
    if name and len(set(name)) != len(style):
        raise BadOption(f"--name is given {len(name)} times for {len(style)} styles; give one, of its own, for each")
    if from_scratch and options.setdefault("begin", SCRATCH) != SCRATCH:
        raise BadOption("--from-scratch and --begin name two beginnings: give one of them")
    styles = dict(zip(name, style, strict=True)) if name else list(style)
    _teach(styles, target, quiet, as_json, photos=photos, folder=folder, **options)


def table(
    works: Annotated[Path, typer.Argument(metavar="TABLE.toml", help="Names and works; see models/gallery.")],
    pictures: Annotated[Path, typer.Option("--pictures", metavar="DIR", help="Folder of the works' pictures.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar=f"FILE{ENDING}", help="Network to write.")
    ] = None,
    photos: Photos = None,
    folder: Folder = None,
    sheet: Annotated[
        list[Path] | None, typer.Option("--sheet", metavar="PHOTO", help="Photo to paint in all of them; repeat it.")
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option("--card", metavar="DIR", help="Folder for card and sheets (default: that of the network)."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
    **options: Any,
) -> None:
    """Teach one network every work of a table; write its card, and sheets."""
    found = catalog.read(works)
    target = output or Path(f"{works.stem}{ENDING}")
    chosen = {work.name: catalog.picture(work, pictures) for work in found}
    known = {work.name: work.facts for work in found}
    lesson = _teach(chosen, target, quiet, as_json, photos=photos, folder=folder, known=known, **options)
    if lesson.output.is_file():
        for path in catalog.publish(lesson.output, card or target.parent, list(sheet or [])):
            say(f"wrote {path}")


def _teach(styles: Mapping[str, Path] | list[Path], target: Path, quiet: bool, as_json: bool, **how: Any) -> Lesson:
    started = time.monotonic()
    with Interrupt("network") as interrupt, Meter(target.name, quiet, LINE_SECONDS) as meter:

        def watch(progress: Told) -> None:
            interrupt.arm()
            if progress.warning:
                say(progress.warning)
            meter.show(told(progress), progress.share, 1.0, now=progress.share >= 1)

        lesson = teach(styles, target, watch=watch, stop=lambda: interrupt.asked, **how)
    if as_json:
        facts = {"output": str(lesson.output), "seconds": round(time.monotonic() - started, 1), "steps": lesson.steps}
        print(json.dumps({**facts, "content": lesson.content, "style": lesson.style, "finished": lesson.finished}))
    if os.environ.get("RANK", "0") == "0":
        _tell(lesson, quiet)
    if interrupt.asked and not lesson.finished:
        raise typer.Exit(EXIT_CODE)
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
    left = f"{int(progress.left) // 60}:{int(progress.left) % 60:02d}"
    parts = [f"step {progress.step}", f"{progress.share:.0%}", f"at most {left} left"]
    parts.append(f"loss {progress.losses['loss']:.3f}")
    parts += [f"held-out {name} {value:.3f}" for name, value in progress.scores.items()]
    if progress.skipped:
        parts.append(f"{progress.skipped} photos could not be read")
    return ", ".join(parts)
