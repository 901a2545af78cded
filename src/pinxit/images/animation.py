"""Several pictures as one animated GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import PIL.Image
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""(H, W, 3), sRGB, 0 to 255."""


def encode_gif(frames: Sequence[Frame], *, frame_ms: int, last_ms: int) -> bytes:
    """Return a looping GIF of ``frames``, all of one size, each with its own 256 colors.

    Every frame is shown for ``frame_ms`` milliseconds, the last for ``last_ms``; GIF counts in hundredths of a
    second, so both should be multiples of 10.
    """
    pictures = [PIL.Image.fromarray(frame).quantize(256, dither=PIL.Image.Dither.FLOYDSTEINBERG) for frame in frames]
    durations = [frame_ms] * (len(pictures) - 1) + [last_ms]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0, optimize=False)
    return file.getvalue()
