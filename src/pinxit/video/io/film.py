"""The abstraction of a film: frames in order, each with its time, and a note of where the film ended early."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import BadFilm
from pinxit.images import Image

LONGEST_STILL = 3600
"""Longest time, s, that a frame is shown and copied to a new frame rate; a longer one is taken for damage."""
Plane = NDArray[np.float32]
"""(H, W) in [0, 1]."""
EXTENSIONS = frozenset(".mp4 .m4v .mov .mkv .webm .avi .ts .m2ts .gif .3gp".split())
"""Those of the films that are read."""


@dataclass(frozen=True, slots=True)
class Color:
    """How a film encodes colors, in the code points of ITU-T H.273; 2 is unspecified."""

    space: int = 1
    primaries: int = 1
    transfer: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """The properties of a film, read before its frames are decoded."""

    name: str
    size: tuple[int, int]
    """(height, width) of the upright frames, px."""
    time_base: Fraction
    """Duration, in seconds, of one tick of a frame's ``pts``."""
    rate: Fraction
    """Frames a second, on average."""
    seconds: float
    """Duration by the header; 0: unknown."""
    frames: int
    """Expected number of frames; 0: unknown."""
    depth: int = 8
    """Bits of each sample."""
    aspect: Fraction = Fraction(1)
    """Aspect ratio of a pixel, width by height."""
    color: Color = Color()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a film, converted on request."""

    pts: int
    """When it is shown, in ticks."""
    ticks: int
    """How long it is shown; 0: unknown."""
    load: Callable[[], tuple[Image, Plane | None]]
    """Returns the colors (H, W, 3), sRGB in [0, 1], and the alpha if there is one."""


class Source(Protocol):
    """A film, or a folder of numbered pictures."""

    info: Info

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order."""

    def skim(self) -> None:
        """Read through all of it without its frames, for `complaint`."""

    def complaint(self) -> str:
        """Return what was wrong with the end of the film, once ``frames`` or ``skim`` has ended; '' if nothing."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a film to paint, in seconds, and its frame rate."""

    start: float = 0.0
    end: float = 0.0
    """0: up to the end."""
    fps: float = 0.0
    """0: the film's own times."""

    def time_base(self, info: Info) -> Fraction:
        """Return the duration, in seconds, of one tick of the frames that `frames` yields."""
        return 1 / self.rate(info) if self.fps else info.time_base

    def rate(self, info: Info) -> Fraction:
        """Return how many frames a second `frames` yields, on average."""
        return Fraction(self.fps).limit_denominator(1001) if self.fps else info.rate

    def expected(self, info: Info) -> int:
        """Return about how many frames `frames` yields; 0 if unknown."""
        if self == Cut():
            return info.frames
        until = min(self.end or info.seconds, info.seconds or self.end)
        return max(0, math.ceil((until - self.start) * float(self.rate(info)) - 1e-6))

    def frames(self, source: Source) -> Iterator[Frame]:
        """Yield the frames of the part; ``start`` is their time 0."""
        within = self._within(source)
        return self._at_rate(within, source.info) if self.fps else within

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
        """Yield, for each tick of the new rate, the frame that is shown then. Raises `BadFilm` for an endless one."""
        step = self.time_base(info) / info.time_base
        current = next(frames, None)
        if current is None:
            return
        tick = -(-current.pts // step)
        for frame in frames:
            _check_still(current.pts, frame.pts, info)
            while tick * step < frame.pts:
                yield Frame(tick, 1, current.load)
                tick += 1
            current = frame
        end = current.pts + (current.ticks or round(1 / (info.rate * info.time_base)))
        end = min(end, round((self.end - self.start) / info.time_base)) if self.end else end
        _check_still(current.pts, end, info)
        while tick * step < end:
            yield Frame(tick, 1, current.load)
            tick += 1


def _check_still(begin: int, end: int, info: Info) -> None:
    """Raise `BadFilm` for a frame that is shown for longer than `LONGEST_STILL`, from one tick to another."""
    seconds = (end - begin) * info.time_base
    if seconds > LONGEST_STILL:
        raise BadFilm(
            f"{info.name} shows one frame for {float(seconds):.0f} s, and --fps would fill them with copies: "
            "leave out --fps, or end before that frame, by --end"
        )
