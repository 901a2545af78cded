"""Watchers of the steps of a painting: `Trace` writes losses and intermediate pictures, `Timelapse` an animation."""

import contextlib
import csv
import importlib.util
import io
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from pinxit import images
from pinxit.cli.progress import Watcher
from pinxit.errors import BadOption, MissingExtra
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.images.encoding import Frame, encode_gif
from pinxit.methods.base import Step

TRACE_PICTURES = 20
"""Approximate number of intermediate pictures of a trace."""

TIMELAPSE_FRAMES = 60
"""Approximate number of frames of a timelapse: five seconds."""

TIMELAPSE_SIDE = 480
"""Long side of a timelapse, px. A GIF with larger frames easily has tens of megabytes."""

FRAME_MS = 80
LAST_MS = 2000


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
        self._folder, self._protect = folder, list(protect)
        self._clock, self._start = clock, clock()
        self._steps: list[Step] = []
        self._rows: csv.DictWriter[str] | None = None
        with _writing(f"{folder.name}/loss.csv"):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / "loss.csv").open("w", newline="", encoding="utf-8")

    def __call__(self, step: Step) -> None:
        """Write the losses of the step and, if it is due, its picture."""
        self._steps.append(step)
        with _writing("loss.csv"):
            self._write_row(step)
        if is_due(step, TRACE_PICTURES):
            images.write(step.preview(), self._folder / f"step_{step.index:05d}.png", protect=self._protect)

    def _write_row(self, step: Step) -> None:
        height, width = step.size
        row: dict[str, float] = {"step": step.index, "seconds": round(self._clock() - self._start, 3)}
        row |= {"height": height, "width": width, "loss": step.loss} | step.losses
        if self._rows is None:
            self._rows = csv.DictWriter(self._file, list(row), restval="", extrasaction="ignore")
            self._rows.writeheader()
        self._rows.writerow(row)
        self._file.flush()

    def close(self) -> None:
        """Close ``loss.csv`` and draw ``loss.png``."""
        with _writing("loss.csv"):
            self._file.close()
        if self._steps:
            atomic.save(plot(self._steps), self._folder / "loss.png", protect=self._protect)


@contextlib.contextmanager
def _writing(name: str) -> Iterator[None]:
    """Turn a failure of the disk into `WriteFailed` for the file called ``name``."""
    try:
        yield
    except OSError as error:
        raise atomic.failure(error, name) from error


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
        self._last = step
        if is_due(step, TIMELAPSE_FRAMES):
            self._add(step)

    def _add(self, step: Step) -> None:
        image = step.preview()
        self._frames.append(_frame(image, images.fit(image.shape[:2], TIMELAPSE_SIDE)))
        self._last = None

    def close(self) -> None:
        """Write the GIF: all frames have the size of the last one, which is shown longest."""
        if self._last:  # stopped early, between two frames
            self._add(self._last)
        if self._frames:
            height, width, _ = self._frames[-1].shape
            frames = [_frame(frame.astype(np.float32) / np.float32(255), (height, width)) for frame in self._frames]
            atomic.save(encode_gif(frames, frame_ms=FRAME_MS, last_ms=LAST_MS), self._path)


def _frame(image: Image, size: tuple[int, int]) -> Frame:
    return np.clip(np.rint(images.resize(image, size) * 255), 0, 255).astype(np.uint8)
