"""Turns a request into a pipeline that can run: source, target and record, each checked beforehand."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pinxit import images
from pinxit.config.options import Film, Limits
from pinxit.errors import BadFilm, BadOption, WriteFailed
from pinxit.files import atomic
from pinxit.video import record
from pinxit.video.frame_stylizer import FilmStylizer
from pinxit.video.io import container
from pinxit.video.io.film import Cut, Source
from pinxit.video.io.sources import Folder, open_source
from pinxit.video.io.target import FilmTarget, FolderTarget, Target
from pinxit.video.pipeline import paint
from pinxit.video.report import Progress, Report
from pinxit.video.steady_stylizer import SteadyStylizer


def open_film(path: Path, film: Film, limits: Limits, strict: bool) -> Source:
    """Open a film, or a folder of numbered pictures, to paint; if ``strict``, raise `BadFilm` if it is cut off."""
    source = open_source(path, limits, film.fps)
    if film.end and film.end <= film.start:
        raise BadOption(f"the end, {film.end:g} s, is not after the start, {film.start:g} s")
    if strict:
        source.skim()
        if complaint := source.complaint():
            raise BadFilm(f"{source.info.name} {complaint}; without --strict it is painted up to there")
    return source


@dataclass(frozen=True, slots=True)
class Job:
    """An output to paint."""

    output: Path
    """A film's name, or a name without an extension for a folder of numbered pictures."""
    side: int
    """Long side of the painted frames, px."""
    film: Film
    protect: tuple[Path, ...] = ()
    """Files that are never overwritten."""
    resume: bool = False

    def run(
        self,
        source: Source,
        stylizer: FilmStylizer,
        recipe: record.Recipe,
        watch: Callable[[Progress], object],
        stop: Callable[[], bool],
    ) -> Report:
        """Paint the film; see `pinxit.video.pipeline.paint`. ``recipe`` is what a resumed job must have in common.

        Raises also `BadOption` for an impossible output, and `WriteFailed` for one that must not be written.
        """
        fps = 0.0 if isinstance(source, Folder) else self.film.fps
        if self.output.suffix.lower() == ".avi" and not fps:  # AVI has a constant frame rate
            fps = float(source.info.rate)
        cut = Cut(self.film.start, self.film.end, fps)
        recipe = {**recipe, "film": dataclasses.asdict(self.film), "size": self.side}
        target = self._target(source, cut, json.dumps(recipe))
        job_record = record.begin(self.output, recipe, self.resume)
        steady = SteadyStylizer(stylizer, self.side, self.film.steadiness, self.film.paint_every)
        try:
            return paint(source, cut, target, steady, job_record, self.film.segment, watch, stop)
        except BaseException:
            if not job_record.segments:  # nothing to continue
                job_record.remove()
            raise

    def _target(self, source: Source, cut: Cut, comment: str) -> Target:
        name, info = self.output.name, source.info
        if name in {"", "-"} or name.endswith(".") or name.lower() in container.FORMATS:
            raise BadOption(f"the name {name!r} is neither a film's, such as x.mp4, nor a folder's, such as x")
        if not self.output.suffix:
            self._make_folder()
            if self.film.depth == "10":
                raise BadOption("pictures are written with 8 or 16 bits, not 10; omit --depth")
            deep = info.depth > 8 if self.film.depth == "auto" else self.film.depth == "16"
            return FolderTarget(self.output, 16 if deep else 8)
        coding = container.coding(self.output, self.film, info, images.fit(info.size, self.side), cut)
        path = atomic.check(self.output, protect=self.protect)
        sound = source if isinstance(source, container.FilmFile) else None
        return FilmTarget(path, coding, sound, cut, comment)

    def _make_folder(self) -> None:
        """Make the output folder; only the job that began it may add to one that has pictures in it."""
        resumes = self.resume and (record.folder_for(self.output) / record.RECORD).exists()
        try:
            self.output.mkdir(exist_ok=True)
        except OSError as error:
            raise atomic.failure(error, self.output.name) from error
        if images.find_pictures(self.output) and not resumes:
            raise WriteFailed(f"the folder {self.output.name!r} already has pictures in it; name a new or empty one")
