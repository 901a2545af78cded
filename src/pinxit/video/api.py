"""The verb `stylize_video`: a film painted by any method, its style and strength changing along it if wanted."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinxit import __version__
from pinxit.api import Stylizer
from pinxit.config.options import Film, Limits, specs, split
from pinxit.errors import BadOption, MissingExtra
from pinxit.files import recipe
from pinxit.styles import style as styles
from pinxit.video.frame_stylizer import ALPHA, FilmStylizer

if TYPE_CHECKING:
    from pinxit.video.io.film import Source
    from pinxit.video.masks import MovingMask
    from pinxit.video.pipeline import Progress, Report
    from pinxit.video.timeline import Timeline


def stylize_video(
    film: str | os.PathLike[str],
    style: Any,
    output: str | os.PathLike[str],
    *,
    to: Any = None,
    mix: str = "",
    strengths: str = "",
    method: str = "",
    masks: Sequence[Any] | None = None,
    resume: bool = False,
    strict: bool = False,
    watch: Callable[[Progress], object] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    **options: Any,
) -> Report:
    """Repaint the film ``film``, or the numbered pictures of a folder, and write it to ``output``.

    ``style``      as for `pinxit.stylize`, as is ``method``, but that pictures are painted by adain where it is ''
    ``output``     a name ending in .mp4, .mov, .mkv, .webm, .avi, .gif or .webp, or a folder for numbered pictures
    ``to``         a second style, that the film arrives at; ``mix`` says when, by keyframes of its share, such as
                   ``"0s:0 4s:1"``; without it at the end
    ``strengths``  keyframes of the strength, such as ``"0s:0 2s:1"``
    ``masks``      one for each style: as for `pinxit.stylize`, or a film or a folder of pictures that plays beside the
                   first, or the word ``"alpha"``
    ``resume``     go on with a job that was broken off, where there is one
    ``strict``     refuse a film that is cut off, in place of painting it as far as it goes
    ``watch``      is shown every `pinxit.video.pipeline.Progress`
    ``stop``       asked after every frame: True ends the film there, to be resumed another time
    ``options``    those of `pinxit.config.options.Film`, of `pinxit.config.options.Look` and of the method

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.stylize_video("clip.mp4", "wave.jpg", "clip_wave.mp4")  # doctest: +SKIP
    """
    need_packages()
    limits = limits or Limits()
    wishes = {name: value for name, value in options.items() if name in specs(Film)}
    (how,) = split(wishes, Film)
    look = {name: value for name, value in options.items() if name not in wishes}
    still, moving = _masks(masks)
    stylizer = Stylizer(style, masks=still, method=method, limits=limits, **look)
    stylizer.warm_up()
    from pinxit.video.io.opening import identify  # while the network opens
    from pinxit.video.job import Job

    inputs = [film, *_paths(style), *(_paths(to) if to is not None else []), *_paths(masks or [])]
    job = Job(
        source=Path(film),
        output=Path(output),
        side=stylizer.look.size,
        film=how,
        limits=limits,
        protect=tuple(Path(path) for path in inputs),
        resume=resume,
        strict=strict,
    )
    source = job.open()
    frames = FilmStylizer(
        stylizer,
        how,
        second=None if to is None else styles.gather(to, None, limits),
        mix=_mix(mix, to, source, how),
        strengths=_timeline(strengths, "strengths") if strengths else None,
        moving=_players(moving, limits, how),
    )
    made = recipe.make(
        stylizer.method, (stylizer.look, stylizer.options), identify(job.source), stylizer.style.origins, __version__
    )
    made |= {"strengths": strengths, "mix": mix, "masks": [_mask_name(mask) for mask in moving]}
    made |= {"to": [dataclasses.asdict(origin) for origin in frames.second.origins] if frames.second else []}
    steps = job.run(source, frames, made, stop)
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            report: Report = end.value
            return report
        watch(progress)


def need_packages() -> None:
    """Raise `MissingExtra` where what films need is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("av", "cv2")):
        raise MissingExtra("painting films", "video")


def _masks(masks: Sequence[Any] | None) -> tuple[list[Any] | None, list[Any]]:
    """Return the masks that stand still, and those that move, each with None in place of the others."""
    if masks is None:
        return None, []
    from pinxit.video.io.container import is_film

    def moves(mask: Any) -> bool:
        path = Path(mask) if isinstance(mask, str | os.PathLike) else None
        return mask == ALPHA if path is None else mask == ALPHA or os.path.isdir(path) or is_film(path)

    moving = [mask if isinstance(mask, str | os.PathLike) and moves(mask) else None for mask in masks]
    return [None if move else mask for mask, move in zip(masks, moving, strict=True)], moving


def _players(moving: Sequence[Any], limits: Limits, film: Film) -> list[MovingMask | str | None]:
    from pinxit.video.io.opening import open_source
    from pinxit.video.masks import MovingMask

    return [
        mask if mask is None or mask == ALPHA else MovingMask(open_source(Path(mask), limits, film.fps), film.start)
        for mask in moving
    ]


def _mask_name(mask: Any) -> Any:
    from pinxit.video.io.opening import identify

    return mask if mask is None or mask == ALPHA else dataclasses.asdict(identify(Path(mask)))


def _mix(mix: str, to: Any, source: Source, film: Film) -> Timeline | None:
    """Return the share of the second style at every moment."""
    if to is None:
        if mix:
            raise BadOption("mix says when the second style comes: give that style too, as --to")
        return None
    if mix:
        return _timeline(mix, "mix")
    end = min(film.end or source.info.seconds, source.info.seconds or film.end) - film.start
    if end <= 0:
        raise BadOption("the film does not say how long it is: say when the second style comes, as --mix '0s:0 4s:1'")
    return _timeline(f"0:0 {end:.6f}:1", "mix")


def _timeline(text: str, what: str) -> Timeline:
    from pinxit.video.timeline import parse

    return parse(text, what)


def _paths(pictures: Any) -> list[str | os.PathLike[str]]:
    """Return the names of files among pictures given one by one, in a list or in a mapping."""
    items = list(pictures) if isinstance(pictures, list | tuple | dict) else [pictures]
    flat = [item[0] if isinstance(item, tuple) and item else item for item in items]
    return [item for item in flat if isinstance(item, str | os.PathLike) and item != ALPHA]
