"""From what was asked for to a pipeline that can run: source, target and record, each checked beforehand."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from pinxit import images
from pinxit.config.options import Film, Limits
from pinxit.errors import BadOption, WriteFailed
from pinxit.files import atomic
from pinxit.files.recipe import Named, fingerprint
from pinxit.video import record
from pinxit.video.io import container
from pinxit.video.io.film import Cut, Source
from pinxit.video.io.frames import RATE, Folder
from pinxit.video.io.target import FilmTarget, FolderTarget, Target
from pinxit.video.steady_painter import Hand, Painter
from pinxit.video.stylize import Progress, Report, paint


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A film to paint."""

    source: Path
    """A film, or a folder of numbered pictures."""
    output: Path
    """A film's name, or a name without ending for a folder of numbered pictures."""
    side: int
    """Long side of the painted frames, px."""
    film: Film
    limits: Limits
    protect: tuple[Path, ...] = ()
    """Files that are not written over."""
    resume: bool = False
    strict: bool = False

    def opened(self) -> Source:
        """Open the source.

        Raises all that `pinxit.video.io.container.FilmFile` and `pinxit.video.io.frames.Folder` raise; with ``strict`` also
        `BadFilm` for one that is cut off.
        """
        source = open_source(self.source, self.limits, self.film.fps)
        if self.film.end and self.film.end <= self.film.start:
            raise BadOption(f"the end, {self.film.end:g} s, is not after the start, {self.film.start:g} s")
        if self.strict:
            source.check_whole()
        return source

    def run(
        self, source: Source, hand: Hand, recipe: dict[str, Any], stop: Callable[[], bool]
    ) -> Generator[Progress, None, Report]:
        """Paint the film; see `pinxit.video.stylize.paint`. ``recipe`` is what a resumed job must have in common.

        Raises also `BadOption` for an output that cannot be, and `WriteFailed` for one that may not be written.
        """
        cut = self._cut(source)
        recipe = {**recipe, "film": dataclasses.asdict(self.film), "size": self.side}
        target = self._target(source, cut, json.dumps(recipe))
        kept = record.begin(self.output, recipe, self.resume)
        painter = Painter(hand, self.side, self.film.steadiness, self.film.paint_every)
        return (yield from paint(source, cut, target, painter, kept, self.film.segment, stop))

    def _cut(self, source: Source) -> Cut:
        fps = 0.0 if isinstance(source, Folder) else self.film.fps
        if self.output.suffix.lower() == ".avi" and not fps:  # which knows one rate only
            fps = float(source.info.rate)
        return Cut(self.film.start, self.film.end, fps)

    def _target(self, source: Source, cut: Cut, comment: str) -> Target:
        info = source.info
        name = self.output.name
        if name in {"", "-"} or name.endswith(".") or name.lower() in container.FORMATS:
            raise BadOption(f"the name {name!r} is neither a film's, such as x.mp4, nor a folder's, such as x")
        if not self.output.suffix:
            return FolderTarget(self._folder(), self._folder_depth(source))
        coding = container.coding(
            self.output, self.film, info, images.fit(info.size, self.side), cut.time_base(info), cut.rate(info)
        )
        path = atomic.check(self.output, protect=self.protect)
        sound = None if isinstance(source, Folder) else self.source
        return FilmTarget(path, coding, cut, sound, comment, self.limits)

    def _folder(self) -> Path:
        """Make the folder of the output; one with pictures in it is only added to by the job that began it."""
        going_on = self.resume and (record.folder_for(self.output) / record.RECORD).exists()
        try:
            self.output.mkdir(exist_ok=True)
        except OSError as error:
            raise atomic.failure(error, self.output.name) from error
        if images.find_pictures(self.output) and not going_on:
            raise WriteFailed(f"the folder {self.output.name!r} has pictures in it already; name a new or empty one")
        return self.output

    def _folder_depth(self, source: Source) -> int:
        if self.film.depth == "auto":
            return 16 if source.info.depth > 8 else 8
        if self.film.depth == "10":
            raise BadOption("pictures are written with 8 or 16 bits, not 10; leave --depth out")
        return int(self.film.depth)


def open_source(path: Path, limits: Limits, fps: float = 0.0) -> Source:
    """Open a film, or a folder of numbered pictures of ``fps`` frames a second (0: 24)."""
    if os.path.isdir(path):
        return Folder(path, limits, Fraction(fps).limit_denominator(1001) if fps else RATE)
    return container.FilmFile(path, limits)


def named(path: Path) -> Named:
    """Return what a film is known by: a folder by the names and sizes of its pictures.

    Raises `NotFound`.
    """
    if not os.path.isdir(path):
        return fingerprint(path)
    pictures: Iterable[Path] = images.find_pictures(path)
    text = "\n".join(f"{picture.name} {picture.stat().st_size}" for picture in pictures)
    return Named(path.name, hashlib.sha256(text.encode()).hexdigest())
