"""``pinxit video``: repaint a film; ``pinxit score-video``: how steady it is."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit import images
from pinxit.cli.command import PATH, QUIET, Argument, Command, FileName, takes_method, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import ProgressBar, duration, minutes, say
from pinxit.config.schema import SCORE_GROUPS, VIDEO_GROUPS
from pinxit.errors import BadOption, PartlyDone
from pinxit.files import atomic
from pinxit.images.encoding import format_of
from pinxit.video.api import stylize_video
from pinxit.video.score import score_video as measure

if TYPE_CHECKING:
    from pinxit.video.pipeline import Progress as Frame

PREVIEW_SECONDS = 2.0
"""Least time between two preview pictures."""


@click.command(cls=Command)
@click.argument(
    "film", cls=Argument, type=PATH, metavar="FILM", help="Film to paint, or a folder of numbered pictures."
)
@takes_styles("Picture to paint in the style of; repeat it to fuse.")
@click.option(
    "--output",
    "-o",
    type=PATH,
    metavar="OUT",
    help="Film to write: .mp4, .mov, .mkv, .webm, .avi, .gif or .webp; a name without ending is a folder of "
    "pictures (default: NAME_pinxit.mp4 here).",
)
@click.option("--weight", multiple=True, type=float, metavar="X", help="Weight of each style, in their order.")
@click.option(
    "--mask",
    multiple=True,
    type=FileName(),
    metavar="MASK",
    help="Where each style goes, in their order: a picture, a film or folder that plays beside, or alpha.",
)
@click.option(
    "--to", multiple=True, type=PATH, metavar="PICTURE", help="Style that the film arrives at; repeat it to fuse."
)
@click.option("--mix", default="", metavar="KEYS", help="When it does: keyframes of the share of --to, as '0s:0 4s:1'.")
@click.option("--strengths", default="", metavar="KEYS", help="Keyframes of the strength, as '0s:0 2s:1'.")
@takes_method()
@click.option("--resume", is_flag=True, help="Go on with a job that was broken off.")
@click.option("--strict", is_flag=True, help="Refuse a film that is cut off.")
@click.option("--preview", type=PATH, metavar="FILE", help="Picture that always shows the last frame.")
@QUIET
@click.option("--json", "as_json", is_flag=True, help="Print what became of the film as JSON.")
@takes_options(VIDEO_GROUPS)
def video(
    film: Path,
    style: tuple[Path, ...],
    output: Path | None,
    weight: tuple[float, ...],
    mask: tuple[str, ...],
    to: tuple[Path, ...],
    mix: str,
    strengths: str,
    method: str,
    resume: bool,
    strict: bool,
    preview: Path | None,
    quiet: bool,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """Repaint a film in the style of any picture: steady, with its sound. Ctrl-C saves what there is."""
    if weight and len(weight) != len(style):
        raise BadOption(f"--weight is given {len(weight)} times for {len(style)} styles; give one for each")
    target = output or Path(f"{film.stem}_pinxit.mp4")
    if preview:
        format_of(preview)
        if os.path.realpath(preview) == os.path.realpath(target):
            raise BadOption(f"the preview and the film would both be {target.name!r}; give one another name")
        atomic.check(preview, protect=[film, *style])
    started = time.perf_counter()
    with Interrupt("film") as interrupt, ProgressBar(film.name, quiet) as bar:
        report = stylize_video(
            film,
            list(zip(style, weight or [1.0] * len(style), strict=True)),
            target,
            to=list(to) or None,
            mix=mix,
            strengths=strengths,
            method=method,
            masks=list(mask) or None,
            resume=resume,
            strict=strict,
            watch=_Watcher(bar, preview, interrupt),
            stop=lambda: interrupt.asked,
            **options,
        )
    seconds = round(time.perf_counter() - started, 2)
    if as_json:
        print(json.dumps({"output": str(target), "seconds": seconds, **dataclasses.asdict(report)}))
    for lost in report.lost:
        say(f"left out, as {target.suffix} files do not hold it: {lost}")
    if not report.finished:
        say(f"stopped after {report.frames} frames; saved {target}, and --resume goes on")
        raise click.exceptions.Exit(STOPPED)
    if not quiet:
        say(f"painted {target} ({report.frames} frames) in {duration(seconds)}")
    if report.complaint:
        raise PartlyDone(f"{film.name} {report.complaint}; those are painted")


@click.command("score-video", cls=Command)
@click.argument("film", cls=Argument, type=PATH, metavar="FILM", help="The original film, or folder of pictures.")
@click.argument("painted", cls=Argument, type=PATH, metavar="PAINTED", help="The painted one, frame for frame.")
@click.option("--style", "-s", type=PATH, metavar="PICTURE", help="Measure the distance to this style too.")
@click.option(
    "--flow",
    multiple=True,
    type=PATH,
    metavar="FILE",
    help="True flow, .flo, .npy or .npz, from each frame to the next.",
)
@takes_options(SCORE_GROUPS)
def score_video(film: Path, painted: Path, style: Path | None, flow: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Score how steady a painted film is (warping error, 0 is perfect), and how near it is to a style; prints JSON."""
    found = measure(film, painted, style=style, flows=list(flow) or None, **options)
    print(json.dumps(dataclasses.asdict(found), indent=2))


class _Watcher:
    """Takes note of every frame: for the progress, and for the preview."""

    def __init__(self, bar: ProgressBar, preview: Path | None, interrupt: Interrupt) -> None:
        self._bar, self._preview, self._interrupt = bar, preview, interrupt
        self._shown = 0.0

    def __call__(self, progress: Frame) -> None:
        """Take note of a frame."""
        self._interrupt.arm()
        self._bar.show(told(progress), progress.frame, progress.of or None)
        if self._preview and time.monotonic() - self._shown >= PREVIEW_SECONDS:
            self._shown = time.monotonic()
            images.write(progress.image, self._preview)


def told(progress: Frame) -> str:
    """Return the progress in words.

    >>> from types import SimpleNamespace
    >>> told(SimpleNamespace(frame=30, of=90, per_second=4.0, seconds_left=15.0))
    'frame 30 of 90, 4.0 frames/s, 0:15 left'
    """
    of = f" of {progress.of}" if progress.of else ""
    left = progress.seconds_left
    time_left = "" if left is None else f", {minutes(left)} left"
    return f"frame {progress.frame}{of}, {progress.per_second:.1f} frames/s{time_left}"
