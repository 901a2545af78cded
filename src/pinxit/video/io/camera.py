"""Live pictures: a camera's, or a film's at its own pace. Each request gets the newest one, never a queued one."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import cv2
import numpy as np

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, NotFound
from pinxit.images import Image
from pinxit.video.io.film import Source
from pinxit.video.io.sources import open_source
from pinxit.video.prefetch import newest


def pictures(camera: str, limits: Limits) -> Generator[Image]:
    """Yield the newest picture, (H, W, 3) in [0, 1], at each request, of a camera's number, or of a film in its place.

    Raises `NotFound` if there is no such camera, `BadFilm` if it stops, and what opening a film raises.
    """
    is_number = camera.isascii() and camera.isdigit()
    return newest(_capture(int(camera)) if is_number else _play(open_source(Path(camera), limits)))


def _capture(number: int) -> Iterator[Image]:
    """Yield a camera's pictures as fast as it delivers them."""
    logging = cv2.utils.logging
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # OpenCV would print its own message about a missing camera
    device = cv2.VideoCapture(number)
    try:
        if not device.isOpened():
            raise NotFound(f"there is no camera {number}, or another program uses it; --camera takes another number")
        while True:
            success, picture = device.read()
            if not success:
                raise BadFilm(f"the camera {number} gives no more pictures: is it still plugged in?")
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
    finally:
        device.release()


def _play(source: Source) -> Iterator[Image]:
    """Yield a film's frames at the times at which they are shown."""
    begun = 0.0
    for frame in source.frames():
        moment = float(frame.pts * source.info.time_base)
        begun = begun or time.monotonic() - moment
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        yield frame.load()[0]
