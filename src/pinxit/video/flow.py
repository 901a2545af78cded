"""How a film moves: where each pixel of a frame was in the frame before, and where that can be trusted.

Dense inverse search (Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016), as
in OpenCV, at reduced size: backward with care, and forward, only to be compared, without refinement. A pixel is
trusted where both agree: by the test of Sundaram, Brox, Keutzer, "Dense Point Trajectories by GPU-accelerated Large
Displacement Optical Flow", ECCV 2010, equation 5, that Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos",
GCPR 2016, use too. And it is trusted where the photos look the same there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit import cores
from pinxit.images import Image, color

Flow = NDArray[np.float32]
"""(H, W, 2): what to add to a pixel's (x, y) to find it in the other frame, px."""
Plane = NDArray[np.float32]
Gray = NDArray[np.uint8]

SIDES, SHARE = (288, 384), 2 / 3
"""Long side at which movement is looked for, px: so much of the painted one, within these bounds. At 384 px a search
takes twice as long as at 288, and the warping error of films painted at 256 px was a twentieth lower; of 512 px, a
tenth. On Sintel's cave_2 half of the flow is wrong by no more than 0.17 px of 512; by 0.24 px where the search ends at
half of 512 px, which takes as long."""
SEARCH = 2, 5, 0
"""Variational refinements at each size, px between patches, and how often the last size is halved; the preset's 5 and 4
cost three quarters more and mend a twentieth."""
CHECKING = 0, 5, 1
"""The same of the forward search: a sixth of the cost."""
DESCENTS = 6
"""Gradient steps a patch. The preset's 16 find nothing better."""
SLACK = 0.5
"""Squared px by which going back and forth may always miss its beginning."""
LOOSE = 2.0
"""The same where the way forth is found by the coarser search."""
DIFFERENCE = 0.05
"""Difference of the photos' luminance, after moving, at which trust has fallen to 1 / e: in a film of full contrast.
With 0.08 the wheel of a bicycle that had gone behind a tree was seen for four frames more."""
CONTRAST = 0.7
"""The same in standard deviations of the photo's luminance. In a dark film little is much: it is painted no less bold,
and what looks nearly the same there may be painted quite otherwise."""
NEAR = 3
"""Side of the square over which that difference is taken, in pixels of the flow: thin things count."""
SPARE = 4
"""Of so many cores OpenCV gets one while a film is painted."""
LUMA = color.LUMA[None].astype(np.float32)
"""(1, 3), as OpenCV takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The movement between a frame and the one before it."""

    back: Flow
    """From each pixel of the present frame to its place in the one before."""
    trust: Plane
    """(H, W) in [0, 1]: 0 where it was not to be seen before, looked otherwise, or is not known."""

    def at(self, size: tuple[int, int]) -> Motion:
        """Return the same movement for pictures of ``size`` = (height, width)."""
        if self.trust.shape == size:
            return self
        trust = cv2.resize(self.trust, size[::-1], interpolation=cv2.INTER_LINEAR)
        return Motion(enlarged(self.back, size), np.asarray(trust, np.float32))


@contextmanager
def spared() -> Iterator[None]:
    """Leave most cores to painting meanwhile: a search by two threads takes a third more of the processors' time."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads())
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def threads() -> int:
    """Return how many threads OpenCV gets while a film is painted."""
    return max(1, cores.allowed() // SPARE)


def side(painted: int) -> int:
    """Return the long side at which movement is looked for in a film whose ``painted`` one is given, px."""
    return round(min(max(SHARE * painted, SIDES[0]), SIDES[1]))


def gray(image: Image, side: int = SIDES[1]) -> Gray:
    """Return the luminance of ``image`` (H, W, 3) at the size that movement is looked for in, at most ``side``."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    plane = cv2.transform(image, LUMA)
    return np.rint(cv2.resize(plane, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)


def find(before: Gray, present: Gray) -> Motion:
    """Return how ``before`` moved to become ``present``, both (h, w) from `gray`."""
    back = _searches.back.calc(present, before, None)  # type: ignore[call-overload]
    _searches.forth.setFinestScale(CHECKING[2])  # pictures of less than 46 px have it lower its own setting
    forth = _searches.forth.calc(before, present, None)  # type: ignore[call-overload]
    return Motion(back, consistency(back, forth, LOOSE) * agreement(before, present, back))


class _Searches(threading.local):
    """The two searches, kept by each thread for itself: a new one takes half as long again, for the same flow."""

    def __init__(self) -> None:
        self.back, self.forth = _search(*SEARCH), _search(*CHECKING)


def _search(refinements: int, stride: int, halved: int) -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(halved)
    search.setVariationalRefinementIterations(refinements)
    search.setPatchStride(stride)
    search.setGradientDescentIterations(DESCENTS)
    return search


_searches = _Searches()


def consistency(back: Flow, forth: Flow, slack: float = SLACK) -> Plane:
    """Return 1 where going ``back`` and ``forth`` again ends where it began, falling to 0 where it does not.

    |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + slack, here with a soft edge; the paper's slack is 0.5.
    """
    (x, y), (far_x, far_y) = cv2.split(back), cv2.split(warp(forth, back))
    gap = (x + far_x) ** 2 + (y + far_y) ** 2
    allowed = 0.01 * (x * x + y * y + far_x * far_x + far_y * far_y) + slack
    trust: Plane = np.clip(2 - gap / allowed, 0, 1).astype(np.float32)
    trust[outside(back)] = 0
    return trust


def agreement(before: Gray, present: Gray, back: Flow) -> Plane:
    """Return 1 where the photos look the same after moving, falling to 0 where they do not."""
    moved = warp(before.astype(np.float32), back, sharp=True)  # linearly, fine detail would look otherwise
    difference = cv2.blur(np.abs(moved - present.astype(np.float32)), (NEAR, NEAR))
    allowed = np.float32(max(1.0, min(255 * DIFFERENCE, CONTRAST * float(present.std()))))
    agreed: Plane = np.exp(-((difference / allowed) ** 2))
    return agreed


def outside(back: Flow) -> NDArray[np.bool_]:
    """Return where a pixel comes from outside the frame."""
    height, width = back.shape[:2]
    x, y = cv2.split(back + grid(height, width))
    outside: NDArray[np.bool_] = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return outside


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> Flow:
    """Return every pixel's own (x, y), (H, W, 2)."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)


def enlarged(flow: Flow, size: tuple[int, int], kind: int = cv2.INTER_LINEAR) -> Flow:
    """Return ``flow`` for pictures of ``size`` = (height, width), by OpenCV's interpolation ``kind``."""
    height, width = size
    if flow.shape[:2] == size:
        return flow
    larger = cv2.resize(flow, (width, height), interpolation=kind)
    larger *= np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    return np.asarray(larger, np.float32)


def warp(picture: NDArray[np.float32], back: Flow, *, sharp: bool = False) -> NDArray[np.float32]:
    """Return ``picture`` (H, W, C) of the frame before as it looks in the present one.

    ``sharp`` interpolates by cubic convolution, which keeps fine strokes; otherwise linearly, which never overshoots.
    """
    height, width = back.shape[:2]
    place = back + grid(height, width)
    kind = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    return np.asarray(cv2.remap(picture, place, None, kind, borderMode=cv2.BORDER_REPLICATE), np.float32)  # type: ignore[call-overload]
