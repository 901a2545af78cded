"""What a film is to the painter: frames in order, each with its time; and where it ended too early."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.images import Image

Plane = NDArray[np.float32]
"""(H, W) in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Color:
    """How a film's numbers mean colors, in the code points of ITU-T H.273; 2 is not known."""

    space: int = 1
    primaries: int = 1
    transfer: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is known of a film before it is decoded."""

    name: str
    size: tuple[int, int]
    """(height, width) of the upright frames, px."""
    time_base: Fraction
    """Seconds that one tick of a frame's ``pts`` lasts."""
    rate: Fraction
    """Frames a second, on average."""
    seconds: float
    """How long it says it is; 0: not known."""
    frames: int
    """How many frames it should have; 0: not known."""
    depth: int = 8
    """Bits of each sample."""
    aspect: Fraction = Fraction(1)
    """Width of a pixel by its height."""
    color: Color = Color()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a film, decoded when it is asked for."""

    pts: int
    """When it is shown, in ticks."""
    ticks: int
    """How long it is shown; 0: not known."""
    load: Callable[[], tuple[Image, Plane | None]]
    """Returns the colors (H, W, 3), sRGB in [0, 1], and the alpha where there is one."""


class Source(Protocol):
    """Where frames come from: a film, or numbered pictures."""

    info: Info

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order."""
        ...

    def complaint(self) -> str:
        """Return what was wrong with the end of the film, after ``frames`` has ended; '' for nothing."""
        ...

    def check_whole(self) -> None:
        """Look through all of it. Raises `BadFilm` where it is cut off."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a film that is wanted, and how many frames a second of it."""

    start: float = 0.0
    end: float = 0.0
    """0 goes on to the end."""
    fps: float = 0.0
    """0 keeps the film's own times."""

    def time_base(self, info: Info) -> Fraction:
        """Return the seconds of one tick of the frames that come out of `frames`."""
        return 1 / self.rate(info) if self.fps else info.time_base

    def rate(self, info: Info) -> Fraction:
        """Return how many frames a second come out, on average."""
        return Fraction(self.fps).limit_denominator(1001) if self.fps else info.rate

    def expected(self, info: Info) -> int:
        """Return about how many frames will come out; 0 where that is not known."""
        if not self.start and not self.end and not self.fps:
            return info.frames
        until = min(self.end or info.seconds, info.seconds or self.end)
        return max(0, math.ceil((until - self.start) * float(self.rate(info)) - 1e-6))

    def frames(self, source: Source) -> Iterator[Frame]:
        """Yield the wanted frames; the film's ``start`` is their time 0."""
        within = self._within(source)
        yield from self._at_rate(within, source.info) if self.fps else within

    def _within(self, source: Source) -> Iterator[Frame]:
        """Yield the frames between the start and the end, timed from the start."""
        base = source.info.time_base
        begin = round(self.start / base)
        for frame in source.frames():
            if self.end and frame.pts >= round(self.end / base):
                return
            if frame.pts >= begin:
                yield Frame(frame.pts - begin, frame.ticks, frame.load)

    def _at_rate(self, frames: Iterator[Frame], info: Info) -> Iterator[Frame]:
        """Yield for each tick of the new rate the frame that is shown then."""
        tick = 0
        step = self.time_base(info) / info.time_base
        shown: Frame | None = None
        for frame in frames:
            while shown is not None and tick * step < frame.pts:
                yield Frame(tick, 1, shown.load)
                tick += 1
            if shown is None:
                tick = -(-frame.pts // step)
            shown = frame
        while shown is not None and tick * step < self._last_tick(shown, info):
            yield Frame(tick, 1, shown.load)
            tick += 1

    def _last_tick(self, frame: Frame, info: Info) -> int:
        """Return when the last ``frame`` is no longer shown."""
        shown_until = frame.pts + (frame.ticks or round(1 / (info.rate * info.time_base)))
        return min(shown_until, round((self.end - self.start) / info.time_base)) if self.end else shown_until
