"""Reports the progress of a job to the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import BinaryIO

from pinxit import images
from pinxit.files import atomic
from pinxit.images import Image
from pinxit.service.jobs.record import PREVIEW
from pinxit.service.workers import wire
from pinxit.service.workers.wire import Message

PREVIEW_SIDE = 768
"""Longest side of a preview, px."""
PREVIEW_SECONDS = 0.5
"""The least time between two previews."""
PROGRESS_SECONDS = 0.1
"""The least time between two reports."""
SPEED_STEPS = 8
"""The number of steps over which the speed is measured."""


class ProgressReporter:
    """Sends the events of a job to the server, and limits how often."""

    def __init__(self, sender: BinaryIO) -> None:
        self._sender = sender
        self._start = time.monotonic()
        self._last_report = self._last_preview = 0.0
        self._shares: list[tuple[float, float]] = []

    def warn(self, text: str) -> None:
        """Send a warning."""
        self.send("warning", text=text)

    def send(self, event: str, **fields: object) -> None:
        """Send an event."""
        wire.write(self._sender, Message({"event": event, **fields}))

    def step(
        self, share: float, index: int, of: int | None, size: tuple[int, int] | None, extra: Mapping[str, object] = {}
    ) -> None:
        """Report a step unless the last report was just now; ``extra`` are further fields of its progress."""
        now = time.monotonic()
        self._shares = [*self._shares[-SPEED_STEPS:], (now, share)]
        if now - self._last_report < PROGRESS_SECONDS and share < 1:
            return
        self._last_report = now
        height, width = size or (None, None)
        progress = {"loss": None, "index": index, "of": of, "share": round(share, 4), "width": width, "height": height}
        seconds = {"seconds": round(now - self._start, 1), "seconds_left": self._seconds_left()}
        self.send("progress", progress={**progress, **seconds, **extra})

    def _seconds_left(self) -> float | None:
        (first, before), (last, now) = self._shares[0], self._shares[-1]
        return round((1 - now) * (last - first) / (now - before), 1) if now > before else None

    def preview(self, picture: Callable[[], Image], index: int, always: bool = False) -> None:
        """Write and report the preview, unless there was one just now."""
        now = time.monotonic()
        if now - self._last_preview < PREVIEW_SECONDS and not always:
            return
        self._last_preview = now
        image = picture()
        image = images.resize(image, images.fit(image.shape[:2], PREVIEW_SIDE))
        atomic.save(images.encode(image, "jpeg"), PREVIEW)
        self.send("preview", preview={"index": index, "width": image.shape[1], "height": image.shape[0]})
