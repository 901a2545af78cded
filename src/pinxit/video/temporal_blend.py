"""Steady films: each painted frame is blended with the one before, moved to where it is now.

With P the painted frame, W(O') the O of the frame before moved by the flow (Ruder et al. 2016 move it in the same way),
and T in [0, 1] the trust in that:

    O = P + k S(T) (W(O') - P),    k = steadiness x MOST^n < 1

S making its edges soft in skies, and n being the frames since one was painted whole. An error fades with every
painting. So that a new painting is not seen to come, it is let in by halves: the frame itself is shown with
MOST^(n / 2), and the next ones, carried on from O, have the rest.

The mean of paintings whose strokes lie elsewhere has none. So the painter is shown where they lie: of the frame before
it sees a little of the finest detail F (what a Gaussian of 1 px takes away) in the photo p, in luminance, as a painter
works on what is there already:

    p + GUIDE x steadiness x strength x T M F(W(O'))

M is 0 where nothing moves near by: the same photo must be painted the same, and a picture that stands still settles at
P itself, however long it lasts.

Two things keep strokes sharp. W interpolates by cubic convolution, which takes less of fine detail than bilinear
interpolation; Lanczos' kernel takes a little less still, at six times the cost. And what the mean of several frames
loses in grain is given back: O is shown with its finest detail enlarged until it is as strong as P's,

    O + T (g - 1) F(O),    g^2 = sum T F(P)^2 / sum T F(O)^2,    1 <= g <= GAIN

while O itself is what the next frame is blended with: nothing is enlarged twice. Frames that are carried on
(`pinxit.video.propagate`) have little P of their own: they are given the grain of the last one that was painted whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pinxit.images import Image
from pinxit.video import flow
from pinxit.video.flow import Flow, Gray, Motion, Plane
from pinxit.video.record import State

MOST = 0.88
"""Share of the frame before at the steadiness 1, where it is trusted in full, for each frame since one was painted."""
GUIDE = 0.25
"""Share of the frame before's finest detail that the painter sees. Over four films of 256 px the style distance came
5.3% above that of frames alone without it, 2.9% with it. More brought it no nearer, and hatching grew in the dark."""
AREA, MOVES = 31, 0.1
"""Side of the square, px, over which movement is averaged, and the movement, px a frame, from which on M is 1."""
FINE = 1.0
"""Standard deviation of the Gaussian that takes the finest detail away, px."""
GAIN = 1.5
"""Most by which it is enlarged."""
GRAY, PAINTED, DOUBT, MASKS = "gray", "painted", "doubt", "masks"
"""Names of what the next frame needs: the photo as `pinxit.video.flow.gray` sees it, O, and, where O was carried on and
not all that was doubtful was painted, how little the rest is to be trusted, (H, W) in [0, 1]; and the masks that move,
(H, W, N), by which O was painted."""
SOFT = 16
"""How wide the edge of new paint is, px; even, and whole strides: parts are painted with so much around them."""
UNSEEN, SPECK = 0.5, 5
"""Patches that have such an edge are trusted less than this, and are as wide, px: smaller ones are not seen as such."""
EVEN = 0.03
"""Where the photo's standard deviation is so large, colors being 0 to 1, soft edges are weaker by a factor of e: among
detail no edge is seen, and all that is painted anew differs from frame to frame."""
CUT = 0.25
"""A frame of which less than this share is trusted begins a new scene."""


@dataclass(frozen=True, eq=False)
class Before:
    """The frame before, as it should look now."""

    picture: Image
    """(H, W, 3) in [0, 1], moved to the present."""
    trust: Plane
    """(H, W) in [0, 1]."""
    back: Flow
    """By which it was moved, (H, W, 2), px."""
    photo: Gray
    """The present one, as `pinxit.video.flow.gray` sees it."""

    @cached_property
    def held(self) -> Plane:
        """The share of it that is kept, (H, W) in [0, 1]: the `softened` trust."""
        return softened(self.trust, self.photo)

    def guide(self, photo: Image, share: float) -> Image:
        """Return the photo as a painter is to see it, (H, W, 3) in [0, 1].

        ``share``  the steadiness, or less where strokes are to be weaker: with 0 it is the photo
        """
        pixels = cv2.blur(cv2.magnitude(*cv2.split(self.back)), (AREA, AREA))
        moves = np.minimum(pixels / np.float32(MOVES), 1)
        fine = cv2.transform(_fine(self.picture), flow.LUMA)
        seen = photo + (np.float32(GUIDE * share) * self.trust * moves * fine)[..., None]
        return np.asarray(seen.clip(0, 1), np.float32)


def before(
    photo: Gray, size: tuple[int, int], state: State | None, masks: Image | None = None, motion: Motion | None = None
) -> Before | None:
    """Return the frame before, moved to where it is in the present ``photo``, at ``size`` = (height, width).

    ``masks``  (H, W, N) in [0, 1]: those that move, as they are now; where they differ from the ones before, which are
               moved with the photo, something else is to be painted
    ``motion``  from the photo in ``state`` to the present one; None: it is looked for

    None for the first frame of a film or of a scene.
    """
    if not state or state[GRAY].shape != photo.shape or state[PAINTED].shape[:2] != size:
        return None
    motion = (motion or flow.find(state[GRAY], photo)).at(size)
    if motion.trust.mean() < CUT:
        return None
    back, trust = motion.back, motion.trust
    moved = flow.warp(state[PAINTED], back, sharp=True)
    if DOUBT in state:
        trust = trust * (1 - flow.warp(state[DOUBT], back))
    if masks is not None and MASKS in state and state[MASKS].shape == masks.shape:
        trust = trust * (1 - _changed(masks, state[MASKS], back))
    return Before(np.clip(moved, 0, 1, out=moved), trust, back, photo)


def softened(trust: Plane, photo: Gray) -> Plane:
    """Return a trust, (H, W) in [0, 1], that falls slowly, over `SOFT` px, to where there is none, and no further.

    ``photo``  the present one, at any size: only where it is flat edges are soft

    New paint seldom has the very tint of what is carried on: with a hard edge between them, a patch was seen in skies.
    """
    lost = np.where(trust < UNSEEN, np.uint8(255), np.uint8(0))
    patches = cv2.morphologyEx(lost, cv2.MORPH_OPEN, np.ones((SPECK, SPECK), np.uint8))
    if not patches.any():
        return trust
    # A patch that has grown by half of the edge's width and is blurred by all of it is whole where it was.
    grown = cv2.dilate(patches, np.ones((SOFT + 1, SOFT + 1), np.uint8))
    edge = cv2.blur(grown, (SOFT + 1, SOFT + 1)).astype(np.float32) / np.float32(255)
    edge *= cv2.resize(_flat(photo), trust.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.min(trust, 1 - edge), np.float32)


def _flat(photo: Gray) -> Plane:
    """Return how flat a photo (h, w) is around each pixel: exp(-variance / `EVEN`^2)."""
    values = photo.astype(np.float32)
    mean, square = (cv2.blur(each, (SOFT, SOFT)) for each in (values, values * values))
    return np.exp((mean * mean - square).clip(None, 0) / np.float32((255 * EVEN) ** 2))


def _changed(masks: Image, last: Image, back: Flow) -> Plane:
    """Return, (H, W) in [0, 1], the most by which one of the masks differs from the one before, moved."""
    moved = [flow.warp(np.ascontiguousarray(last[..., place]), back) for place in range(last.shape[2])]
    return np.asarray(np.abs(masks - np.stack(moved, axis=-1)).max(axis=2).clip(0, 1), np.float32)


def blend(painted: Image, last: Before | None, steadiness: float, frames: float) -> Image:
    """Return O, (H, W, 3) in [0, 1].

    ``frames``  n: since one was painted whole; half of them for what is shown
    """
    if last is None or not steadiness:
        return painted
    share = cv2.merge([last.held * np.float32(steadiness * MOST**frames)] * 3)
    blended: Image = painted + share * (last.picture - painted)
    return blended


def grain(painted: Image, last: Before | None) -> np.float32:
    """Return how strong the finest detail of P is where the frame before is trusted: its mean square."""
    return _strength(_fine(painted), None if last is None else last.trust)


def grained(blended: Image, last: Before | None, wanted: np.float32) -> Image:
    """Return O with a `grain` as wanted, (H, W, 3) in [0, 1]: what is shown."""
    if last is None:
        return blended
    fine = _fine(blended)
    gain = np.clip(np.sqrt(wanted / max(_strength(fine, last.trust), np.float32(1e-12))), 1, GAIN)
    more = cv2.merge([last.trust * np.float32(gain - 1)] * 3)
    return np.clip(blended + more * fine, 0, 1)


def _fine(picture: Image) -> Image:
    """Return F."""
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), FINE), np.float32)


def _strength(fine: Image, trust: Plane | None) -> np.float32:
    """Return the mean square of fine detail, where it is trusted."""
    squares = cv2.transform(cv2.multiply(fine, fine), np.full((1, 3), 1 / 3, np.float32))
    # Sums by NumPy are equal wherever in memory the arrays lie; those by BLAS (vdot) are not: films must resume alike.
    return np.float32(squares.mean() if trust is None else (squares * trust).sum() / max(trust.sum(), 1e-6))


def remember(photo: Gray, blended: Image) -> State:
    """Return what the next frame needs."""
    return {GRAY: photo, PAINTED: blended}
