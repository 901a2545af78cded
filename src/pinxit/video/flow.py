"""Optical flow: where each pixel of a frame was in the previous frame, and how far that can be trusted.

Dense inverse search (Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016), as
implemented in OpenCV, at reduced size: the backward flow at full precision, the forward flow, needed only for the
consistency check, without refinement. A pixel is trusted where both flows agree, by the test of Sundaram, Brox,
Keutzer, "Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow", ECCV 2010, equation 5, which
Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos", GCPR 2016, use too, and where the warped photos match.
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
from pinxit.video.io.film import Plane

Flow = NDArray[np.float32]
"""(H, W, 2): what to add to a pixel's (x, y) to find it in the other frame, px."""
Gray = NDArray[np.uint8]

SEARCH_SIDES, SEARCH_SHARE = (288, 384), 2 / 3
"""Long side of the flow search: this share of the painted side, within these bounds, px. A search at 384 px takes twice
as long as at 288; it lowers the warping error of films painted at 256 px by a twentieth, and at 512 px by a tenth. On
Sintel's cave_2 half of the flow errs by at most 0.17 px of 512; by 0.24 px if a search of the same duration stops at
half of 512 px."""
SEARCH, CHECK_SEARCH = (2, 5, 0), (0, 5, 1)
"""Backward and forward search: variational refinements at each scale, px between patches, halvings of the finest scale.
The preset's 5 and 4 cost three quarters more and lower the error by a twentieth; the forward search costs a sixth."""
DESCENT_STEPS = 6
"""Gradient steps for each patch. The preset's 16 find nothing better."""
SLACK, COARSE_SLACK = 0.5, 2.0
"""Squared distance, px, by which a pixel may miss its start after going back and forth; with the coarse forward one."""
DIFFERENCE = 0.05
"""Luminance difference between the warped photos at which trust has fallen to 1 / e, in a film of full contrast. With
0.08 the wheel of a bicycle that had gone behind a tree stayed visible for four more frames."""
CONTRAST = 0.7
"""The same in standard deviations of the photo's luminance, for films of low contrast: a dark film is painted as
boldly as a bright one, so that photos that look nearly the same may be painted quite differently."""
DIFFERENCE_SIDE = 3
"""Side of the square over which that difference is averaged, px of the flow; small, so that thin things count."""
CORES_PER_THREAD = 4
"""OpenCV gets one of every so many cores while a film is painted."""
LUMA = color.LUMA[None].astype(np.float32)
"""(1, 3), as OpenCV takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The movement between a frame and the previous one."""

    back: Flow
    """From each pixel of the present frame to its position in the previous one."""
    trust: Plane
    """(H, W) in [0, 1]: 0 where the pixel was hidden, looked different, or its movement is unknown."""

    def at(self, size: tuple[int, int]) -> Motion:
        """Return the same movement for pictures of ``size`` = (height, width)."""
        if self.trust.shape == size:
            return self
        trust = cv2.resize(self.trust, size[::-1], interpolation=cv2.INTER_LINEAR)
        return Motion(resize(self.back, size), np.asarray(trust, np.float32))


@contextmanager
def limited_threads() -> Iterator[None]:
    """Leave most cores to painting: a search by two threads takes a third more CPU time than one by a single thread."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads())
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def threads() -> int:
    """Return how many threads OpenCV gets while a film is painted."""
    return max(1, cores.allowed() // CORES_PER_THREAD)


def search_side(painted_side: int) -> int:
    """Return the long side, px, of the flow search in a film whose painted frames have that long side."""
    return round(min(max(SEARCH_SHARE * painted_side, SEARCH_SIDES[0]), SEARCH_SIDES[1]))


def gray(image: Image, side: int = SEARCH_SIDES[1]) -> Gray:
    """Return the luminance of ``image`` (H, W, 3) at the size of the flow search: its long side is at most ``side``."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    plane = cv2.transform(image, LUMA)
    return np.rint(cv2.resize(plane, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)


def estimate(before: Gray, present: Gray) -> Motion:
    """Return how ``before`` moved to become ``present``, both (h, w) from `gray`."""
    back = _searches.back.calc(present, before, None)  # type: ignore[call-overload]
    _searches.forward.setFinestScale(CHECK_SEARCH[2])  # OpenCV lowers the setting itself for pictures below 46 px
    forward = _searches.forward.calc(before, present, None)  # type: ignore[call-overload]
    return Motion(back, consistency(back, forward, COARSE_SLACK) * agreement(before, present, back))


def _search(refinements: int, stride: int, halved: int) -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(halved)
    search.setVariationalRefinementIterations(refinements)
    search.setPatchStride(stride)
    search.setGradientDescentIterations(DESCENT_STEPS)
    return search


class _Searches(threading.local):
    """The two searches of each thread: a search made anew takes half as long again, for the same flow."""

    def __init__(self) -> None:
        self.back, self.forward = _search(*SEARCH), _search(*CHECK_SEARCH)


_searches = _Searches()


def consistency(back: Flow, forward: Flow, slack: float = SLACK) -> Plane:
    """Return 1 where following ``back`` and then ``forward`` ends at the start, falling to 0 where it does not.

    |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + slack, here with a soft edge; the paper's slack is 0.5.
    """
    (x, y), (far_x, far_y) = cv2.split(back), cv2.split(warp(forward, back))
    gap = (x + far_x) ** 2 + (y + far_y) ** 2
    allowed = 0.01 * (x * x + y * y + far_x * far_x + far_y * far_y) + slack
    trust: Plane = np.clip(2 - gap / allowed, 0, 1).astype(np.float32)
    trust[outside(back)] = 0
    return trust


def agreement(before: Gray, present: Gray, back: Flow) -> Plane:
    """Return 1 where the photos match after warping, falling to 0 where they differ."""
    moved = warp(before.astype(np.float32), back, sharp=True)  # linear interpolation would change fine detail
    difference = cv2.blur(np.abs(moved - present.astype(np.float32)), (DIFFERENCE_SIDE, DIFFERENCE_SIDE))
    allowed = np.float32(max(1.0, min(255 * DIFFERENCE, CONTRAST * float(present.std()))))
    return np.asarray(np.exp(-((difference / allowed) ** 2)), np.float32)


def outside(back: Flow) -> NDArray[np.bool_]:
    """Return where a pixel comes from outside the frame."""
    height, width = back.shape[:2]
    x, y = cv2.split(back + grid(height, width))
    return np.asarray((x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5))


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> Flow:
    """Return the (x, y) of every pixel, (H, W, 2)."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)


def resize(flow: Flow, size: tuple[int, int], interpolation: int = cv2.INTER_LINEAR) -> Flow:
    """Return ``flow`` for pictures of ``size`` = (height, width); ``interpolation`` is one of OpenCV's."""
    if flow.shape[:2] == size:
        return flow
    scale = np.array([size[1] / flow.shape[1], size[0] / flow.shape[0]], np.float32)
    return np.asarray(cv2.resize(flow, size[::-1], interpolation=interpolation) * scale, np.float32)


def warp(picture: NDArray[np.float32], back: Flow, *, sharp: bool = False) -> NDArray[np.float32]:
    """Return ``picture`` (H, W, C) of the previous frame, moved to the present one.

    If ``sharp``, interpolates by cubic convolution, which keeps fine strokes; else linearly, which never overshoots.
    """
    source = back + grid(back.shape[0], back.shape[1])
    kind = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    return np.asarray(cv2.remap(picture, source, None, kind, borderMode=cv2.BORDER_REPLICATE), np.float32)  # type: ignore[call-overload]
