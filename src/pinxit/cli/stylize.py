"""``pinxit stylize``: paint one picture, several, or a folder of them."""

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

from pinxit import __version__
from pinxit.api import Painting, Photo, Stylizer
from pinxit.batch import plan as batch
from pinxit.batch.manifest import Ledger
from pinxit.batch.plan import STREAM, Job, Outcome
from pinxit.cli.command import PATH, QUIET, Argument, Command, FileName, takes_method, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import StepProgress, Watcher, duration, say, say_failure
from pinxit.cli.request import Asked, Request, from_flags, from_recipe
from pinxit.cli.trace import Timelapse, Trace, Watchers
from pinxit.config.options import Limits, Output
from pinxit.config.schema import STYLIZE_GROUPS
from pinxit.errors import BadOption, PartlyDone
from pinxit.files import atomic
from pinxit.images.encoding import check_format, format_of
from pinxit.methods.base import Step
from pinxit.styles import gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to paint and tell of it, beside what to paint."""

    trace: Path | None
    timelapse: Path | None
    format: str
    quiet: bool
    verbose: bool
    as_json: bool
    several: bool
    """Whether several pictures are painted, or a folder of them, be it of one."""
    folder: Path | None
    """What ``--output`` names, where that is a folder."""
    resume: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told of one painted picture."""

    content: str
    output: str
    width: int
    height: int
    steps: int
    loss: float
    seconds: float
    finished: bool
    """False where Ctrl-C stopped it and the best so far was saved."""


@click.command(cls=Command)
@click.argument(
    "content",
    cls=Argument,
    nargs=-1,
    type=FileName(allow_dash=True),
    metavar="CONTENT...",
    help="Pictures or folders of pictures to paint; - is standard input.",
)
@takes_styles(
    "Picture to paint in the style of, or name of a trained style (pinxit styles); repeat it to fuse them.",
    metavar="STYLE",
    required=False,
)
@click.option(
    "--weight",
    multiple=True,
    type=float,
    metavar="X",
    help="Weight of each style, in their order (default: equal).",
)
@click.option(
    "--mask",
    multiple=True,
    type=PATH,
    metavar="PICTURE",
    help="Where each style goes, in their order: a picture, white where it paints.",
)
@takes_method()
@click.option(
    "--output",
    "-o",
    type=FileName(allow_dash=True),
    metavar="OUT",
    help="File, folder, or - for standard output (default: NAME_pinxit.png here).",
)
@click.option("--recipe", type=PATH, metavar="PICTURE", help="A painted picture: paint it again by the recipe inside.")
@click.option(
    "--trace", type=PATH, metavar="FOLDER", help="Folder for loss.csv, a loss plot and intermediate pictures."
)
@click.option("--timelapse", type=PATH, metavar="FILE.gif", help="Write the descent as an animated GIF.")
@click.option("--format", default="", metavar="FORMAT", help="png, jpeg, webp or tiff (default: by the output's name).")
@click.option("--resume", is_flag=True, help="Of several pictures, leave out those that an earlier run finished.")
@QUIET
@click.option("--verbose", "-v", is_flag=True, help="Print every step as a line.")
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
    asked = Asked(contents=content, styles=style, weights=weight, masks=mask, method=method, options=options)
    request = from_recipe(recipe, asked) if recipe else from_flags(asked)
    jobs = batch.plan(request.contents, output, f".{format}" if format else "")
    manner = Manner(
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
    _look_ahead(jobs, request, manner, protect=[recipe] if recipe else [])
    with Interrupt() as interrupt:
        _paint_all(jobs, request, manner, interrupt)
    if interrupt.asked:
        raise click.exceptions.Exit(STOPPED)


def _look_ahead(jobs: list[Job], request: Request, manner: Manner, protect: list[Path]) -> None:
    """Refuse, before minutes are spent, what could not be written afterwards; make the folder."""
    Output(**request.output)
    batch.refuse_harm(jobs, [*request.inputs(), *protect])
    if manner.resume and not manner.several:
        raise BadOption("--resume is for several pictures; leave it out, or name a folder")
    if len(jobs) > 1 and manner.timelapse:
        raise BadOption("a timelapse is of one picture; leave --timelapse out, or paint one picture")
    if manner.trace and os.path.realpath(manner.trace) in {os.path.realpath(job.output) for job in jobs}:
        raise BadOption(f"the trace and the picture would both be {manner.trace.name!r}; give one another name")
    for job in jobs:
        if manner.format:
            check_format(manner.format, job.output)
        elif job.output != STREAM:
            format_of(job.output)
    if jobs[0].output == STREAM:
        _refuse_terminal(manner)
    elif manner.folder:
        atomic.make_folder(manner.folder)
    else:
        atomic.check(jobs[0].output)


def _refuse_terminal(manner: Manner) -> None:
    if manner.as_json:
        raise BadOption("standard output cannot take both the picture and --json; give -o FILE")
    if sys.stdout is None:
        raise BadOption("standard output is closed; give -o FILE")
    if sys.stdout.isatty():
        raise BadOption("a picture is no text for a terminal; give -o FILE, or lead standard output to a file")


def _paint_all(jobs: list[Job], request: Request, manner: Manner, interrupt: Interrupt) -> None:
    """Paint every job with one stylizer, and tell of each.

    Raises the error of a single job; `PartlyDone` with the list where some of several failed.
    """
    stylizer = Stylizer(
        list(zip(request.styles, request.weights, strict=True)),
        method=request.method,
        masks=request.masks if any(request.masks) else None,
        **request.options,
    )
    ledger = _ledger(jobs, request, manner)
    undone = _undone(jobs, ledger if manner.resume else None)
    if undone:
        stylizer.warm_up()
    failed: list[str] = []
    for outcome in batch.run(
        undone,
        lambda job: stylizer.open(_source(job), overwritable=True),
        lambda job, photo: _paint(job, photo, stylizer, request, manner, interrupt),
        lambda: interrupt.asked,
    ):
        if ledger and outcome.result and outcome.result.finished:
            ledger.add(Path(outcome.job.content), Path(outcome.job.output))
        if outcome.error and not manner.several:
            raise outcome.error
        if outcome.error:
            say_failure(outcome.job.name, outcome.error)
            failed.append(outcome.job.name)
        _tell(outcome, manner)
    if failed and not interrupt.asked:
        raise PartlyDone(f"{len(failed)} of {len(jobs)} pictures could not be painted: {', '.join(failed)}")


def _ledger(jobs: list[Job], request: Request, manner: Manner) -> Ledger | None:
    """Return the ledger of the folder that several pictures go to.

    A trained style, which is no file, has a sum of its own.
    """
    if not manner.several:
        return None
    files = [path for path in request.inputs() if os.path.isfile(path)]
    trained = [gallery.find(str(path)) for path in request.inputs() if path not in files]
    sums = [f"{each.name} {each.fingerprint}" for each in trained if each]
    made_of = [__version__, request.method, sums, request.weights, request.options, request.output, manner.format]
    return Ledger(Path(jobs[0].output).parent, made_of, files, resume=manner.resume)


def _undone(jobs: list[Job], ledger: Ledger | None) -> list[Job]:
    """Return the jobs that the ledger does not call done; say how many it does."""
    undone = [job for job in jobs if not (ledger and ledger.done(Path(job.content), Path(job.output)))]
    if len(undone) < len(jobs):
        say(f"{len(jobs) - len(undone)} of {len(jobs)} pictures were painted before")
    return undone


def _paint(
    job: Job, photo: Photo, stylizer: Stylizer, request: Request, manner: Manner, interrupt: Interrupt
) -> Report:
    """Paint and save one picture: whole, or as far as it was when Ctrl-C came."""
    start = time.perf_counter()
    painting, last = _painted(job, photo, stylizer, request, manner, interrupt)
    stopped = last.index if interrupt.asked and last.index < last.of else 0
    kept = {**painting.recipe, "stopped": stopped} if stopped or not request.repeats else request.repeats
    painting = dataclasses.replace(painting, recipe=kept)
    _save(painting, job, request, manner)
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
    job: Job, photo: Photo, stylizer: Stylizer, request: Request, manner: Manner, interrupt: Interrupt
) -> tuple[Painting, Step]:
    """Return the picture as far as it came, and the last step, which holds it no longer: memory is free for writing."""
    last = _descend(stylizer, photo, _watchers(job, request, manner), interrupt, request.stop_after)
    painting = stylizer.painting(photo, last.preview())
    return painting, dataclasses.replace(last, preview=lambda: painting.image)


def _source(job: Job) -> str | bytes:
    """Return the content's name, or the bytes of standard input, read once and never more than is allowed."""
    if job.content != STREAM:
        return job.content
    if sys.stdin is None:
        raise BadOption("standard input is closed; name a file, or lead a picture to it")
    return sys.stdin.buffer.read(Limits().image_bytes + 1)


def _inputs(job: Job, request: Request) -> list[Path]:
    """Return every file that the picture is painted from."""
    return [*request.inputs(), *([Path(job.content)] if job.content != STREAM else [])]


def _watchers(job: Job, request: Request, manner: Manner) -> list[Watcher]:
    inputs = _inputs(job, request)
    watchers: list[Watcher] = [StepProgress(job.name, quiet=manner.quiet, verbose=manner.verbose)]
    if manner.trace:
        folder = manner.trace / Path(job.output).stem if manner.several else manner.trace
        watchers.append(Trace(folder, protect=inputs))
    if manner.timelapse:
        watchers.append(Timelapse(manner.timelapse, protect=inputs))
    return watchers


def _descend(stylizer: Stylizer, source: Photo, watchers: list[Watcher], interrupt: Interrupt, stop_after: int) -> Step:
    """Run the steps to their end, to ``stop_after``, or to the first after Ctrl-C; return the last."""
    interrupt.arm(False)
    with contextlib.closing(stylizer.steps(source)) as steps, Watchers(watchers, say) as shown:
        for step in steps:
            shown(step)
            interrupt.arm(step.begun)
            if interrupt.asked or step.index == stop_after:
                break
    return step


def _save(painting: Painting, job: Job, request: Request, manner: Manner) -> None:
    target: str | BinaryIO = sys.stdout.buffer if job.output == STREAM else job.output
    format = manner.format or ("png" if job.output == STREAM else "")
    painting.save(target, format=format, protect=_inputs(job, request), **request.output)


def _tell(outcome: Outcome[Report], manner: Manner) -> None:
    """Say what became of a job: a line, or with ``--json`` an object."""
    report = outcome.result
    if manner.as_json:
        told = dataclasses.asdict(report) if report else {"content": outcome.job.content, "error": str(outcome.error)}
        print(json.dumps(told), flush=True)
    elif report and not manner.quiet:
        state = "painted" if report.finished else "stopped early; saved"
        where = "standard output" if report.output == STREAM else report.output
        say(f"{state} {where} ({report.width} x {report.height}) in {duration(report.seconds)}")
