"""Targets of painted frames: segments that are joined to a film, or a folder of numbered pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinxit import images
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.video.io import container
from pinxit.video.io.film import Cut, Plane
from pinxit.video.record import Record


@dataclass(frozen=True, slots=True)
class FilmTarget:
    """A film file."""

    path: Path
    coding: container.Coding
    source: container.FilmFile | None
    """The film that the sound comes from."""
    cut: Cut
    comment: str

    def segment(self, record: Record) -> container.SegmentWriter:
        return container.SegmentWriter(record.path(len(record.segments)), self.coding)

    def finish(self, record: Record, rest: OpenSegment | None) -> list[str]:
        """Join the segments to a film; return what it could not take over of the source."""
        firsts = [each.first for each in (*record.segments, rest) if each]
        segments = [container.Segment(record.path(number), first) for number, first in enumerate(firsts)]
        return container.join(segments, self.path, self.coding, self.source, self.cut, self.comment)


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of numbered PNG files."""

    path: Path
    depth: int
    """Bits of a sample, 8 or 16."""

    def segment(self, record: Record) -> FolderSegment:
        return FolderSegment(self, record.frames)

    def finish(self, record: Record, rest: OpenSegment | None) -> list[str]:
        """Return nothing lost: every frame is already in its place."""
        return []


class FolderSegment:
    """The frames of a segment, each written to the folder at once, as ``frame_000001.png`` and so on."""

    def __init__(self, target: FolderTarget, start: int) -> None:
        self._target, self._start = target, start
        self.frames = self.first = 0

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        """Write the next frame, whole or not at all."""
        picture = images.join_alpha(image, alpha)
        data = images.deep_png(picture) if self._target.depth == 16 else images.encode(picture, "png")
        self.frames += 1
        atomic.save(data, self._target.path / f"frame_{self._start + self.frames:06d}.png")

    def close(self) -> None:
        """Do nothing: the segment has no file of its own."""


Target = FilmTarget | FolderTarget
"""Takes frames, segment by segment, and makes the output of them."""
OpenSegment = container.SegmentWriter | FolderSegment
"""A segment that is being written."""
