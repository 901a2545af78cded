"""A film without flicker: ``python examples/video_consistency.py PAINTING OUTPUT_FOLDER``.

Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos", GCPR 2016. Frames that are painted one by one flicker.
So the last painted frame is warped along the optical flow, and the next one is drawn to it wherever the flow can be
trusted. The film is made here: a photo that slides by behind a disk that moves on its own, with noise as of a camera.
pinxit paints each frame. Needs pip install '.[video,demo]'.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

import pinxit
from pinxit import images

Array = NDArray[np.float32]
K = 0.8  # how far a frame is drawn to the last one; below 1, so that errors fade


def film(frames: int, size: int) -> list[Array]:
    """Return frames (size, size, 3) in [0, 1]: the scene moves 4 px to the left, the disk 6 px to the right."""
    photo = data.coffee()  # type: ignore[no-untyped-call]
    scene = images.resize(photo.astype(np.float32) / 255, (size, size + 4 * frames))
    random, (y, x) = np.random.default_rng(0), np.mgrid[:size, :size]
    made = []
    for number in range(frames):
        frame = scene[:, 4 * number : 4 * number + size].copy()
        frame[np.hypot(x - size / 4 - 6 * number, y - size / 3) < size / 8] = (0.8, 0.3, 0.2)
        made.append(np.clip(frame + random.normal(0, 0.01, frame.shape), 0, 1).astype(np.float32))
    return made


def flow(to: Array, start: Array) -> Array:
    """Return w, (H, W, 2) in px: the pixel z of the frame ``start`` is at z + w(z) in the frame ``to``."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    gray = [np.rint(255 * frame.mean(2)).astype(np.uint8) for frame in (start, to)]
    return np.asarray(search.calc(gray[0], gray[1], None), np.float32)  # type: ignore[call-overload]


def warp(picture: Array, w: Array) -> Array:
    """Return the picture at z + w(z), bilinear: what the other frame has there, brought to its place in this one."""
    y, x = np.mgrid[: w.shape[0], : w.shape[1]].astype(np.float32)
    moved = cv2.remap(picture, x + w[..., 0], y + w[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def trust(back: Array, forth: Array) -> Array:
    """Return c, (H, W): 1 where going back and forth ends where it began, 0 at disocclusions and beyond the frame.

    At disocclusions |w~ + w^|^2 > 0.01 (|w~|^2 + |w^|^2) + 0.5, with w~ the one flow warped along the other, w^: the
    paper's test, which is eq. 5 of Sundaram, Brox, Keutzer, ECCV 2010.
    """
    returned = warp(forth, back)
    miss = np.square(back + returned).sum(2)
    slack = 0.01 * (np.square(back).sum(2) + np.square(returned).sum(2)) + 0.5
    seen = warp(np.pad(np.ones(miss.shape, np.float32)[1:-1, 1:-1], 1), back) > 0  # 0 on the border, and so beyond it
    return np.asarray((miss <= slack) & seen, np.float32)


def temporal_loss(painted: Array, last: Array, back: Array, c: Array) -> float:
    """Return L_temporal = 1/D sum_k c_k (x_k - w(x')_k)^2, with D the trusted values alone: the warping error."""
    return float((c[..., None] * np.square(painted - warp(last, back))).sum() / (3 * c.sum()))


def blended(alone: Array, last: Array, back: Array, c: Array) -> Array:
    """Return x = p + K c (w(x') - p), with p the frame painted alone and x' the last output.

    This is the minimum of |x - p|^2 + g c |x - w(x')|^2, where c is 0 or 1 and K = g / (1 + g): the temporal loss, and
    the distance to p in place of the paper's losses of content and style.
    """
    return alone + K * c[..., None] * (warp(last, back) - alone)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("painting", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--size", type=int, default=256, help="the side of a frame, px")
    to = parser.parse_args()
    to.output.mkdir(parents=True, exist_ok=True)
    frames = film(to.frames, to.size)
    stylizer = pinxit.Stylizer(to.painting, method="adain", size=to.size)
    alone = [stylizer(frame).image for frame in frames]
    steady, errors = alone[:1], []
    for number in range(1, to.frames):
        back, forth = flow(frames[number - 1], frames[number]), flow(frames[number], frames[number - 1])
        c = trust(back, forth)
        steady.append(blended(alone[number], steady[-1], back, c))
        errors.append([temporal_loss(made[number], made[number - 1], back, c) for made in (alone, steady)])
        print(f"frame {number}: {c.mean():.0%} trusted; warping error {errors[-1][0]:.5f}, blended {errors[-1][1]:.5f}")
    for number, pair in enumerate(zip(alone, steady, strict=True)):
        images.write(np.clip(np.concatenate(pair, axis=1), 0, 1), to.output / f"{number:03}.png")
    means = np.mean(errors, axis=0)
    print(f"{to.output}: painted alone, left, {means[0]:.5f}; blended, right, {means[1]:.5f}")
