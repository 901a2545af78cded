"""The pipeline: decode, paint and encode at the same time, segment by segment.

Decoding, with looking how things moved, and painting each work in a thread of their own, a few frames ahead
(`pinxit.video.prefetch`); last touches and encoding are done by whoever asks for the next `Progress`. Nothing here grows
with the length of the film but the list of segments.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from pinxit import cores
from pinxit.errors import BadFilm
from pinxit.images import Image
from pinxit.video import flow
from pinxit.video.io.film import Cut, Frame, Plane, Source
from pinxit.video.io.target import Part, Target
from pinxit.video.prefetch import DEPTH, ahead
from pinxit.video.record import Record, State

RATE_FRAMES = 30
"""Frames over which the speed is measured."""
LOOKED, LOOKED_BYTES = 8, 64 << 20
"""How many frames, and bytes of them as colors and movement in float32, may be looked at before they are painted: a
film's first one waits for its style's code."""

Shown = Callable[[], Image]
"""Gives a painted frame as it is shown, (H, W, 3) in [0, 1]; its last touches are done while the next is painted."""


class FramePainter(Protocol):
    """Paints the frames of a film one after the other."""

    def look(self, photo: Image, alpha: Plane | None, before: Any) -> Any:
        """Return what can be known of a frame before the one before it is painted: that is found out meanwhile.

        ``before`` is what was returned for the frame before; None for the first, also of those painted after a pause.
        """
        ...

    def __call__(self, seen: Any, seconds: float, state: State | None) -> tuple[Shown, Plane | None, State]:
        """Paint the frame shown at ``seconds``; return what gives it, its alpha, and what the next frame needs to know.

        ``seen`` is what `look` returned for it; ``state`` is what the frame before returned, None for the first. Equal
        arguments give equal results, and so it is whether ``seen`` knows of the frame before or not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the film is."""

    frame: int
    """Frames painted so far, those of an earlier run among them."""
    of: int
    """About how many there will be; 0: not known."""
    per_second: float
    """Frames a second over the last `RATE_FRAMES`; 0: not known yet."""
    image: Image
    """The frame just painted, (H, W, 3) in [0, 1]."""

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take; None: not known."""
        if not self.of or not self.per_second:
            return None
        return max(0, self.of - self.frame) / self.per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a film."""

    frames: int
    complaint: str
    """In what way the source ended early or was damaged; '' for neither."""
    lost: tuple[str, ...]
    """What of the source's sound and text the output could not hold."""
    finished: bool
    """False where it was stopped: the output holds the frames up to there, and the job can be resumed."""


@dataclass(frozen=True, slots=True)
class _Painted:
    frame: Frame
    shown: Shown
    alpha: Plane | None
    state: State


def paint(
    source: Source,
    cut: Cut,
    target: Target,
    painter: FramePainter,
    record: Record,
    segment: int,
    stop: Callable[[], bool],
) -> Generator[Progress, None, Report]:
    """Paint what the record does not have yet, and yield after every frame; the generator's value is the `Report`.

    ``segment``  frames a segment
    ``stop``     asked after every frame; True ends the film there, and the job stays to be resumed

    Raises `BadFilm` where there is no frame at all, and what reading, painting and writing raise; then the job stays.
    """
    speed = _Speed()
    expected = cut.expected(source.info)
    stopped, rest = False, None
    with flow.spared(), closing(ahead(_painted(source, cut, painter, record))) as painted:
        for group in _groups(painted, segment):
            part = target.segment(record, len(record.segments))
            state: State | None = None
            for item in group:
                image = item.shown()
                part.add(image, item.alpha, item.frame.pts, item.frame.ticks)
                state = item.state
                done = record.frames + part.frames
                yield Progress(done, max(expected, done), speed.tick(), image)
                if stop():
                    stopped = True
                    break
            file = part.close()
            if part.frames < segment:  # the last one: if not finished now, it is painted anew
                rest = part
                break
            record.add(part.frames, part.first, state, file)
            if stopped:
                break
    return _finish(source, target, record, rest, stopped)


def _finish(source: Source, target: Target, record: Record, rest: Part | None, stopped: bool) -> Report:
    parts = [rest] if rest else []
    frames = record.frames + sum(part.frames for part in parts)
    if not frames:
        record.remove()
        raise BadFilm(f"{source.info.name} has no frame there to paint: look at --start and --end")
    lost = target.finish(record, parts)
    if not stopped:
        record.remove()
    complaint = "" if stopped else source.complaint()
    return Report(frames=frames, complaint=complaint, lost=tuple(lost), finished=not stopped)


def _painted(source: Source, cut: Cut, painter: FramePainter, record: Record) -> Iterator[_Painted]:
    """Yield the painted frames that come after those of the record."""
    state = record.state
    base = float(cut.time_base(source.info))
    frames = itertools.islice(cut.frames(source), record.frames, None)
    with closing(ahead(_seen(frames, painter), _looked(source.info.size))) as ready:
        for frame, seen in ready:
            shown, alpha, state = painter(seen, frame.pts * base, state)
            yield _Painted(frame, shown, alpha, state)


def _seen(frames: Iterator[Frame], painter: FramePainter) -> Iterator[tuple[Frame, Any]]:
    """Yield each frame with what the painter sees in it: in a thread of its own, as it may let painting go first.

    Threads that begin here are behind too: the decoder's end with the film, but OpenCV's would stay, and wait behind
    all others for good. Where it has several, there are cores enough to do without.
    """
    if flow.threads() == 1:
        cores.go_behind()
    seen: Any = None
    for frame in frames:
        seen = painter.look(*frame.load(), seen)
        yield frame, seen


def _looked(size: tuple[int, int]) -> int:
    """Return how many frames of ``size`` = (height, width) may be looked at ahead."""
    height, width = size
    return max(DEPTH, min(LOOKED, LOOKED_BYTES // (24 * height * width)))


def _groups(items: Iterator[_Painted], size: int) -> Iterator[Iterator[_Painted]]:
    """Yield ``items`` in groups of at most ``size``, none of them empty; each is to be used up before the next."""
    for first in items:
        yield itertools.chain([first], itertools.islice(items, size - 1))


class _Speed:
    """Measures frames a second over the last few."""

    def __init__(self) -> None:
        self._times: list[float] = [time.perf_counter()]

    def tick(self) -> float:
        """Count a frame; return the present speed."""
        self._times = [*self._times[-RATE_FRAMES:], time.perf_counter()]
        elapsed = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / elapsed if elapsed > 0 else 0.0
