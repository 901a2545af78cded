"""Small films for tests, made by PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from pinxit.images import Image

VIDEO = {"mp4": "libx264", "mov": "libx264", "mkv": "libx264", "webm": "libvpx-vp9", "avi": "libx264", "ts": "libx264"}
SOUND = {"mp4": "aac", "mov": "aac", "mkv": "aac", "webm": "libopus", "avi": "libmp3lame", "ts": "aac"}


def moving(count: int = 24, height: int = 48, width: int = 64) -> list[Image]:
    """Return ``count`` pictures (H, W, 3) of a smooth pattern that moves 1 px to the right with each frame."""
    rng = np.random.default_rng(0)
    coarse = rng.random((height // 8 + 2, (width + count) // 8 + 2, 3), np.float32)
    rows = np.linspace(0, coarse.shape[0] - 1.001, height)
    columns = np.linspace(0, coarse.shape[1] - 1.001, width + count)
    y, x = rows.astype(int), columns.astype(int)
    v, u = (rows - y)[:, None, None], (columns - x)[None, :, None]
    top = coarse[y][:, x] * (1 - u) + coarse[y][:, x + 1] * u
    bottom = coarse[y + 1][:, x] * (1 - u) + coarse[y + 1][:, x + 1] * u
    wide = (top * (1 - v) + bottom * v).astype(np.float32)
    return [np.ascontiguousarray(wide[:, count - i : count - i + width]) for i in range(count)]


def pan(count: int, step: int = 3, height: int = 96, width: int = 160) -> list[Image]:
    """Return pictures of fine detail that move ``step`` px to the left with each frame."""
    rng = np.random.default_rng(0)
    coarse = rng.random((height // 4, (width + count * step) // 4 + 1, 3), np.float32)
    wide = coarse.repeat(4, axis=0).repeat(4, axis=1)
    wide = np.mean([np.roll(wide, shift, axis) for axis in (0, 1) for shift in range(-2, 3)], axis=0, dtype=np.float32)
    return [np.ascontiguousarray(wide[:, i * step : i * step + width], np.float32) for i in range(count)]


def film(
    path: Path,
    pictures: Iterable[Image] | None = None,
    *,
    rate: int = 24,
    times: list[int] | None = None,
    time_base: Fraction | None = None,
    sound: bool = False,
    pixels: str = "yuv420p",
    codec: str = "",
    chapters: bool = False,
    options: dict[str, str] | None = None,
    matrix: int = 0,
) -> Path:
    """Write a film; ``times`` are the ``pts`` of the frames in ``time_base``. The sound is a tone of 440 Hz.

    ``matrix``  that of the colors, of ITU-T H.273, only as the header says; 0 says none
    """
    kind = path.suffix[1:]
    shown = list(pictures if pictures is not None else moving())
    with av.open(str(path), "w", options=options or {}) as container:
        video: Any = container.add_stream(codec or VIDEO[kind], rate=rate)
        video.height, video.width = shown[0].shape[:2]
        video.pix_fmt = pixels
        if matrix:
            video.codec_context.colorspace = matrix
        if time_base:
            video.codec_context.time_base = time_base
        audio: Any = container.add_stream(SOUND[kind], rate=48_000, layout="mono") if sound else None
        if chapters:
            half = 500 * len(shown) // rate
            parts = [(0, half, "one"), (half, 2 * half, "two")]
            container.set_chapters(
                [
                    {"id": i, "start": a, "end": b, "time_base": Fraction(1, 1000), "metadata": {"title": title}}
                    for i, (a, b, title) in enumerate(parts)
                ]
            )
        samples = 0
        for index, picture in enumerate(shown):
            deep = any(part.bits > 8 for part in av.VideoFormat(pixels).components)
            array: Any = np.rint(picture * (65535 if deep else 255)).astype(np.uint16 if deep else np.uint8)
            frame = av.VideoFrame.from_ndarray(array, format="rgb48le" if deep else "rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = (times or range(len(shown)))[index], time_base or Fraction(1, rate)
            container.mux(video.encode(frame))
            while audio and samples * rate < 48_000 * (index + 1):
                container.mux(audio.encode(_tone(samples)))
                samples += 1024
        container.mux(video.encode())
        if audio:
            container.mux(audio.encode())
    return path


def _tone(start: int) -> Any:
    wave = 0.3 * np.sin(2 * np.pi * 440 * (start + np.arange(1024)) / 48_000)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
    return frame


def decoded(path: Path) -> tuple[list[Image], list[Fraction]]:
    """Return every frame of a film, (H, W, 3) in [0, 1], and the time of each in seconds."""
    images: list[Image] = []
    times: list[Fraction] = []
    with av.open(str(path)) as container:
        frames: Any = container.decode(video=0)
        for frame in frames:
            images.append(frame.to_ndarray(format="rgb24").astype(np.float32) / np.float32(255))
            times.append(frame.pts * frame.time_base)
    return images, times
