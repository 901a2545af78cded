"""Living pictures: a camera's, or a film's at its own pace. Who asks gets the newest one, never a queue of old ones."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, NotFound
from pinxit.images import Image
from pinxit.video.io.film import Source
from pinxit.video.job import open_source
from pinxit.video.prefetch import newest


def pictures(camera: str, limits: Limits) -> Generator[Image]:
    """Yield the newest picture, (H, W, 3) in [0, 1], whenever one is asked for, until there are no more.

    ``camera`` is a camera's number, or a film, or a folder of numbered pictures, that stands for one.

    Raises `NotFound` where there is no such camera, `BadFilm` where it stops, and what opening a film raises.
    """
    made = _seen(int(camera)) if camera.isascii() and camera.isdigit() else _played(open_source(Path(camera), limits))
    with closing(newest(made)) as fresh:
        yield from fresh


def _seen(number: int) -> Iterator[Image]:
    """Yield what a camera sees, as fast as it sees."""
    logging = cv2.utils.logging
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # it would say in its own way that there is no camera
    device = cv2.VideoCapture(number)
    try:
        if not device.isOpened():
            raise NotFound(f"there is no camera {number}, or another program has it; --camera takes another number")
        while True:
            there, picture = device.read()
            if not there:
                raise BadFilm(f"the camera {number} gives no more pictures: is it still plugged in?")
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
    finally:
        device.release()


def _played(source: Source) -> Iterator[Image]:
    """Yield a film's frames at the times at which they are shown."""
    base = float(source.info.time_base)
    begun: float | None = None
    for frame in source.frames():
        moment = frame.pts * base
        begun = time.monotonic() - moment if begun is None else begun
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        yield frame.load()[0]
