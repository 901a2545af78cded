"""Watchers of the steps of a painting: `Trace` writes losses and intermediate pictures, `Timelapse` an animation.

A watcher is called with every `Step`, and closed at the end, also when painting is stopped early.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import itertools
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

import numpy as np

from pinxit import images
from pinxit.cli.progress import Watcher
from pinxit.errors import BadOption, MissingExtra, PinxitError
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.images.encoding import Frame, encode_gif
from pinxit.methods.base import Step

if TYPE_CHECKING:
    import csv

TRACE_PICTURES = 20
"""Approximate number of intermediate pictures of a trace."""

TIMELAPSE_FRAMES = 60
"""Approximate number of frames of a timelapse: five seconds."""

TIMELAPSE_SIDE = 480
"""Long side of a timelapse, px. A GIF with larger frames easily has tens of megabytes."""

FRAME_MS = 80
LAST_MS = 2000


class Watchers:
    """Shows steps to several watchers. One that fails, for instance on a full disk, is removed: the painting goes on.

    A context manager; leaving it closes the watchers. ``say`` is called with each failure.
    """

    def __init__(self, watchers: Iterable[Watcher], say: Callable[[str], None]) -> None:
        self._watchers = list(watchers)
        self._say = say

    def __call__(self, step: Step) -> None:
        """Show ``step`` to all watchers."""
        for watcher in list(self._watchers):
            try:
                watcher(step)
            except PinxitError as error:
                self._remove(watcher, error)
                with contextlib.suppress(PinxitError):
                    watcher.close()

    def _remove(self, watcher: Watcher, error: PinxitError) -> None:
        self._watchers.remove(watcher)
        self._say(f"{error}; painting goes on without it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for watcher in list(self._watchers):
            try:
                watcher.close()
            except PinxitError as failure:
                self._remove(watcher, failure)


def is_due(step: Step, count: int) -> bool:
    """Return whether ``step`` is the first, the last, or among about ``count`` evenly spaced ones."""
    every = max(1, math.ceil(step.of / count))
    return step.index in (1, step.of) or step.index % every == 0


class Trace(Watcher):
    """Writes ``loss.csv``, line by line, pictures such as ``step_00050.png`` and, at the end, ``loss.png`` to a folder.

    ``protect`` names the inputs, which are never overwritten.

    Raises `MissingExtra` if the plot cannot be drawn, `WriteFailed` if the folder cannot be written.
    """

    def __init__(
        self, folder: Path, *, protect: Iterable[Path] = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        if importlib.util.find_spec("matplotlib") is None:
            raise MissingExtra("the loss plot of a trace", "optimize")
        self._folder = folder
        self._protect = list(protect)
        self._clock = clock
        self._start = clock()
        self._steps: list[Step] = []
        self._file = self._open()
        self._rows: csv.DictWriter[str] | None = None

    def _open(self) -> TextIO:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return (self._folder / "loss.csv").open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise atomic.failure(error, f"{self._folder.name}/loss.csv") from error

    def __call__(self, step: Step) -> None:
        """Write the losses of the step and, if it is due, its picture."""
        self._steps.append(step)
        try:
            self._write_row(step)
        except OSError as error:
            raise atomic.failure(error, "loss.csv") from error
        if is_due(step, TRACE_PICTURES):
            images.write(step.preview(), self._folder / f"step_{step.index:05d}.png", protect=self._protect)

    def _write_row(self, step: Step) -> None:
        height, width = step.size
        row: dict[str, float] = {"step": step.index, "seconds": round(self._clock() - self._start, 3)}
        row |= {"height": height, "width": width, "loss": step.loss} | step.losses
        if self._rows is None:
            import csv  # here, because few runs need it

            self._rows = csv.DictWriter(self._file, list(row), restval="", extrasaction="ignore")
            self._rows.writeheader()
        self._rows.writerow(row)
        self._file.flush()

    def close(self) -> None:
        """Close ``loss.csv`` and draw ``loss.png``."""
        try:
            self._file.close()
        except OSError as error:  # for instance a full disk
            raise atomic.failure(error, "loss.csv") from error
        if self._steps:
            atomic.save(plot(self._steps), self._folder / "loss.png", protect=self._protect)


def plot(steps: list[Step]) -> bytes:
    """Return a PNG of the losses over the steps, on a logarithmic scale, with a line at each change of size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="step", ylabel="loss", yscale="log")
    index = [step.index for step in steps]
    axes.plot(index, [_positive(step.loss) for step in steps], color="black", label="total")
    for name in steps[0].losses:
        axes.plot(index, [_positive(step.losses.get(name, math.nan)) for step in steps], linewidth=1, label=name)
    for before, after in itertools.pairwise(steps):
        if before.size != after.size:
            axes.axvline(after.index, color="gray", linestyle=":", linewidth=1)
    axes.legend(frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _positive(value: float) -> float:
    """Return ``value`` for a logarithmic axis, which shows NaN, for zero and below, as a gap."""
    return value if value > 0 else math.nan


class Timelapse(Watcher):
    """Collects frames and writes them as one animated GIF at the end.

    Raises `BadOption` for a name that does not end in ``.gif``, `WriteFailed` for one that cannot be written or is one
    of the inputs, ``protect``.
    """

    def __init__(self, path: Path, *, protect: Iterable[Path] = ()) -> None:
        if path.suffix.lower() != ".gif":
            raise BadOption(f"a timelapse is a GIF: give it a name ending in .gif, not {path.name!r}")
        self._path = atomic.check(path, protect=protect)  # before minutes of painting
        self._frames: list[Frame] = []
        self._last: Step | None = None

    def __call__(self, step: Step) -> None:
        """Add a frame if the step is due."""
        self._last = step
        if is_due(step, TIMELAPSE_FRAMES):
            self._frames.append(_frame(step.preview()))
            self._last = None

    def close(self) -> None:
        """Write the GIF: all frames have the size of the last one, which is shown longest."""
        if self._last is not None:  # stopped early, between two frames
            self._frames.append(_frame(self._last.preview()))
        if self._frames:
            size = self._frames[-1].shape[:2]
            frames = [_enlarged(frame, size) for frame in self._frames]
            atomic.save(encode_gif(frames, frame_ms=FRAME_MS, last_ms=LAST_MS), self._path)


def _frame(image: Image) -> Frame:
    height, width = image.shape[:2]
    return _bytes(images.resize(image, images.fit((height, width), TIMELAPSE_SIDE)))


def _enlarged(frame: Frame, size: tuple[int, ...]) -> Frame:
    if frame.shape[:2] == size:
        return frame
    return _bytes(images.resize(frame.astype(np.float32) / np.float32(255), (size[0], size[1])))


def _bytes(image: Image) -> Frame:
    return np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
