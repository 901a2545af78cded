"""Temporal blending: each painted frame is mixed with the previous output, warped to the present.

With P the painted frame, W(O') the previous output O' warped by the optical flow (as in Ruder et al. 2016), and T in
[0, 1] the trust in the flow:

    O = P + k S(T) (W(O') - P),    k = steadiness x DECAY^n < 1

S softens the edges of T in flat areas such as skies; n is the number of frames since one was painted in full. An error
fades with every painting. So that a new painting does not appear abruptly, half of it enters at a time: the frame
itself is shown with DECAY^(n / 2), and the next frames, propagated from O, show the rest.

Averaging paintings whose strokes lie in different places would blur the strokes. So the method's input hints at where
the strokes lie: in luminance, a little of the finest detail F of the previous output (what a Gaussian of 1 px removes)
is added to the photo p:

    p + GUIDE x steadiness x strength x T M F(W(O'))

M is 0 where nothing moves nearby: the same photo must be painted the same way, and a still shot settles at P itself,
however long it lasts.

Two things keep strokes sharp. W interpolates by cubic convolution, which loses less fine detail than bilinear
interpolation; Lanczos' kernel loses a little less still, at six times the cost. And the grain lost by averaging several
frames is restored: O is shown with its finest detail amplified until it is as strong as P's,

    O + T (g - 1) F(O),    g^2 = sum T F(P)^2 / sum T F(O)^2,    1 <= g <= MAX_GAIN

while the next frame is blended with O itself: nothing is amplified twice. A propagated frame (`pinxit.video.propagate`)
has little P of its own: it gets the grain of the last frame painted in full.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pinxit.images import Image
from pinxit.video import flow
from pinxit.video.flow import Flow, Gray, Motion
from pinxit.video.io.film import Plane
from pinxit.video.record import State

DECAY = 0.88
"""Weight of the previous output at steadiness 1, where it is fully trusted, for each frame since the last full one."""
GUIDE = 0.25
"""Share of the previous output's finest detail added to the method's input. Over four films of 256 px the style
distance was 5.3% above that of frames painted alone without it, 2.9% with it. A larger share brought no gain and made
hatching grow in dark areas."""
MOTION_AREA, MOTION_PIXELS = 31, 0.1
"""Side of the square, px, over which movement is averaged, and the movement, px a frame, at which M reaches 1."""
FINE_SIGMA, MAX_GAIN = 1.0, 1.5
"""Standard deviation of the Gaussian that removes the finest detail, px; largest amplification of that detail."""
GRAY, PAINTED, DOUBT, MASKS = "gray", "painted", "doubt", "masks"
"""Keys of the state: the photo as `pinxit.video.flow.gray` makes it; O; the doubt (H, W) in [0, 1] left where O was
propagated and not repainted; and the moving masks (H, W, N) that O was painted with."""
EDGE = 16
"""Width of the soft edge of new paint, px: even, and a multiple of every network's stride, as windows are painted with
this much around them."""
LOST, SPECK = 0.5, 5
"""A patch gets a soft edge where its trust is below this and it is at least this wide, px: smaller patches are not
visible as such."""
FLAT_DEVIATION = 0.03
"""Standard deviation of the photo, colors being 0 to 1, at which soft edges are weaker by a factor of e: in detailed
areas no edge is visible, and paint renewed there differs from frame to frame."""
SCENE_CUT = 0.25
"""A frame whose mean trust is below this begins a new scene."""


@dataclass(frozen=True, eq=False)
class WarpedFrame:
    """The previous output, warped to the present frame."""

    picture: Image
    """(H, W, 3) in [0, 1]."""
    trust: Plane
    """(H, W) in [0, 1]."""
    back: Flow
    """The flow it was warped by."""
    photo: Gray

    @cached_property
    def soft_trust(self) -> Plane:
        """S(T), (H, W) in [0, 1]; see `soften`."""
        return soften(self.trust, self.photo)

    def strokes(self, share: float) -> Plane:
        """Return what is added to the method's input, (H, W), in luminance; ``share`` is steadiness x strength."""
        pixels = cv2.blur(cv2.magnitude(*cv2.split(self.back)), (MOTION_AREA, MOTION_AREA))
        moves = np.minimum(pixels / np.float32(MOTION_PIXELS), 1)
        fine = cv2.transform(_fine(self.picture), flow.LUMA)
        return np.asarray(np.float32(GUIDE * share) * self.trust * moves * fine, np.float32)


def warp_previous(
    photo: Gray, size: tuple[int, int], state: State | None, masks: Image | None = None, motion: Motion | None = None
) -> WarpedFrame | None:
    """Return the previous output, warped to the present ``photo``, at ``size``; None for the first frame of a scene.

    ``masks``   (H, W, N) in [0, 1]: the present moving masks; trust falls where they differ from the previous ones
    ``motion``  from the photo in ``state`` to the present one; None: estimated here
    """
    if not state or state[GRAY].shape != photo.shape or state[PAINTED].shape[:2] != size:
        return None
    motion = (motion or flow.estimate(state[GRAY], photo)).at(size)
    back, trust = motion.back, motion.trust
    if trust.mean() < SCENE_CUT:
        return None
    moved = flow.warp(state[PAINTED], back, sharp=True)
    if DOUBT in state:
        trust = trust * (1 - flow.warp(state[DOUBT], back))
    if masks is not None and MASKS in state and state[MASKS].shape == masks.shape:
        trust = trust * (1 - _mask_change(masks, state[MASKS], back))
    return WarpedFrame(np.clip(moved, 0, 1, out=moved), trust, back, photo)


def soften(trust: Plane, photo: Gray) -> Plane:
    """Return the trust, (H, W) in [0, 1], lowered over `EDGE` px around patches without trust in flat areas of a photo.

    New paint rarely has exactly the tint of the propagated picture: with a hard edge, patches were visible in skies.
    """
    lost = np.where(trust < LOST, np.uint8(255), np.uint8(0))
    patches = cv2.morphologyEx(lost, cv2.MORPH_OPEN, np.ones((SPECK, SPECK), np.uint8))
    if not patches.any():
        return trust
    # Dilating by half the edge's width and blurring over all of it leaves the patch itself at full weight.
    dilated = cv2.dilate(patches, np.ones((EDGE + 1, EDGE + 1), np.uint8))
    edge = cv2.blur(dilated, (EDGE + 1, EDGE + 1)).astype(np.float32) / np.float32(255)
    edge *= cv2.resize(_flatness(photo), trust.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.min(trust, 1 - edge), np.float32)


def _flatness(photo: Gray) -> Plane:
    """Return how flat a photo (h, w) is around each pixel: exp(-variance / `FLAT_DEVIATION`^2)."""
    values = photo.astype(np.float32)
    mean, square = (cv2.blur(each, (EDGE, EDGE)) for each in (values, values * values))
    return np.exp((mean * mean - square).clip(None, 0) / np.float32((255 * FLAT_DEVIATION) ** 2))


def _mask_change(masks: Image, previous: Image, back: Flow) -> Plane:
    """Return the largest difference of a mask from the previous one, warped, (H, W) in [0, 1]."""
    moved = [flow.warp(np.ascontiguousarray(previous[..., index]), back) for index in range(previous.shape[2])]
    return np.asarray(np.abs(masks - np.stack(moved, axis=-1)).max(axis=2).clip(0, 1), np.float32)


def blend(painted: Image, previous: WarpedFrame | None, steadiness: float, frames: float) -> Image:
    """Return O, (H, W, 3) in [0, 1]; ``frames`` is n, or half of it for the picture that is shown."""
    if previous is None or not steadiness:
        return painted
    share = cv2.merge([previous.soft_trust * np.float32(steadiness * DECAY**frames)] * 3)
    return np.asarray(painted + share * (previous.picture - painted), np.float32)


def grain(painted: Image, previous: WarpedFrame | None) -> np.float32:
    """Return the strength of P's grain: the mean square of its finest detail, weighted by trust."""
    return _mean_square(_fine(painted), None if previous is None else previous.trust)


def restore_grain(blended: Image, previous: WarpedFrame | None, target: np.float32) -> Image:
    """Return O as it is shown, (H, W, 3) in [0, 1]: with its `grain` amplified to ``target``."""
    if previous is None:
        return blended
    fine = _fine(blended)
    gain = np.clip(np.sqrt(target / max(_mean_square(fine, previous.trust), np.float32(1e-12))), 1, MAX_GAIN)
    more = cv2.merge([previous.trust * np.float32(gain - 1)] * 3)
    return np.clip(blended + more * fine, 0, 1)


def _fine(picture: Image) -> Image:
    """Return F, the finest detail."""
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), FINE_SIGMA), np.float32)


def _mean_square(fine: Image, trust: Plane | None) -> np.float32:
    """Return the mean square of fine detail, weighted by trust."""
    squares = cv2.transform(cv2.multiply(fine, fine), np.full((1, 3), 1 / 3, np.float32))
    # NumPy's sums do not depend on where the arrays lie in memory; those of BLAS (vdot) do, and a resumed film would
    # differ.
    return np.float32(squares.mean() if trust is None else (squares * trust).sum() / max(trust.sum(), 1e-6))
