"""The process of one job: ``python -m pinxit.service.workers.job``, started in the job's folder, gone when it is done.

It tells the server of its progress over a pipe, and is told to stop over another; when the server is gone, so is it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from pinxit import images
from pinxit.api import Stylizer
from pinxit.errors import BadFilm, WriteFailed
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.service.jobs import record
from pinxit.service.jobs.record import NETWORK, OUTCOME, PHOTOS, PREVIEW, REQUEST, WORK
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers import runtime as child
from pinxit.service.workers import wire
from pinxit.service.workers.one_pass import SETTINGS
from pinxit.service.workers.sources import Pictures, check
from pinxit.service.workers.wire import BrokenPipe, Message
from pinxit.styles.style import Style, join

PREVIEW_SIDE = 768
"""Longest side of a preview, px."""
PREVIEW_SECONDS = 0.5
PROGRESS_SECONDS = 0.1
SHEET_MINUTES = 0.25
"""Least time between two sheets of a training, where the request does not say: somebody watches."""
SPEED_STEPS = 8
"""Steps over which the speed is measured."""
LOCK_SECONDS = 10.0


class Teller:
    """Tells the server how far the work is, not too often."""

    def __init__(self, sender: BinaryIO) -> None:
        self._sender = sender
        self._begun = time.monotonic()
        self._told = self._previewed = 0.0
        self._shares: list[tuple[float, float]] = []

    def tell(self, event: str, **fields: Any) -> None:
        """Send one message."""
        wire.write(self._sender, Message({"event": event, **fields}))

    def step(self, share: float, index: int, of: int | None, size: tuple[int, int] | None, **more: Any) -> None:
        """Tell of a step, unless the last one was told of just now."""
        now = time.monotonic()
        self._shares = [*self._shares[-SPEED_STEPS:], (now, share)]
        if now - self._told < PROGRESS_SECONDS and share < 1:
            return
        self._told = now
        height, width = size or (None, None)
        fields = {"index": index, "of": of, "share": round(share, 4), "width": width, "height": height}
        seconds = {"seconds": round(now - self._begun, 1), "seconds_left": self._left()}
        self.tell("progress", progress={"loss": None, **fields, **seconds, **more})

    def _left(self) -> float | None:
        (first, before), (last, now) = self._shares[0], self._shares[-1]
        return round((1 - now) * (last - first) / (now - before), 1) if now > before else None

    def preview(self, picture: Callable[[], Image], index: int, last: bool = False) -> None:
        """Write the preview and tell of it, unless there was one just now."""
        now = time.monotonic()
        if now - self._previewed < PREVIEW_SECONDS and not last:
            return
        self._previewed = now
        image = picture()
        image = images.resize(image, images.fit(image.shape[:2], PREVIEW_SIDE))
        atomic.save(images.encode(image, "jpeg"), PREVIEW)
        self.tell("preview", preview={"index": index, "width": image.shape[1], "height": image.shape[0]})


class Work:
    """One job at work."""

    def __init__(self, request: dict[str, Any], limits: ServiceLimits, threads: int, teller: Teller) -> None:
        self.request, self.limits, self.threads, self.teller = request, limits, threads, teller
        self.stopped = threading.Event()
        self.pictures = Pictures(limits)
        self.shown = ""
        """The sheet of samples that was shown last."""

    def style(self) -> Style:
        """Return the style that is asked for."""
        with child.told("style"):
            return join([self.pictures.style({**each, **_files(each)}, ()) for each in self.request["styles"]])

    def optimize(self) -> dict[str, Any]:
        """Paint by descent; return what came of it."""
        options = {**self.request["options"], "threads": self.threads}
        stylizer = Stylizer(self.style(), method=self.request["method"], limits=self.limits.reading(), **options)
        with child.told("content"):
            photo = stylizer.open(Path("content").read_bytes())
        stopped = 0
        for step in stylizer.steps(photo):
            if step.warning:
                self.teller.tell("warning", text=step.warning)
            self.teller.step(
                step.share or step.index / step.of, step.index, step.of, step.size, loss=_finite(step.loss)
            )
            self.teller.preview(step.preview, step.index)
            if self.stopped.is_set():
                stopped = step.index if step.index < step.of else 0
                break
        painting = stylizer.painting(photo, step.preview())
        painting.recipe["stopped"] = stopped
        self.teller.preview(lambda: painting.image[..., :3], step.index, last=True)
        file = io.BytesIO()
        painting.save(file, format=self.request["format"], **self.request["output"])
        height, width = painting.image.shape[:2]
        name = f"result.{self.request['format']}"
        atomic.save(file.getvalue(), name)
        return {"file": name, "height": height, "width": width, "stopped": stopped}

    def video(self) -> dict[str, Any]:
        """Paint a film, going on where an earlier process was; return what came of it."""
        from pinxit.video.api import stylize_video
        from pinxit.video.io.opening import open_source

        limits = self.limits.reading()
        with child.told("content"):
            info = open_source(Path("content"), limits).info
            if info.frames and info.frames > self.limits.film_frames:
                raise BadFilm(
                    f"the film has {info.frames:,} frames; at most {self.limits.film_frames:,} are taken: cut it"
                )
        output = Path(WORK) / f"result.{self.request['format']}"
        output.parent.mkdir(exist_ok=True)
        options = {**self.request["options"], **self.request["output"], "threads": self.threads}
        report = stylize_video(
            "content",
            self.style(),
            output,
            method=self.request["method"],
            limits=limits,
            resume=True,
            watch=self._frame,
            **options,
        )
        for text in (report.complaint, *(f"the film's {lost} could not be kept" for lost in report.lost)):
            if text:
                self.teller.tell("warning", text=text)
        os.replace(output, output.name)
        height, width = images.fit(info.size, int(options.get("size", 512)))
        return {"file": output.name, "height": height, "width": width, "stopped": 0}

    def train(self) -> dict[str, Any]:
        """Teach the styles, going on where an earlier process was; return what came of it."""
        from pinxit.training.train import train

        styles = {}
        for each in self.request["styles"]:
            with child.told("style"):
                check(Path(each["file"]).read_bytes(), self.limits)
            styles[each["name"]] = Path(each["file"])
        photos = Path(PHOTOS) if Path(PHOTOS).is_dir() else None
        for path in sorted(photos.iterdir()) if photos else ():
            with child.told("photo"):
                check(path.read_bytes(), self.limits)
        folder = Path(WORK) / "training"
        folder.parent.mkdir(exist_ok=True)
        options = {"save_minutes": SHEET_MINUTES, **self.request["options"], "threads": self.threads}
        lesson = train(
            styles, NETWORK, photos=photos, folder=folder, watch=self._lesson, stop=self.stopped.is_set, **options
        )
        self._sheet(folder, lesson.steps)
        scores = {"content": _finite(lesson.content), "style": _finite(lesson.style)}
        told = {"file": NETWORK, "height": None, "width": None, "scores": scores, "steps": lesson.steps}
        return {**told, "stopped": 0 if lesson.finished else lesson.steps}

    def _lesson(self, progress: Any) -> None:
        if progress.warning:
            self.teller.tell("warning", text=progress.warning)
        losses = {name: _finite(value) for name, value in progress.losses.items()}
        more = {"loss": losses.get("loss"), "losses": losses, "scores": progress.scores}
        of = int(self.request["options"].get("steps", 0)) or None
        self.teller.step(progress.share, progress.step, of, None, **more, seconds_left=_finite(progress.left))
        self._sheet(Path(WORK) / "training", progress.step)

    def _sheet(self, folder: Path, step: int) -> None:
        """Show the newest sheet of samples, once: the photos, and what the network makes of them in each style."""
        from pinxit.training.evaluator import SIDE

        newest = max((folder / "sheets").glob("*.jpg"), default=None)
        if newest is not None and newest.name != self.shown:
            self.shown = newest.name
            columns = 1 + len(self.request["styles"])  # without the row of style pictures, and the column of no style
            self.teller.preview(lambda: images.read(newest)[SIDE:, : columns * SIDE], step, last=True)

    def _frame(self, progress: Any) -> None:
        share = progress.frame / progress.of if progress.of else 0.0
        self.teller.step(min(share, 1.0), progress.frame, progress.of or None, progress.image.shape[:2])
        self.teller.preview(lambda: progress.image, progress.frame)


def _files(style: dict[str, Any]) -> dict[str, Any]:
    """Return the sources of a style in this folder."""
    mask = style["mask"]
    return {
        "source": {"path": style["file"], "sha256": style["sha256"], "row": style.get("row")},
        "mask": {"path": mask["file"], "sha256": mask["sha256"]} if mask else None,
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _hear(receiver: BinaryIO, work: Work) -> None:
    """Stop when the server says so; end at once when it is gone."""
    try:
        while True:
            if wire.read(receiver).head.get("op") == "stop":
                work.stopped.set()
    except BrokenPipe:
        child.die()


def _alone() -> int:
    """Wait until no other process is at this job: one of a server that was killed may be at its last step.

    Raises `WriteFailed`.
    """
    handle = os.open("lock", os.O_RDWR | os.O_CREAT, 0o600)
    with contextlib.suppress(ImportError):
        import fcntl

        for _ in range(int(LOCK_SECONDS * 10)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise WriteFailed("another process is still at this job")
    return handle


def _outcome(told: dict[str, Any]) -> dict[str, Any]:
    """Write down what came of the job, which makes it done."""
    path = Path(told["file"])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    whole = {**told, "bytes": path.stat().st_size, "sha256": digest}
    atomic.save(json.dumps(whole).encode(), OUTCOME)
    return whole


def main() -> None:
    """Do the job of the present folder."""
    receiver, sender = child.pipes()
    settings = json.loads(os.environ.pop(SETTINGS))
    limits = ServiceLimits(**settings["limits"])
    child.limit(limits.job_bytes, None)
    child.give_way()
    teller = Teller(sender)
    work = Work(json.loads(Path(REQUEST).read_text("utf-8")), limits, settings["threads"], teller)
    threading.Thread(target=_hear, args=(receiver, work), daemon=True).start()
    try:
        handle = _alone()
        doing = {"optimize": work.optimize, "video": work.video, "train": work.train}[work.request["kind"]]
        told = record.outcome(Path())  # by a process that came to its end when its server was gone already
        teller.tell("done", outcome=told or _outcome(doing()))
        os.close(handle)
    except BrokenPipe:
        child.die()
    except Exception as error:
        teller.tell("error", error=child.problem(error))


if __name__ == "__main__":
    main()
