"""The verb `stylize_video`: paints a film by any method, with a style and a strength that may change along it."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, Unpack, cast

from pinxit import __version__
from pinxit.api import Stylizer, unknown_option
from pinxit.config.keywords import StylizeKeywords, VideoKeywords
from pinxit.config.options import METHOD_OPTIONS, Adain, Film, Limits, Look
from pinxit.config.spec import Options, specs, split
from pinxit.errors import BadOption, MissingExtra
from pinxit.files import recipe
from pinxit.images.sources import local
from pinxit.images.types import Picture
from pinxit.methods.progress import watching
from pinxit.styles import style as styles
from pinxit.styles.style import StyleInput
from pinxit.video import timeline
from pinxit.video.frame_stylizer import ALPHA, FilmStylizer
from pinxit.video.io.film import EXTENSIONS, Source
from pinxit.video.report import Progress, Report

Taken = TypeVar("Taken", bound=Options)

ARGUMENTS = ("to", "mix", "strengths", "method", "masks", "resume", "strict", "progress", "stop", "limits")
"""Keywords of `stylize_video` that are no options, for the message about an unknown one."""


def stylize_video(
    film: str | os.PathLike[str],
    style: StyleInput,
    output: str | os.PathLike[str],
    *,
    to: StyleInput | None = None,
    mix: str = "",
    strengths: str = "",
    method: str = "",
    masks: Sequence[Picture | None] | None = None,
    resume: bool = False,
    strict: bool = False,
    progress: bool | Callable[[Progress], object] = False,
    stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    **options: Unpack[VideoKeywords],
) -> Report:
    """Paint the film ``film``, or a folder of numbered pictures, and write it to ``output``.

    ``style``      as for `pinxit.stylize`, as is ``method``
    ``output``     a name ending in .mp4, .mov, .mkv, .webm, .avi, .gif or .webp, or a folder for numbered pictures
    ``to``         a second style that the film ends with; ``mix`` holds the keyframes of its share, such as
                   ``"0s:0 4s:1"``; by default it rises from 0 to 1 over the film
    ``strengths``  keyframes of the strength, such as ``"0s:0 2s:1"``
    ``masks``      one for each style: as for `pinxit.stylize`, a film or folder of pictures with the same timing, or
                   ``"alpha"``, the film's own transparency
    ``resume``     continue an interrupted job if there is one
    ``strict``     refuse a film that is cut off, instead of painting it up to there
    ``progress``   True for a bar; or a function that is called with a `pinxit.video.report.Progress` after every frame
    ``stop``       called after every frame; if it, or ``progress``, returns True, the film ends there, and the job can
                   be resumed

    Raises `PinxitError`: every error that the input or the options can cause.
    """
    need_packages()
    files = Path(local(film)), Path(local(output))
    request = _Request(*files, style, to, mix, strengths, method, masks or (), resume, strict, limits or Limits())
    with watching(progress, lambda film: (film.frame, film.of or None, f"frame {film.frame}")) as watch:
        return request.paint(watch, stop, options)


def take(options: Mapping[str, object], cls: type[Taken]) -> tuple[Taken, StylizeKeywords]:
    """Return the options of the class ``cls``, and those that remain for `pinxit.api.Stylizer`."""
    (taken,) = split({name: value for name, value in options.items() if name in specs(cls)}, cls)
    return taken, cast(StylizeKeywords, {name: value for name, value in options.items() if name not in specs(cls)})


def need_packages() -> None:
    """Raise `MissingExtra` if a package that films need is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("av", "cv2")):
        raise MissingExtra("painting films", "video")


@dataclass(frozen=True, slots=True)
class _Request:
    """The arguments of `stylize_video`."""

    source: Path
    output: Path
    style: StyleInput
    to: StyleInput | None
    mix: str
    strengths: str
    method: str
    masks: Sequence[Picture | None]
    resume: bool
    strict: bool
    limits: Limits

    def paint(
        self, watch: Callable[[Progress], object], stop: Callable[[], bool], options: Mapping[str, object]
    ) -> Report:
        for name in options:
            if name not in VideoKeywords.__annotations__:
                raise unknown_option(name, Film, Look, METHOD_OPTIONS.get(self.method, Adain), arguments=ARGUMENTS)
        film, look = take(options, Film)
        moving = self._moving_masks()
        still = [None if moves else mask for mask, moves in zip(self.masks, moving, strict=True)] or None
        stylizer = Stylizer(self.style, masks=still, method=self.method, limits=self.limits, **look)
        stylizer.warm_up()
        from pinxit.video.io.sources import open_source  # while the network opens
        from pinxit.video.job import Job, open_film

        source = open_film(self.source, film, self.limits, self.strict)
        names = [name for name in moving if name and name != ALPHA]
        films = [open_source(Path(name), self.limits, film.fps) for name in names]
        masks = {name: timeline.MovingMask(each, film.start) for name, each in zip(names, films, strict=True)}
        frames = FilmStylizer(
            stylizer,
            film,
            second=None if self.to is None else styles.load_styles(self.to, None, self.limits),
            mix=self._mix(source, film),
            strengths=timeline.parse(self.strengths, "strengths") if self.strengths else None,
            moving=[masks.get(name or "", name) for name in moving],
        )
        job = Job(self.output, stylizer.look.size, film, self._inputs(), self.resume)
        return job.run(source, frames, self._recipe(frames, moving), watch, stop)

    def _moving_masks(self) -> list[str | None]:
        """Return for each mask its name if it moves (a film, a folder, or the word `ALPHA`), else None."""
        names = [os.fspath(mask) if isinstance(mask, str | os.PathLike) else "" for mask in self.masks]
        films = {name for name in names if os.path.isdir(name) or Path(name).suffix.lower() in EXTENSIONS}
        return [name if name in {ALPHA, *films} else None for name in names]

    def _mix(self, source: Source, film: Film) -> timeline.Timeline | None:
        """Return the share of the second style over time."""
        if self.mix and self.to is None:
            raise BadOption("mix is the share of a second style: give that style too, with --to")
        if self.mix or self.to is None:
            return timeline.parse(self.mix, "mix") if self.mix else None
        end = min(film.end or source.info.seconds, source.info.seconds or film.end) - film.start
        if end <= 0:
            raise BadOption("the film has no known duration: say when the second style comes, as --mix '0s:0 4s:1'")
        return timeline.parse(f"0:0 {end:.6f}:1", "mix")

    def _inputs(self) -> tuple[Path, ...]:
        both = [self.style] if self.to is None else [self.style, self.to]
        pictures = [picture for style in both for picture, _ in styles.weighted(style)]
        inputs = (self.source, *pictures, *self.masks)
        return tuple(Path(each) for each in inputs if isinstance(each, str | os.PathLike) and each != ALPHA)

    def _recipe(self, frames: FilmStylizer, moving: Sequence[str | None]) -> dict[str, object]:
        """Return what a resumed job must have in common with the interrupted one."""
        from pinxit.video.io.sources import identify

        stylizer, second = frames.stylizer, frames.second
        options = (stylizer.look, stylizer.options)
        masks = [name if name in (None, ALPHA) else dataclasses.asdict(identify(Path(name))) for name in moving]
        return {
            **recipe.make(stylizer.method.name, options, identify(self.source), stylizer.style.origins, __version__),
            "strengths": self.strengths,
            "mix": self.mix,
            "masks": masks,
            "to": [dataclasses.asdict(origin) for origin in second.origins] if second else [],
        }
