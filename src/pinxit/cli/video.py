"""``pinxit video``: repaint a film."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinxit import images
from pinxit.cli.command import PATH, QUIET, VERBOSE, Argument, Command, FileName, takes_method, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import ProgressBar, duration, minutes, say
from pinxit.cli.request import check_counts
from pinxit.config.options import FULL_SIZE
from pinxit.config.schema import VIDEO_GROUPS
from pinxit.errors import BadOption, PartlyDone
from pinxit.files import atomic
from pinxit.images.encoding import format_of
from pinxit.video.api import stylize_video
from pinxit.video.record import is_begun

if TYPE_CHECKING:
    from pinxit.video.report import Progress, Report

PREVIEW_SECONDS = 2.0
"""Least time between two preview pictures."""

EVERYDAY = "style output weight mask to mix strengths method resume preview quiet size strength steadiness".split()
FILM = "The film to paint, or a folder of numbered pictures."
OUTPUT = (
    "Film to write: .mp4, .mov, .mkv, .webm, .avi, .gif or .webp; a name without extension is a folder of pictures "
    "(default: NAME_pinxit.mp4 in the current folder)."
)
MASK = (
    "Region of each style, in the same order: a picture, a film or folder of pictures with the same timing, or alpha, "
    "the film's own transparency."
)
TO = "Style that the film ends with; repeat it to combine."


@click.command(cls=Command, everyday=EVERYDAY)
@click.argument("film", cls=Argument, type=PATH, metavar="FILM", help=FILM)
@takes_styles("Picture to paint in the style of; repeat it to combine several.")
@click.option("--output", "-o", type=PATH, metavar="OUT", help=OUTPUT)
@click.option("--weight", multiple=True, type=float, metavar="X", help="Weight of each style, in the same order.")
@click.option("--mask", multiple=True, type=FileName(), metavar="MASK", help=MASK)
@click.option("--to", multiple=True, type=PATH, metavar="PICTURE", help=TO)
@click.option("--mix", default="", metavar="KEYS", help="Keyframes of the share of --to, as '0s:0 4s:1'.")
@click.option("--strengths", default="", metavar="KEYS", help="Keyframes of the strength, as '0s:0 2s:1'.")
@takes_method()
@click.option("--resume", is_flag=True, help="Continue an interrupted job.")
@click.option("--strict", is_flag=True, help="Refuse a film that is cut off.")
@click.option("--preview", type=PATH, metavar="FILE", help="Picture file that always shows a recent frame.")
@QUIET
@VERBOSE
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@takes_options(VIDEO_GROUPS)
def video(
    film: Path,
    style: tuple[Path, ...],
    output: Path | None,
    weight: tuple[float, ...],
    mask: tuple[str, ...],
    to: tuple[Path, ...],
    preview: Path | None,
    quiet: bool,
    as_json: bool,
    options: dict[str, Any],
    **settings: Any,  # mix, strengths, method, resume and strict, passed on as click gives them
) -> None:
    """Repaint a film in the style of any picture: steady, with its sound. Ctrl-C saves the frames painted so far."""
    check_counts(weight, mask, len(style))
    target = output or Path(f"{film.stem}_pinxit.mp4")
    if preview:
        _check_preview(preview, target, [film, *style])
    started = time.perf_counter()

    with Interrupt("film", lambda: _saved(target)) as interrupt, ProgressBar(film.name, quiet) as bar:
        watch = _Watcher(bar, preview, interrupt)
        report = stylize_video(
            film,
            list(zip(style, weight or [1.0] * len(style), strict=True)),
            target,
            to=list(to) or None,
            masks=list(mask) or None,
            progress=watch,
            stop=lambda: interrupt.asked,
            **settings,
            **options,
        )
    watch.say_size(options.get("size", FULL_SIZE))
    seconds = round(time.perf_counter() - started, 2)
    if as_json:
        print(json.dumps({"output": str(target), "seconds": seconds, **dataclasses.asdict(report)}))
    _finish(report, film, target, seconds, quiet)


def _saved(target: Path) -> str:
    """Return in words what an end at once leaves of a film."""
    return "the finished parts are kept; continue with --resume" if is_begun(target) else ""


def _check_preview(preview: Path, target: Path, inputs: list[Path]) -> None:
    """Raise an error if the preview cannot be written, or would overwrite an input or the film."""
    format_of(preview)
    if os.path.realpath(preview) == os.path.realpath(target):
        raise BadOption(f"the preview and the film would both be {target.name!r}; name them differently")
    atomic.check(preview, protect=inputs)


class _Watcher:
    """Shows the progress of every frame, and writes the preview now and then."""

    def __init__(self, bar: ProgressBar, preview: Path | None, interrupt: Interrupt) -> None:
        self._bar, self._preview, self._interrupt = bar, preview, interrupt
        self._written = 0.0
        self.side = FULL_SIZE
        """Long side of the painted frames, px, once there is one."""

    def __call__(self, progress: Progress) -> None:
        self._interrupt.arm()
        self.side = max(progress.image.shape[:2])
        self._bar.show(describe(progress), progress.frame, progress.of or None)
        if self._preview and time.monotonic() - self._written >= PREVIEW_SECONDS:
            self._written = time.monotonic()
            images.write(progress.image, self._preview)

    def say_size(self, asked: int) -> None:
        """Say if the frames were painted smaller than ``asked``, px."""
        if self.side < asked < FULL_SIZE:
            say(
                f"painted at {self.side} px, not {asked}: a film is never enlarged; choose a larger one, or enlarge it "
                "first, by any program"
            )


def describe(progress: Progress) -> str:
    """Return the progress in words.

    >>> from types import SimpleNamespace
    >>> describe(SimpleNamespace(frame=30, of=90, per_second=4.0, seconds_left=15.0))
    'frame 30 of 90, 4.0 frames/s, 0:15 left'
    """
    of = f" of {progress.of}" if progress.of else ""
    time_left = "" if progress.seconds_left is None else f", {minutes(progress.seconds_left)} left"
    return f"frame {progress.frame}{of}, {progress.per_second:.1f} frames/s{time_left}"


def _finish(report: Report, film: Path, target: Path, seconds: float, quiet: bool) -> None:
    """Print what the user should know of a painted film, and raise the errors that set the exit status."""
    for lost in report.lost:
        say(f"left out, because {target.suffix} files cannot hold it: {lost}")
    if not report.finished:
        say(f"stopped after {report.frames} frames; saved {target}; continue with --resume")
        raise click.exceptions.Exit(STOPPED)
    if not quiet:
        say(f"painted {target} ({report.frames} frames) in {duration(seconds)}")
    if report.complaint:
        raise PartlyDone(f"{film.name} {report.complaint}; those are painted")
