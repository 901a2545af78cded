"""The process of one job: ``python -m pinxit.service.workers.job``, started in the job's folder.

It reports its progress to the server over one pipe and is told to stop over another. It ends with the job, and at once
when the server is gone.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pinxit import images
from pinxit.api import Stylizer
from pinxit.config.options import Explain
from pinxit.errors import BadFilm
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.service.jobs import record
from pinxit.service.jobs.record import NETWORK, PAGE, PHOTOS, WORK, JobRequest
from pinxit.service.limits import ServiceLimits
from pinxit.service.store import Json, lock
from pinxit.service.workers import runtime, wire
from pinxit.service.workers.runtime import field_context
from pinxit.service.workers.sources import StyleReader, check
from pinxit.service.workers.wire import BrokenPipe, Message
from pinxit.styles.style import Style, join

if TYPE_CHECKING:
    from pinxit.training.trainer import Progress as TrainingProgress
    from pinxit.video.report import Progress as FilmProgress

SHEET_MINUTES = 0.25
"""The least time between two sheets of a training, unless the request sets it. Somebody is watching."""
LOCK_SECONDS = 10.0  # How long to wait for another process at the same job
PREVIEW_SIDE = 768  # Longest side of a preview, px
PREVIEW_SECONDS = 0.5  # The least time between two previews
PROGRESS_SECONDS = 0.1  # The least time between two reports
SHARE_KNOWN = 0.02  # The share of the work from which on the time left is told


class ProgressReporter:
    """Sends the events of a job to the server, and limits how often."""

    def __init__(self, sender: BinaryIO) -> None:
        self._sender = sender
        self._start = time.monotonic()
        self._last_report = self._last_preview = 0.0
        self._first: tuple[float, float] | None = None  # The time and the share of the first step

    def send(self, event: str, **fields: object) -> None:
        """Send an event."""
        wire.write(self._sender, Message({"event": event, **fields}))

    def step(
        self, share: float, index: int, of: int | None, size: tuple[int, int] | None, extra: Mapping[str, object] = {}
    ) -> None:
        """Report a step unless the last report was just now; ``extra`` are further fields of its progress."""
        now = time.monotonic()
        begun, before = self._first = self._first or (now, share)
        if now - self._last_report < PROGRESS_SECONDS and share < 1:
            return
        self._last_report = now
        height, width = size or (None, None)
        progress = {"loss": None, "index": index, "of": of, "share": round(share, 4), "width": width, "height": height}
        measured = share - before >= SHARE_KNOWN
        left = round((1 - share) * (now - begun) / (share - before), 1) if measured else None
        seconds = {"seconds": round(now - self._start, 1), "seconds_left": left}
        self.send("progress", progress={**progress, **seconds, **extra})

    def preview(self, picture: Callable[[], Image], index: int, always: bool = False) -> None:
        """Write and report the preview, unless there was one just now."""
        now = time.monotonic()
        if now - self._last_preview < PREVIEW_SECONDS and not always:
            return
        self._last_preview = now
        image = picture()
        image = images.resize(image, images.fit(image.shape[:2], PREVIEW_SIDE))
        atomic.save(images.encode(image, "jpeg"), record.PREVIEW)
        self.send("preview", preview={"index": index, "width": image.shape[1], "height": image.shape[0]})


class JobWorker:
    """Runs one job."""

    def __init__(self, request: JobRequest, limits: ServiceLimits, threads: int, reporter: ProgressReporter) -> None:
        self.request, self.limits, self.reporter = request, limits, reporter
        self.options: Json = {**request["options"], "threads": threads}
        self.stopped = threading.Event()
        self.styles = StyleReader(limits)
        self._shown_sheet = ""

    def run(self) -> Json:
        """Run the job; return what it made."""
        kinds = {"optimize": self.optimize, "video": self.video, "train": self.train, "explain": self.explain}
        return kinds[self.request["kind"]]()

    def style(self) -> Style:
        """Return the style of the request."""
        with field_context("style"):
            return join([self.styles.style(style, ()) for style in self.request["styles"]])

    def optimize(self) -> Json:
        """Paint a picture by optimization."""
        stylizer = Stylizer(self.style(), method=self.request["method"], limits=self.limits.reading(), **self.options)
        with field_context("content"):
            photo = stylizer.open(Path("content").read_bytes())
        for step in stylizer.steps(photo):
            if step.warning:
                self.reporter.send("warning", text=step.warning)
            share = step.share or step.index / step.of
            self.reporter.step(share, step.index, step.of, step.size, {"loss": _finite(step.loss)})
            self.reporter.preview(step.preview, step.index)
            if self.stopped.is_set():
                break
        painting = stylizer.painting(photo, step)
        self.reporter.preview(lambda: painting.image[..., :3], step.index, always=True)
        file = io.BytesIO()
        painting.save(file, format=self.request["format"], **self.request["output"])
        height, width = painting.image.shape[:2]
        name = f"result.{self.request['format']}"
        atomic.save(file.getvalue(), name)
        return {"file": name, "height": height, "width": width, "stopped": painting.recipe["stopped"]}

    def video(self) -> Json:
        """Paint a film, or continue one that an earlier process has begun."""
        from pinxit.video.api import stylize_video
        from pinxit.video.io.sources import open_source

        limits = self.limits.reading()
        with field_context("content"):
            info = open_source(Path("content"), limits).info
            if info.frames and info.frames > self.limits.film_frames:
                allowed = self.limits.film_frames
                raise BadFilm(f"the film has {info.frames:,} frames; at most {allowed:,} are allowed: cut it")
        output = Path(WORK) / f"result.{self.request['format']}"
        output.parent.mkdir(exist_ok=True)
        options = {**self.options, **self.request["output"], "method": self.request["method"], "limits": limits}
        report = stylize_video("content", self.style(), output, resume=True, progress=self._on_frame, **options)
        for text in (report.complaint, *(f"the film's {lost} could not be kept" for lost in report.lost)):
            if text:
                self.reporter.send("warning", text=text)
        os.replace(output, output.name)
        height, width = images.fit(info.size, int(options.get("size", 512)))
        return {"file": output.name, "height": height, "width": width, "stopped": 0}

    def _on_frame(self, progress: FilmProgress) -> None:
        share = progress.frame / progress.of if progress.of else 0.0
        self.reporter.step(min(share, 1.0), progress.frame, progress.of or None, progress.image.shape[:2])
        self.reporter.preview(lambda: progress.image, progress.frame)

    def train(self) -> Json:
        """Train the styles, or continue a training that an earlier process has begun."""
        from pinxit.training.train import train

        styles = {style["name"]: Path(style["file"]) for style in self.request["styles"]}
        photos = Path(PHOTOS)
        sent = [*(("style", path) for path in styles.values()), *(("photo", path) for path in sorted(photos.glob("*")))]
        for field, path in sent:
            with field_context(field):
                check(path.read_bytes(), self.limits)
        folder = Path(WORK) / "training"
        folder.parent.mkdir(exist_ok=True)
        options = {"save_minutes": SHEET_MINUTES, **self.options}
        options |= {"folder": folder, "progress": self._on_training_progress, "stop": self.stopped.is_set}
        trained = train(styles, NETWORK, photos=photos if photos.is_dir() else None, **options)
        self._show_sheet(folder, trained.steps)
        scores = {"content": _finite(trained.content), "style": _finite(trained.style)}
        made = {"file": NETWORK, "height": None, "width": None, "scores": scores, "steps": trained.steps}
        return {**made, "stopped": 0 if trained.finished else trained.steps}

    def _on_training_progress(self, progress: TrainingProgress) -> None:
        if progress.warning:
            self.reporter.send("warning", text=progress.warning)
        losses = {name: _finite(value) for name, value in progress.losses.items()}
        left = _finite(progress.seconds_left)
        extra = {"loss": losses.get("loss"), "losses": losses, "scores": progress.scores, "seconds_left": left}
        of = int(self.request["options"].get("steps", 0)) or None
        self.reporter.step(progress.share, progress.step, of, None, extra)
        self._show_sheet(Path(WORK) / "training", progress.step)

    def explain(self) -> Json:
        """Write the page that explains style transfer with the content and the style."""
        from pinxit.explain import explain, pair
        from pinxit.nn.device import thread_count

        sizes = pair.QUICK if Explain(**self.request["options"]).quick else pair.FULL
        with field_context("content"):
            photo = images.read(Path("content").read_bytes(), self.limits.reading(), long_side=sizes.shown)
        with field_context("style"):
            painting = self.styles.style(self.request["styles"][0], ()).image
        steps = itertools.count(1)
        with thread_count(self.options["threads"]):
            page = explain.explain(
                *(photo, painting),
                sizes=sizes,
                watch=lambda words, share: self.reporter.step(share, next(steps), None, None),
            )
        atomic.save(page.encode(), PAGE)
        return {"file": PAGE, "height": None, "width": None, "stopped": 0}

    def _show_sheet(self, folder: Path, step: int) -> None:
        """Make the newest sheet of a training the preview: held-out photos, and each of them in every style."""
        from pinxit.training.evaluator import SIDE

        newest = max((folder / "sheets").glob("*.jpg"), default=None)
        if newest is not None and newest.name != self._shown_sheet:
            self._shown_sheet = newest.name
            columns = 1 + len(self.request["styles"])  # leaves out the row of style pictures and the unstyled column
            self.reporter.preview(lambda: images.read(newest)[SIDE:, : columns * SIDE], step, always=True)


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _save_outcome(made: Json) -> Json:
    """Write the outcome of the job, which makes it done."""
    outcome = record.outcome_of(Path(), made)
    atomic.save(json.dumps(outcome).encode(), record.OUTCOME)
    return outcome


def main() -> None:
    """Run the job of the current folder."""
    receiver, sender = runtime.open_pipes()
    limits, threads = runtime.read_settings()
    runtime.limit_resources(limits.job_bytes, None)
    runtime.lower_priority()
    reporter = ProgressReporter(sender)
    worker = JobWorker(json.loads(Path(record.REQUEST).read_text("utf-8")), limits, threads, reporter)
    runtime.listen(receiver, lambda stop: worker.stopped.set())
    try:
        handle = lock(Path("lock"), "another process is still at this job", LOCK_SECONDS)  # of a killed server
        earlier = record.load_outcome(Path())  # of a process that has finished after its server was killed
        reporter.send("done", outcome=earlier or _save_outcome(worker.run()))
        os.close(handle)
    except BrokenPipe:
        runtime.die()
    except Exception as error:
        reporter.send("error", error=runtime.as_dict(error))


if __name__ == "__main__":
    main()
