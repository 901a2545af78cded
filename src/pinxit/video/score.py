"""Scores of a painted film: how much it flickers, and how near its frames are to the style.

The warping error is the mean, over pairs of neighboring frames, of |P_t - W(P_(t-1))|^2 where the movement is known, as
in Lai, Huang, Wang, Shechtman, Yumer, Yang, "Learning Blind Video Temporal Consistency", ECCV 2018; W warps by the
original film's flow, computed or read from files, and the mean is over pixels and channels in [0, 1].
"""

from __future__ import annotations

import io
import itertools
import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.keywords import ScoringKeywords
from pinxit.config.options import Limits, Scoring
from pinxit.config.spec import split
from pinxit.errors import BadFilm
from pinxit.images import Image
from pinxit.video import flow
from pinxit.video.flow import Flow
from pinxit.video.io.film import Source
from pinxit.video.io.sources import open_source

if TYPE_CHECKING:
    from pinxit.metrics.distances import Picture

STYLE_FRAMES = 12
"""Frames whose style distance is measured."""
Mask = NDArray[np.bool_]
"""(H, W): where the flow is known."""

MAX_ROWS_OFF = 3
"""Rows by which a painted frame may be too high or too low: codecs need even sides."""
TRUSTED = 0.99
"""Trust from which on a computed flow counts as known."""
WHOLE = 0.999
"""Share of a pixel in which the flow must be known: all of it, up to rounding."""


@dataclass(frozen=True, slots=True)
class FilmScore:
    """The measures of a painted film; lower is better."""

    warping: float
    """Mean squared error from frame to frame."""
    warping_photo: float
    """The same of the original film: the part that comes from the film itself and from interpolation."""
    frames: int
    style: float | None = None
    style_spread: float | None = None
    """Standard deviation of the style distance over the frames."""


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
    see `read_flow`; ``options`` are those of `pinxit.config.options.Scoring`.
    """
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


def warping_error(original: Source, painted: Source, flows: list[Path] | None = None) -> FilmScore:
    """Return the warping error of ``painted`` along ``original``, at the painted frames' size.

    ``flows``  the true flow from each frame to the next one; without it the flow is computed

    Raises `BadFilm` if the films do not match each other, or the flow does not match them.
    """
    errors: list[tuple[float, float]] = []
    for (last_photo, last), (photo, image) in itertools.pairwise(_pairs(original, painted)):
        if flows is None:
            way, valid = _estimate(last_photo, photo)
            moves = (last, image), (last_photo, photo)
        elif len(errors) < len(flows):
            way, valid = read_flow(flows[len(errors)], (image.shape[0], image.shape[1]))
            moves = (image, last), (photo, last_photo)  # warped back in time, along the true flow
        else:
            break
        errors.append((_error(*moves[0], way, valid), _error(*moves[1], way, valid)))
    if not errors:
        raise BadFilm("steadiness is measured from frame to frame: give films of two frames and more")
    painted_errors, photo_errors = zip(*errors, strict=True)
    return FilmScore(statistics.fmean(painted_errors), statistics.fmean(photo_errors), len(errors) + 1)


def _pairs(original: Source, painted: Source) -> Iterator[tuple[Image, Image]]:
    """Yield each photo, at the painted size, with its painted frame."""
    for before, after in zip(original.frames(), painted.frames(), strict=False):
        photo, image = before.load()[0], after.load()[0]
        (height, width), (painted_height, painted_width) = photo.shape[:2], image.shape[:2]
        if abs(painted_height - painted_width * height / width) > MAX_ROWS_OFF * max(1, painted_height / height):
            sizes = f"frames of {width} x {height} and of {painted_width} x {painted_height} px"
            raise BadFilm(f"the painted film does not match the original: {sizes}")
        yield images.resize(photo, (painted_height, painted_width)), image


def _estimate(last: Image, photo: Image) -> tuple[Flow, Mask]:
    """Return the flow from ``photo`` back to ``last``, searched at full size, and where it is known."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    before, present = (np.rint(cv2.transform(picture, flow.LUMA) * 255).astype(np.uint8) for picture in (last, photo))
    back: Flow = search.calc(present, before, None)  # type: ignore[call-overload]
    forward: Flow = search.calc(before, present, None)  # type: ignore[call-overload]
    return back, flow.consistency(back, forward) > TRUSTED


def _error(source: Image, target: Image, way: Flow, valid: Mask) -> float:
    """Return the mean squared difference of ``target`` and ``source`` warped by ``way``, where that is known."""
    inside = valid & ~flow.outside(way)
    difference = (target - flow.warp(source, way)) ** 2
    return float(difference[inside].mean()) if inside.any() else 0.0


def read_flow(path: Path, size: tuple[int, int]) -> tuple[Flow, Mask]:
    """Return the flow in a file, (H, W, 2) px, for pictures of ``size`` = (height, width), and where it is known.

    The file is ``.flo`` (Middlebury), ``.npy`` of an array (H, W, 2), or ``.npz`` with ``flow`` and optionally the
    masks ``occlusion`` and ``invalid``, which are True where it is unknown. For smaller pictures the flow is averaged
    over each of their pixels, and known where it is known in all of the pixel.

    Raises `BadFilm`.
    """
    try:
        vectors, valid = _read_flow_file(path)
        if vectors.ndim != 3 or vectors.shape[2] != 2 or not vectors.size or valid.shape != vectors.shape[:2]:
            raise ValueError(vectors.shape)
    except Exception as error:  # NumPy, OpenCV and zipfile raise a dozen types for broken bytes
        raise BadFilm(f"{path.name} is not a flow: it must be .flo, or .npy or .npz of an array (H, W, 2)") from error
    valid &= np.isfinite(vectors).all(axis=2) & (np.abs(vectors) < 1e6).all(axis=2)
    vectors = np.where(valid[..., None], vectors, 0).astype(np.float32)
    smaller = size[0] <= vectors.shape[0]
    flow_kind, mask_kind = (cv2.INTER_AREA, cv2.INTER_AREA) if smaller else (cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    share = cv2.resize(valid.astype(np.float32), size[::-1], interpolation=mask_kind)
    return flow.resize(vectors, size, flow_kind), share > WHOLE


def _read_flow_file(path: Path) -> tuple[Flow, Mask]:
    flo = path.suffix.lower() == ".flo"
    loaded = cv2.readOpticalFlow(str(path)) if flo else np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    arrays = {"flow": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    vectors = arrays["flow"].astype(np.float32)
    valid = np.ones(vectors.shape[:2], np.bool_)
    for name in {"occlusion", "invalid"} & arrays.keys():
        valid &= ~arrays[name].astype(np.bool_)
    return vectors, valid
