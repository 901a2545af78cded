"""The verb `score_video`: how steady a painted film is, and how near its frames are to the style."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from pinxit.config.keywords import ScoringKeywords
from pinxit.config.options import Limits, Scoring
from pinxit.config.spec import split
from pinxit.images import Image
from pinxit.video.api import need_packages

if TYPE_CHECKING:
    from pinxit.metrics.distances import Picture
    from pinxit.video.io.film import Source
    from pinxit.video.warping_error import FilmScore

STYLE_FRAMES = 12
"""Frames whose style distance is measured."""


def score_video(
    film: str | os.PathLike[str],
    painted: str | os.PathLike[str],
    *,
    style: Picture | None = None,
    flows: Sequence[str | os.PathLike[str]] | None = None,
    limits: Limits | None = None,
    **options: Unpack[ScoringKeywords],
) -> FilmScore:
    """Return how steady the film ``painted`` is along the original ``film``, and its distance to ``style``.

    Both are films or folders of numbered pictures. ``flows`` are files of the true flow, one for each pair of frames,
    see `pinxit.video.warping_error.read_flow`; ``options`` are those of `pinxit.config.options.Scoring`.

    Raises `PinxitError`.
    """
    need_packages()
    from pinxit.video.io.sources import open_source
    from pinxit.video.warping_error import warping_error

    (scoring,) = split(options, Scoring)
    original, repainted = (open_source(Path(path), limits or Limits()) for path in (film, painted))
    score = warping_error(original, repainted, None if flows is None else [Path(path) for path in flows])
    if style is None:
        return score
    from pinxit.metrics.distances import Scorer

    scorer = Scorer(vgg=scoring.vgg, size=scoring.size)
    distances = [scorer.style(style, image) for image in style_frames(repainted)]
    return replace(score, style=statistics.fmean(distances), style_spread=statistics.pstdev(distances))


def style_frames(painted: Source) -> Iterator[Image]:
    """Yield about `STYLE_FRAMES` of a film's frames, evenly spaced; all if it has no more."""
    every = max(1, painted.info.frames // STYLE_FRAMES)
    for number, frame in enumerate(painted.frames()):
        if number % every == 0:
            yield frame.load()[0]
