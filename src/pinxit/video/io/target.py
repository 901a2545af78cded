"""Targets of painted frames: segments that are joined to a film, or a folder of numbered pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pinxit.config.options import Limits
from pinxit.images import Image
from pinxit.video.io import container
from pinxit.video.io.film import Cut, Plane
from pinxit.video.io.frames import write_frame
from pinxit.video.record import Record


class Target(Protocol):
    """Takes frames, segment by segment."""

    def segment(self, record: Record, number: int) -> SegmentSink:
        """Begin segment ``number`` of the job."""

    def finish(self, record: Record, extra: Sequence[SegmentSink]) -> list[str]:
        """Make the output of the job's segments and the ``extra`` ones; return what the output could not hold."""


class SegmentSink(Protocol):
    """A segment that is being written."""

    frames: int
    """Number of frames written."""
    first: int
    """``pts`` of its first frame."""

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        """Write one frame."""

    def close(self) -> Path | None:
        """Finish the segment; return its file if it has one."""


@dataclass(frozen=True, slots=True)
class FilmTarget:
    """A film file."""

    path: Path
    coding: container.Coding
    cut: Cut
    sound: Path | None
    """The film whose sound, subtitles and chapters are taken over."""
    comment: str
    limits: Limits

    def segment(self, record: Record, number: int) -> container.SegmentWriter:
        """Begin a segment in the job's folder."""
        return container.SegmentWriter(record.path(number), self.coding)

    def finish(self, record: Record, extra: Sequence[SegmentSink]) -> list[str]:
        """Join the segments to a film."""
        firsts = [segment.first for segment in record.segments] + [segment.first for segment in extra]
        segments = [container.Segment(record.path(number), first) for number, first in enumerate(firsts)]
        cut = self.cut
        sound = container.Accompaniment(self.sound, cut.start, cut.end, self.limits) if self.sound else None
        return container.join(segments, self.path, self.coding, sound, comment=self.comment)


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of numbered PNG files."""

    path: Path
    depth: int

    def segment(self, record: Record, number: int) -> _FolderSink:
        """Begin where the last segment ended."""
        return _FolderSink(self.path, record.frames, self.depth)

    def finish(self, record: Record, extra: Sequence[SegmentSink]) -> list[str]:
        """Return nothing lost: every frame is already in its place."""
        return []


class _FolderSink:
    def __init__(self, folder: Path, start: int, depth: int) -> None:
        self._folder, self._start, self._depth = folder, start, depth
        self.frames, self.first = 0, 0

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        self.first = self.first if self.frames else pts
        write_frame(self._folder, self._start + self.frames, image, alpha, self._depth)
        self.frames += 1

    def close(self) -> None:
        return None
