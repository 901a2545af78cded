"""``pinxit stylize``: paint one picture, several, or all pictures of a folder."""

import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Unpack

import click

from pinxit import __version__, images
from pinxit.api import Photo, Stylizer
from pinxit.batch import plan as batch
from pinxit.batch.manifest import Manifest
from pinxit.batch.plan import STREAM, Job, Outcome
from pinxit.cli.command import PATH, QUIET, Argument, Command, FileName, takes_method, takes_styles
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import STOPPED, Interrupt
from pinxit.cli.progress import StepProgress, Watcher, Watchers, duration, say, say_failure
from pinxit.cli.request import Arguments, Request, from_flags, from_recipe
from pinxit.config.options import FULL_SIZE, Limits, Output
from pinxit.config.schema import STYLIZE_GROUPS
from pinxit.errors import BadOption, PartlyDone, count
from pinxit.files import atomic
from pinxit.images.encoding import check_format, format_of
from pinxit.methods.base import Step
from pinxit.methods.table import by_name
from pinxit.styles import gallery

EVERYDAY = (
    *("style", "weight", "mask", "method", "output", "recipe", "resume", "quiet"),
    *("size", "strength", "style_scale", "color", "seed", "effort"),
)


class Flags(Arguments):
    """All arguments and flags of the command; their help says what they do."""

    output: str | None
    recipe: Path | None
    trace: Path | None
    timelapse: Path | None
    format: str
    resume: bool
    quiet: bool
    verbose: bool
    as_json: bool


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
@click.option("--verbose", "-v", is_flag=True, help="Print a line for every step, and what libraries say.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each picture.")
@takes_options(STYLIZE_GROUPS)
def stylize(**flags: Unpack[Flags]) -> None:
    """Paint pictures in the style of any picture."""
    output, recipe, format = flags["output"], flags["recipe"], flags["format"]
    request = from_recipe(recipe, flags) if recipe else from_flags(flags)
    jobs = batch.plan(request.contents, output, f".{format}" if format else "")
    Output(**request.output)
    batch.refuse_harm(jobs, [*request.inputs(), *([recipe] if recipe else [])])
    run = _Run(request, jobs, flags)
    run.check()
    if jobs[0].output == STREAM:
        _refuse_terminal(flags["as_json"])
    elif output and Path(output) != Path(jobs[0].output):
        atomic.make_folder(Path(output))
    else:
        atomic.check(jobs[0].output)
    with run.interrupt:
        run.paint_all()
    if run.interrupt.asked:
        raise click.exceptions.Exit(STOPPED)


def _refuse_terminal(as_json: bool) -> None:
    """Refuse a standard output that cannot take the picture."""
    if as_json:
        raise BadOption("standard output cannot take both the picture and --json; give -o FILE")
    if sys.stdout is None:
        raise BadOption("standard output is closed; give -o FILE")
    if sys.stdout.isatty():
        raise BadOption("a terminal cannot show a picture; give -o FILE, or redirect standard output to a file")


class _Run:
    """Paints the jobs of one command with one stylizer, and reports each."""

    def __init__(self, request: Request, jobs: list[Job], flags: Flags) -> None:
        self.request, self.jobs, self.flags = request, jobs, flags
        self.several = len(jobs) > 1 or os.path.isdir(request.contents[0])
        self.interrupt = Interrupt(saved=self._saved)
        self.done = 0
        """Pictures painted, by earlier runs too."""

    def check(self) -> None:
        """Refuse flags that contradict each other, and names that do not say a format."""
        trace, format = self.flags["trace"], self.flags["format"]
        if self.flags["resume"] and not self.several:
            raise BadOption("--resume needs several pictures, or a folder; leave it out")
        if len(self.jobs) > 1 and self.flags["timelapse"]:
            raise BadOption("--timelapse needs a single picture; leave it out, or paint one picture")
        if by_name(self.request.method).one_pass and (trace or self.flags["timelapse"]):
            flag, method = "--trace" if trace else "--timelapse", self.request.method
            raise BadOption(f"{flag} shows a painting step by step, and {method} paints in one: add --method optimize")
        if trace and os.path.realpath(trace) in {os.path.realpath(job.output) for job in self.jobs}:
            raise BadOption(f"the trace and the picture would both be {trace.name!r}; give one another name")
        for job in self.jobs:
            if format:
                check_format(format, job.output)
            elif job.output != STREAM:
                format_of(job.output)

    def paint_all(self) -> None:
        """Paint and report every job.

        Raises the error of a single job; `PartlyDone` if some of several failed.
        """
        stylizer = Stylizer(
            list(zip(self.request.styles, self.request.weights, strict=True)),
            method=self.request.method,
            masks=self.request.masks if any(self.request.masks) else None,
            **self.request.options,
        )
        manifest = self._manifest() if self.several else None
        undone = self._undone(manifest) if manifest else self.jobs
        self.done = len(self.jobs) - len(undone)
        if undone:
            stylizer.warm_up()
        failed: list[str] = []
        hint = ""
        for outcome in batch.run(
            undone,
            lambda job: stylizer.open(_source(job), overwritable=True),
            lambda job, photo: self._paint(job, photo, stylizer),
            lambda: self.interrupt.asked,
        ):
            if outcome.error:
                if not self.several:
                    raise outcome.error
                say_failure(outcome.job.name, outcome.error)
                failed.append(outcome.job.name)
            if manifest and outcome.result and outcome.result.finished:
                manifest.add(Path(outcome.job.content), Path(outcome.job.output))
                self.done += 1
            self._report(outcome)
            if not hint and outcome.result and (hint := self._size_hint(outcome.result)):
                say(hint)
        if self.interrupt.asked and (saved := self._saved()):
            say(saved)
        if failed and not self.interrupt.asked:
            pictures = count(len(self.jobs), "picture")
            raise PartlyDone(f"{len(failed)} of {pictures} could not be painted: {', '.join(failed)}")

    def _saved(self) -> str:
        """Return how many of several pictures are painted, in words; '' of a single one."""
        said = f"{self.done} of {len(self.jobs)} painted; the same command with --resume goes on"
        return said if self.several else ""

    def _manifest(self) -> Manifest:
        """Return the manifest of the output folder. A trained style counts by the fingerprint of its network."""
        request = self.request
        files = [path for path in request.inputs() if os.path.isfile(path)]
        trained = [gallery.find(str(path)) for path in request.inputs() if path not in files]
        sums = [f"{each.name} {each.fingerprint}" for each in trained if each]
        options = [request.options, request.output, self.flags["format"]]
        made_of = [__version__, request.method, sums, request.weights, *options]
        return Manifest(Path(self.jobs[0].output).parent, made_of, files, resume=self.flags["resume"])

    def _undone(self, manifest: Manifest) -> list[Job]:
        """Return the jobs that are not done according to the manifest; say how many are."""
        undone = [job for job in self.jobs if not manifest.done(Path(job.content), Path(job.output))]
        if len(undone) < len(self.jobs):
            of = count(len(self.jobs), "picture")
            say(f"skipped {len(self.jobs) - len(undone)} of {of}, painted by an earlier run")
        return undone

    def _paint(self, job: Job, photo: Photo, stylizer: Stylizer) -> Report:
        """Paint and save one picture, finished or as it was when Ctrl-C stopped it."""
        start = time.perf_counter()
        inputs = [*self.request.inputs(), *([Path(job.content)] if job.content != STREAM else [])]
        last = self._last_step(stylizer.steps(photo), self._watchers(job, inputs))
        steps, loss = last.index, last.loss
        stopped = steps if self.interrupt.asked and steps < last.of else 0
        painting = stylizer.painting(photo, last)
        del last  # frees its picture before writing
        recipe = painting.recipe if stopped else self.request.repeats or painting.recipe
        target: str | BinaryIO = sys.stdout.buffer if job.output == STREAM else job.output
        format = self.flags["format"] or ("png" if job.output == STREAM else "")
        dataclasses.replace(painting, recipe=recipe).save(target, format=format, protect=inputs, **self.request.output)
        return Report(
            content=job.content,
            output=job.output,
            width=painting.image.shape[1],
            height=painting.image.shape[0],
            steps=steps,
            loss=loss,
            seconds=round(time.perf_counter() - start, 2),
            finished=not stopped,
        )

    def _watchers(self, job: Job, inputs: list[Path]) -> Watchers:
        trace, timelapse = self.flags["trace"], self.flags["timelapse"]
        begin = "" if by_name(self.request.method).one_pass else "preparing the first step"
        how = {"quiet": self.flags["quiet"], "verbose": self.flags["verbose"]}
        watchers: list[Watcher] = [StepProgress(job.name, begin=begin, **how)]
        if trace or timelapse:
            from pinxit.cli.trace import Timelapse, Trace  # few runs need it
        if trace:
            watchers.append(Trace(trace / Path(job.output).stem if self.several else trace, protect=inputs))
        if timelapse:
            watchers.append(Timelapse(timelapse, protect=inputs))
        return Watchers(watchers)

    def _last_step(self, painting: Generator[Step], watchers: Watchers) -> Step:
        """Run the steps to the end, to the step to stop after, or until Ctrl-C; return the last one."""
        self.interrupt.arm(False)
        with contextlib.closing(painting) as steps, watchers:
            for step in steps:
                watchers(step)
                self.interrupt.arm(step.begun)
                if self.interrupt.asked or step.index == self.request.stop_after:
                    break
        return step

    def _report(self, outcome: Outcome[Report]) -> None:
        """Print the outcome of a job: a line, or with ``--json`` an object."""
        report = outcome.result
        if self.flags["as_json"]:
            failure = {"content": outcome.job.content, "error": str(outcome.error)}
            print(json.dumps(dataclasses.asdict(report) if report else failure), flush=True)
        elif report and not self.flags["quiet"]:
            state = "painted" if report.finished else "stopped early; saved"
            where = "standard output" if report.output == STREAM else report.output
            say(f"{state} {where} ({report.width} x {report.height}) in {duration(report.seconds)}")

    def _size_hint(self, report: Report) -> str:
        """Return a line for a picture smaller than the size that was asked for, or, without one, than its photo; or ''.

        The first is a warning, and ``--quiet`` prints it too.
        """
        painted, size = max(report.height, report.width), self.flags["options"].get("size", FULL_SIZE)
        if painted < size < FULL_SIZE:
            return (
                f"painted at {painted} px, not {size}: a photo is never enlarged; choose a larger one, or enlarge it "
                "first, by any program"
            )
        if self.flags["quiet"] or "size" in self.request.options or not os.path.isfile(report.content):
            return ""
        photo = max(images.look(report.content).size)
        return f"painted at {painted} of {photo} px; --size full paints all of it" if painted < photo else ""


def _source(job: Job) -> str | bytes:
    """Return the content's name, or the bytes of standard input, read once and no more than `Limits` allow."""
    if job.content != STREAM:
        return job.content
    if sys.stdin is None:
        raise BadOption("standard input is closed; name a file, or pipe a picture to it")
    return sys.stdin.buffer.read(Limits().image_bytes + 1)
