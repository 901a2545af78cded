"""Targets of painted frames: segments that are joined to a film, or a folder of numbered pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinxit.images import Image
from pinxit.video.io import container
from pinxit.video.io.film import Plane
from pinxit.video.io.frames import write_frame
from pinxit.video.record import Record


@dataclass(frozen=True, slots=True)
class FilmTarget:
    """A film file."""

    path: Path
    coding: container.Coding
    sound: container.Accompaniment | None
    comment: str

    def segment(self, record: Record, number: int) -> container.SegmentWriter:
        """Begin a segment in the job's folder."""
        return container.SegmentWriter(record.path(number), self.coding)

    def finish(self, record: Record, extra: Sequence[OpenSegment]) -> list[str]:
        """Join the segments to a film."""
        firsts = [segment.first for segment in record.segments] + [segment.first for segment in extra]
        segments = [container.Segment(record.path(number), first) for number, first in enumerate(firsts)]
        return container.join(segments, self.path, self.coding, self.sound, comment=self.comment)


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of numbered PNG files."""

    path: Path
    depth: int

    def segment(self, record: Record, number: int) -> FolderSegment:
        """Begin where the last segment ended."""
        return FolderSegment(self.path, record.frames, self.depth)

    def finish(self, record: Record, extra: Sequence[OpenSegment]) -> list[str]:
        """Return nothing lost: every frame is already in its place."""
        return []


class FolderSegment:
    """The frames of a segment, which are written to the output at once."""

    def __init__(self, folder: Path, start: int, depth: int) -> None:
        self._folder, self._start, self._depth = folder, start, depth
        self.frames, self.first = 0, 0

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        self.first = self.first if self.frames else pts
        write_frame(self._folder, self._start + self.frames, image, alpha, self._depth)
        self.frames += 1

    def close(self) -> None:
        return None


Target = FilmTarget | FolderTarget
"""Takes frames, segment by segment, and makes the output of them."""
OpenSegment = container.SegmentWriter | FolderSegment
"""A segment that is being written."""
