"""``pinxit stylize``: paint one picture, several, or all pictures of a folder."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import click

from pinxit import __version__, images
from pinxit.api import Painting, Photo, Stylizer
from pinxit.batch import plan as batch
from pinxit.batch.manifest import Manifest
from pinxit.batch.plan import STREAM, Job, Outcome
from pinxit.cli.command import PATH, QUIET, Argument, Command, FileName, takes_method, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import StepProgress, Watcher, duration, say, say_failure
from pinxit.cli.request import Arguments, Request, from_flags, from_recipe
from pinxit.cli.trace import Timelapse, Trace, Watchers
from pinxit.config.options import Limits, Output
from pinxit.config.schema import STYLIZE_GROUPS
from pinxit.errors import BadOption, PartlyDone, count
from pinxit.files import atomic
from pinxit.images.encoding import check_format, format_of
from pinxit.methods.base import Step
from pinxit.styles import gallery

EVERYDAY = (
    *("style", "weight", "mask", "method", "output", "recipe", "resume", "quiet"),
    *("size", "strength", "style_scale", "color", "seed", "effort"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """Where the results go, and what is printed."""

    trace: Path | None
    timelapse: Path | None
    format: str
    quiet: bool
    verbose: bool
    as_json: bool
    several: bool
    """Whether several pictures are painted, or a folder, even of one picture."""
    folder: Path | None
    """The value of ``--output`` if that is a folder."""
    resume: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What ``--json`` prints about one painted picture."""

    content: str
    output: str
    width: int
    height: int
    steps: int
    loss: float
    seconds: float
    finished: bool
    """False if Ctrl-C stopped it and the best so far was saved."""


@click.command(cls=Command, everyday=EVERYDAY)
@click.argument(
    "content",
    cls=Argument,
    nargs=-1,
    type=FileName(allow_dash=True),
    metavar="CONTENT...",
    help="Photos to paint, or folders of them; - is standard input.",
)
@takes_styles(
    "Style picture, style code, or name of a trained style (see pinxit styles). Repeat it to fuse several.",
    metavar="STYLE",
    required=False,
)
@click.option(
    "--weight",
    multiple=True,
    type=float,
    metavar="X",
    help="Weight of each style, in the order of the styles (default: equal).",
)
@click.option(
    "--mask",
    multiple=True,
    type=PATH,
    metavar="PICTURE",
    help="Region of each style, in the order of the styles: a picture that is white there.",
)
@takes_method()
@click.option(
    "--output",
    "-o",
    type=FileName(allow_dash=True),
    metavar="OUT",
    help="File, folder, or - for standard output (default: NAME_pinxit.png here).",
)
@click.option("--recipe", type=PATH, metavar="PICTURE", help="Painted picture to paint again, by the recipe inside it.")
@click.option(
    "--trace", type=PATH, metavar="FOLDER", help="Folder for loss.csv, a plot of the losses and intermediate pictures."
)
@click.option("--timelapse", type=PATH, metavar="FILE.gif", help="Write the intermediate pictures as an animated GIF.")
@click.option("--format", default="", metavar="FORMAT", help="png, jpeg, webp or tiff (default: by the output's name).")
@click.option("--resume", is_flag=True, help="Skip pictures already painted by an earlier run.")
@QUIET
@click.option("--verbose", "-v", is_flag=True, help="Print a line for every step.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each picture.")
@takes_options(STYLIZE_GROUPS)
def stylize(
    content: tuple[str, ...],
    style: tuple[Path, ...],
    weight: tuple[float, ...],
    mask: tuple[Path, ...],
    method: str,
    output: str | None,
    recipe: Path | None,
    trace: Path | None,
    timelapse: Path | None,
    format: str,
    resume: bool,
    quiet: bool,
    verbose: bool,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """Paint pictures in the style of any picture."""
    arguments = Arguments(contents=content, styles=style, weights=weight, masks=mask, method=method, options=options)
    request = from_recipe(recipe, arguments) if recipe else from_flags(arguments)
    jobs = batch.plan(request.contents, output, f".{format}" if format else "")
    settings = OutputSettings(
        trace=trace,
        timelapse=timelapse,
        format=format,
        quiet=quiet,
        verbose=verbose,
        as_json=as_json,
        several=len(jobs) > 1 or os.path.isdir(request.contents[0]),
        folder=Path(output) if output and Path(output) != Path(jobs[0].output) else None,
        resume=resume,
    )
    _check(jobs, request, settings, protect=[recipe] if recipe else [])
    with Interrupt() as interrupt:
        _paint_all(jobs, request, settings, interrupt)
    if interrupt.asked:
        raise click.exceptions.Exit(STOPPED)


def _check(jobs: list[Job], request: Request, settings: OutputSettings, protect: list[Path]) -> None:
    """Refuse before painting what could not be written afterwards; make the output folder."""
    Output(**request.output)
    batch.refuse_harm(jobs, [*request.inputs(), *protect])
    if settings.resume and not settings.several:
        raise BadOption("--resume needs several pictures, or a folder; leave it out")
    if len(jobs) > 1 and settings.timelapse:
        raise BadOption("--timelapse needs a single picture; leave it out, or paint one picture")
    if settings.trace and os.path.realpath(settings.trace) in {os.path.realpath(job.output) for job in jobs}:
        raise BadOption(f"the trace and the picture would both be {settings.trace.name!r}; give one another name")
    for job in jobs:
        if settings.format:
            check_format(settings.format, job.output)
        elif job.output != STREAM:
            format_of(job.output)
    if jobs[0].output == STREAM:
        _refuse_terminal(settings)
    elif settings.folder:
        atomic.make_folder(settings.folder)
    else:
        atomic.check(jobs[0].output)


def _refuse_terminal(settings: OutputSettings) -> None:
    if settings.as_json:
        raise BadOption("standard output cannot take both the picture and --json; give -o FILE")
    if sys.stdout is None:
        raise BadOption("standard output is closed; give -o FILE")
    if sys.stdout.isatty():
        raise BadOption("a terminal cannot show a picture; give -o FILE, or redirect standard output to a file")


def _paint_all(jobs: list[Job], request: Request, settings: OutputSettings, interrupt: Interrupt) -> None:
    """Paint and report every job with one stylizer.

    Raises the error of a single job; `PartlyDone` if some of several failed.
    """
    stylizer = Stylizer(
        list(zip(request.styles, request.weights, strict=True)),
        method=request.method,
        masks=request.masks if any(request.masks) else None,
        **request.options,
    )
    manifest = _manifest(jobs, request, settings)
    undone = _undone(jobs, manifest if settings.resume else None)
    if undone:
        stylizer.warm_up()
    failed: list[str] = []
    hinted = False
    for outcome in batch.run(
        undone,
        lambda job: stylizer.open(_source(job), overwritable=True),
        lambda job, photo: _paint(job, photo, stylizer, request, settings, interrupt),
        lambda: interrupt.asked,
    ):
        if manifest and outcome.result and outcome.result.finished:
            manifest.add(Path(outcome.job.content), Path(outcome.job.output))
        if outcome.error and not settings.several:
            raise outcome.error
        if outcome.error:
            say_failure(outcome.job.name, outcome.error)
            failed.append(outcome.job.name)
        _report(outcome, settings)
        if hint := "" if hinted or settings.quiet else _size_hint(outcome, request):
            say(hint)
            hinted = True
    if failed and not interrupt.asked:
        raise PartlyDone(f"{len(failed)} of {count(len(jobs), 'picture')} could not be painted: {', '.join(failed)}")


def _size_hint(outcome: Outcome[Report], request: Request) -> str:
    """Return a hint that a picture is smaller than its photo, if the user chose no size; or ''."""
    report = outcome.result
    if not report or "size" in request.options or report.content == STREAM:
        return ""
    painted, photo = max(report.height, report.width), max(images.look(report.content).size)
    return f"painted at {painted} of {photo} px; --size full paints all of it" if painted < photo else ""


def _manifest(jobs: list[Job], request: Request, settings: OutputSettings) -> Manifest | None:
    """Return the manifest of the output folder of several pictures.

    A trained style, which is not a file, counts by the fingerprint of its network.
    """
    if not settings.several:
        return None
    files = [path for path in request.inputs() if os.path.isfile(path)]
    trained = [gallery.find(str(path)) for path in request.inputs() if path not in files]
    sums = [f"{each.name} {each.fingerprint}" for each in trained if each]
    made_of = [__version__, request.method, sums, request.weights, request.options, request.output, settings.format]
    return Manifest(Path(jobs[0].output).parent, made_of, files, resume=settings.resume)


def _undone(jobs: list[Job], manifest: Manifest | None) -> list[Job]:
    """Return the jobs that are not done according to the manifest; say how many are."""
    undone = [job for job in jobs if not (manifest and manifest.done(Path(job.content), Path(job.output)))]
    if len(undone) < len(jobs):
        say(f"skipped {len(jobs) - len(undone)} of {count(len(jobs), 'picture')}, painted by an earlier run")
    return undone


def _paint(
    job: Job, photo: Photo, stylizer: Stylizer, request: Request, settings: OutputSettings, interrupt: Interrupt
) -> Report:
    """Paint and save one picture, finished or as it was when Ctrl-C stopped it."""
    start = time.perf_counter()
    painting, last = _painted(job, photo, stylizer, request, settings, interrupt)
    stopped = last.index if interrupt.asked and last.index < last.of else 0
    recipe = {**painting.recipe, "stopped": stopped} if stopped or not request.repeats else request.repeats
    painting = dataclasses.replace(painting, recipe=recipe)
    _save(painting, job, request, settings)
    return Report(
        content=job.content,
        output=job.output,
        width=painting.image.shape[1],
        height=painting.image.shape[0],
        steps=last.index,
        loss=last.loss,
        seconds=round(time.perf_counter() - start, 2),
        finished=not stopped,
    )


def _painted(
    job: Job, photo: Photo, stylizer: Stylizer, request: Request, settings: OutputSettings, interrupt: Interrupt
) -> tuple[Painting, Step]:
    """Return the picture, finished or not, and the last step without its picture: this frees memory for writing."""
    last = _steps(stylizer, photo, _watchers(job, request, settings), interrupt, request.stop_after)
    painting = stylizer.painting(photo, last.preview())
    return painting, dataclasses.replace(last, preview=lambda: painting.image)


def _source(job: Job) -> str | bytes:
    """Return the content's name, or the bytes of standard input, read once and no more than `Limits` allow."""
    if job.content != STREAM:
        return job.content
    if sys.stdin is None:
        raise BadOption("standard input is closed; name a file, or pipe a picture to it")
    return sys.stdin.buffer.read(Limits().image_bytes + 1)


def _inputs(job: Job, request: Request) -> list[Path]:
    """Return every file that the picture is painted from, none of which may be overwritten."""
    return [*request.inputs(), *([Path(job.content)] if job.content != STREAM else [])]


def _watchers(job: Job, request: Request, settings: OutputSettings) -> list[Watcher]:
    inputs = _inputs(job, request)
    watchers: list[Watcher] = [StepProgress(job.name, quiet=settings.quiet, verbose=settings.verbose)]
    if settings.trace:
        folder = settings.trace / Path(job.output).stem if settings.several else settings.trace
        watchers.append(Trace(folder, protect=inputs))
    if settings.timelapse:
        watchers.append(Timelapse(settings.timelapse, protect=inputs))
    return watchers


def _steps(stylizer: Stylizer, photo: Photo, watchers: list[Watcher], interrupt: Interrupt, stop_after: int) -> Step:
    """Run the steps to the end, to ``stop_after``, or until Ctrl-C; return the last one."""
    interrupt.arm(False)
    with contextlib.closing(stylizer.steps(photo)) as steps, Watchers(watchers, say) as shown:
        for step in steps:
            shown(step)
            interrupt.arm(step.begun)
            if interrupt.asked or step.index == stop_after:
                break
    return step


def _save(painting: Painting, job: Job, request: Request, settings: OutputSettings) -> None:
    target: str | BinaryIO = sys.stdout.buffer if job.output == STREAM else job.output
    format = settings.format or ("png" if job.output == STREAM else "")
    painting.save(target, format=format, protect=_inputs(job, request), **request.output)


def _report(outcome: Outcome[Report], settings: OutputSettings) -> None:
    """Print the outcome of a job: a line, or with ``--json`` an object."""
    report = outcome.result
    if settings.as_json:
        facts = dataclasses.asdict(report) if report else {"content": outcome.job.content, "error": str(outcome.error)}
        print(json.dumps(facts), flush=True)
    elif report and not settings.quiet:
        state = "painted" if report.finished else "stopped early; saved"
        where = "standard output" if report.output == STREAM else report.output
        say(f"{state} {where} ({report.width} x {report.height}) in {duration(report.seconds)}")
