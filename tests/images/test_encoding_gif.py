"""Animated GIFs: every frame, as long as it should be shown, again and again."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from pinxit.images.encoding import encode_gif


def test_frames_durations_and_looping() -> None:
    frames = [np.full((4, 6, 3), level, np.uint8) for level in (0, 128, 255)]
    gif = PIL.Image.open(io.BytesIO(encode_gif(frames, frame_ms=40, last_ms=2000)))
    assert (gif.size, getattr(gif, "n_frames", 1), gif.info["loop"]) == ((6, 4), 3, 0)
    durations = []
    for index, frame in enumerate(frames):
        gif.seek(index)
        durations.append(gif.info["duration"])
        assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - frame).max() <= 2
    assert durations == [40, 40, 2000]
