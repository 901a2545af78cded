"""How steady a painted film is, and how near its frames are to the style.

``warping``  the mean, over pairs of neighboring frames, of |P_t - W(P_(t-1))|^2 where the movement is known, as in Lai,
             Huang, Wang, Shechtman, Yumer, Yang, "Learning Blind Video Temporal Consistency", ECCV 2018; W moves by
             the original film's flow, and the mean is over pixels and channels in [0, 1]
``style``    the style distance of `pinxit.metrics.distances`, over some of the frames

Flow is computed from the original film, or given: one file a pair, in the order of their names.
"""

from __future__ import annotations

import io
import statistics
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.errors import BadFilm
from pinxit.images import Image
from pinxit.video import flow
from pinxit.video.flow import Flow
from pinxit.video.io.film import Source

FLO_TAG = 202021.25
"""First number of a .flo file, by which its byte order is known (Baker et al., the Middlebury flow benchmark)."""
STYLE_FRAMES = 12
"""Frames of a film whose style distance is measured, evenly spaced."""
UNEVEN = 3
"""Rows by which a painted frame may be too high or too low: codecs want even sides."""
TRUSTED = 0.99
"""Trust from which on a computed flow counts."""
WHOLE = 0.999
"""Share of a pixel in which the flow must be known: all of it, but for rounding."""


@dataclass(frozen=True, slots=True)
class FilmScore:
    """What was measured of a painted film; lower is better."""

    warping: float
    """Mean squared error from frame to frame."""
    warping_photo: float
    """The same of the original film: what is left of it comes from the film itself, and from interpolation."""
    frames: int
    style: float | None = None
    style_spread: float | None = None
    """Standard deviation of the style distance over the frames."""


def warping(original: Source, painted: Source, flows: list[Path] | None = None) -> FilmScore:
    """Measure the warping error of ``painted`` along ``original``, at the painted frames' size.

    ``flows``  true flow from each frame to the next one; without it the flow is computed

    Raises `BadFilm` where the films do not fit each other, or the flow does not fit them.
    """
    errors: list[float] = []
    own: list[float] = []
    last: tuple[Image, Image] | None = None
    for photo, image in _together(original, painted):
        if last is not None:
            if flows is not None and len(errors) == len(flows):
                break
            if flows is None:
                back, known = _computed(last[0], photo)
                errors.append(_error(last[1], image, back, known))
                own.append(_error(last[0], photo, back, known))
            else:
                forth, known = read_flow(flows[len(errors)], (image.shape[0], image.shape[1]))
                errors.append(_error(image, last[1], forth, known))  # moved back in time, along the true flow
                own.append(_error(photo, last[0], forth, known))
        last = photo, image
    if not errors:
        raise BadFilm("steadiness is measured from frame to frame: give films of two frames and more")
    return FilmScore(statistics.fmean(errors), statistics.fmean(own), len(errors) + 1)


def _together(original: Source, painted: Source) -> Iterator[tuple[Image, Image]]:
    """Yield each photo, at the painted size, with its painted frame."""
    for before, after in zip(original.frames(), painted.frames(), strict=False):
        photo, image = before.load()[0], after.load()[0]
        (height, width), (own_height, own_width) = photo.shape[:2], image.shape[:2]
        if abs(own_height - own_width * height / width) > UNEVEN * max(1, own_height / height):
            sizes = f"frames of {width} x {height} and of {own_width} x {own_height} px"
            raise BadFilm(f"the painted film is not one of the original's: {sizes}")
        yield images.resize(photo, (own_height, own_width)), image


def _computed(last: Image, photo: Image) -> tuple[Flow, NDArray[np.bool_]]:
    """Return the flow from ``photo`` back to ``last``, searched at full size by the finest preset, and its mask."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    before, present = (np.rint(cv2.transform(picture, flow.LUMA) * 255).astype(np.uint8) for picture in (last, photo))
    back: Any = search.calc(present, before, None)  # type: ignore[call-overload]
    forth: Any = search.calc(before, present, None)  # type: ignore[call-overload]
    return back, flow.consistency(back, forth) > TRUSTED


def _error(source: Image, wanted: Image, way: Flow, known: NDArray[np.bool_]) -> float:
    """Return the mean squared difference of ``wanted`` and ``source`` moved by ``way``, where it is known."""
    inside = known & ~flow.outside(way)
    if not inside.any():
        return 0.0
    difference = (wanted - flow.warp(source, way)) ** 2
    return float(difference[inside].mean())


def read_flow(path: Path, size: tuple[int, int]) -> tuple[Flow, NDArray[np.bool_]]:
    """Return the flow of a file, (H, W, 2) px, for pictures of ``size``, and where it is known.

    ``.flo`` (Middlebury), ``.npy`` of an array (H, W, 2), or ``.npz`` with ``flow`` and, if there are any, the masks
    ``occlusion`` and ``invalid``, which are True where it is not known. For smaller pictures it is the mean over each
    of their pixels, and known where all that lies in the pixel is: part of one that is hidden has no way.

    Raises `BadFilm`.
    """
    try:
        found, known = _flow_file(path)
        if found.ndim != 3 or found.shape[2] != 2 or not found.size or known.shape != found.shape[:2]:
            raise ValueError(found.shape)
    except Exception as error:  # NumPy and zipfile raise a dozen types for broken bytes
        raise BadFilm(f"{path.name} is no flow: it must be .flo, or .npy or .npz of an array (H, W, 2)") from error
    known &= np.isfinite(found).all(axis=2) & (np.abs(found) < 1e6).all(axis=2)
    return _sized(np.where(known[..., None], found, 0).astype(np.float32), known, size)


def _sized(found: Flow, known: NDArray[np.bool_], size: tuple[int, int]) -> tuple[Flow, NDArray[np.bool_]]:
    """Return a flow and where it is known for pictures of ``size`` = (height, width)."""
    height, width = size
    by_mean = height <= found.shape[0]
    ways, places = (cv2.INTER_AREA, cv2.INTER_AREA) if by_mean else (cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    share = cv2.resize(known.astype(np.float32), (width, height), interpolation=places)
    return flow.enlarged(found, size, ways), share > WHOLE


def _flow_file(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if path.suffix.lower() == ".flo":
        data = path.read_bytes()
        tag, width, height = struct.unpack("<fii", data[:12])
        if tag != FLO_TAG or width <= 0 or height <= 0 or len(data) != 12 + 8 * width * height:
            raise ValueError(tag)
        found = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2).astype(np.float32)
        return found, np.ones((height, width), np.bool_)
    loaded = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded.astype(np.float32), np.ones(loaded.shape[:2], np.bool_)
    with loaded as arrays:
        found = arrays["flow"].astype(np.float32)
        known = np.ones(found.shape[:2], np.bool_)
        for name in ("occlusion", "invalid"):
            if name in arrays.files:
                known &= ~arrays[name].astype(np.bool_)
    return found, known


def chosen(painted: Source) -> Iterator[Image]:
    """Yield `STYLE_FRAMES` of a film's frames, evenly spaced; all where it has no more."""
    every = max(1, painted.info.frames // STYLE_FRAMES)
    for number, frame in enumerate(painted.frames()):
        if number % every == 0:
            yield frame.load()[0]
