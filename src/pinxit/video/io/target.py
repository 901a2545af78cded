"""Where painted frames go: into segments that become a film, or into a folder of numbered pictures."""

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

    def segment(self, record: Record, number: int) -> Part:
        """Begin segment ``number`` of the job."""
        ...

    def finish(self, record: Record, parts: Sequence[Part]) -> list[str]:
        """Make the output of the job's segments and of ``parts``; return what could not be taken along."""
        ...


class Part(Protocol):
    """A segment that is being written."""

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        """Write one frame."""
        ...

    def close(self) -> Path | None:
        """Finish it; return its file where it has one."""
        ...

    @property
    def frames(self) -> int:
        """How many frames it has."""
        ...

    @property
    def first(self) -> int:
        """``pts`` of its first frame."""
        ...


@dataclass(frozen=True, slots=True)
class FilmTarget:
    """A film file."""

    path: Path
    coding: container.Coding
    cut: Cut
    sound: Path | None
    """The film whose sound, subtitles and chapters are taken."""
    comment: str
    limits: Limits

    def segment(self, record: Record, number: int) -> _FilmPart:
        """Begin a segment in the job's folder."""
        return _FilmPart(container.Segment(record.path(number), self.coding))

    def finish(self, record: Record, parts: Sequence[Part]) -> list[str]:
        """String the segments together."""
        whole = [container.Part(record.path(i), done.first) for i, done in enumerate(record.segments)]
        whole += [container.Part(record.path(len(whole) + i), part.first) for i, part in enumerate(parts)]
        return container.join(
            whole,
            self.path,
            self.coding,
            source=self.sound,
            start=self.cut.start,
            end=self.cut.end,
            comment=self.comment,
            limits=self.limits,
        )


class _FilmPart:
    def __init__(self, segment: container.Segment) -> None:
        self._segment = segment

    @property
    def frames(self) -> int:
        return self._segment.frames

    @property
    def first(self) -> int:
        return self._segment.first or 0

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        self._segment.add(image, pts, ticks)

    def close(self) -> Path:
        self._segment.close()
        return self._segment.path


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of numbered PNG files."""

    path: Path
    depth: int

    def segment(self, record: Record, number: int) -> _FolderPart:
        """Begin where the last segment ended."""
        return _FolderPart(self.path, record.frames, self.depth)

    def finish(self, record: Record, parts: Sequence[Part]) -> list[str]:
        """There is nothing left to do: every frame is in its place."""
        return []


class _FolderPart:
    def __init__(self, folder: Path, start: int, depth: int) -> None:
        self._folder, self._start, self._depth = folder, start, depth
        self.frames, self.first = 0, 0

    def add(self, image: Image, alpha: Plane | None, pts: int, ticks: int) -> None:
        self.first = self.first if self.frames else pts
        write_frame(self._folder, self._start + self.frames, image, alpha, self._depth)
        self.frames += 1

    def close(self) -> None:
        return None
