"""The process that paints in one pass: ``python -m pinxit.service.workers.one_pass``, spoken to over its pipes.

It keeps the last contents decoded and the last styles encoded, so that a change of an option costs only the painting.
Requests are done one after the other; ``cancel`` breaks the present one off.

::

    {"op": "paint", "id": 1, "content": SOURCE,
     "styles": [{"source": SOURCE, "name": "", "weight": 1.0, "mask": SOURCE}], "method": "adain", "options": {...},
     "output": {...}, "format": "png"}
    {"op": "look", "id": 2, "source": SOURCE, "field": "content"}
    {"op": "convert", "id": 3, "source": SOURCE, "own": false, "output": {...}, "format": "jpeg"}
    {"op": "cancel", "id": 1}
    SOURCE: {"part": 0}, or {"path": "...", "sha256": "..."}
"""

from __future__ import annotations

import io
import json
import os
import queue
import threading
import time
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from pinxit import images
from pinxit.api import Painting, Stylizer
from pinxit.errors import PinxitError
from pinxit.files import recipe
from pinxit.methods.onepass import network
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers import runtime as child
from pinxit.service.workers import wire
from pinxit.service.workers.sources import Pictures, check, source
from pinxit.service.workers.wire import BrokenPipe, Message
from pinxit.styles.style import join

SETTINGS = "PINXIT_SERVICE_PROCESS"
"""Environment variable in which the server hands over the limits and the threads, as JSON."""
HALT_SECONDS = 0.01


class Cancelled(Exception):
    """The present request is not wanted any more."""


class Painter:
    """Answers requests."""

    def __init__(self, limits: ServiceLimits, threads: int) -> None:
        self.limits, self.threads = limits, threads
        self.pictures = Pictures(limits)
        self.cancelled = threading.Event()

    def warm(self) -> None:
        """Load the network and paint something small, so that the first request is as fast as the second."""
        gray = np.full((64, 64, 3), 0.5, np.float32)
        Stylizer(gray, size=64, threads=self.threads)(gray)

    def answer(self, head: dict[str, Any], parts: Sequence[bytes]) -> Message:
        """Do what a message asks for; errors are answers too."""
        begun = time.perf_counter()
        try:
            if head["op"] == "look":
                return Message({"ok": True, **self.look(head, parts)})
            data, size = (self.convert if head["op"] == "convert" else self.paint)(head, parts)
            seconds = time.perf_counter() - begun
            return Message({"ok": True, "seconds": seconds, "height": size[0], "width": size[1]}, [data])
        except Cancelled:
            return Message({"ok": False, "cancelled": True})
        except Exception as error:
            if self.cancelled.is_set():
                return Message({"ok": False, "cancelled": True})
            return Message({"ok": False, "error": child.problem(error)})

    def look(self, head: dict[str, Any], parts: Sequence[bytes]) -> dict[str, Any]:
        """Return what a picture is by its header."""
        with child.told(head["field"]):
            header = check(source(head["source"], parts).read(), self.limits)
        return {"format": header.format, "height": header.size[0], "width": header.size[1]}

    def paint(self, head: dict[str, Any], parts: Sequence[bytes]) -> tuple[bytes, tuple[int, int]]:
        """Return the painted picture as a file's bytes, and its (height, width)."""
        with child.told("style"):
            style = join([self.pictures.style(each, parts) for each in head["styles"]])
        options = {**head["options"], "threads": self.threads}
        stylizer = Stylizer(style, method=head["method"], limits=self.limits.reading(), **options)
        photo = self._photo(stylizer, head["content"], parts)
        self._go_on()
        for step in stylizer.steps(photo):
            self._go_on()
            last = step
        painting: Painting = stylizer.painting(photo, last.preview())
        return _file(painting, head), painting.image.shape[:2]

    def convert(self, head: dict[str, Any], parts: Sequence[bytes]) -> tuple[bytes, tuple[int, int]]:
        """Return a painted picture as a file of another format, with its recipe, and its (height, width)."""
        with child.told("file"):
            data, limits = source(head["source"], parts).read(), self.limits.reading()
            if not head["own"]:
                check(data, self.limits)
            known = recipe.loads(images.read_recipe(data, limits)).as_dict()
            painting = Painting(images.read(data, limits), known)
        return _file(painting, head), painting.image.shape[:2]

    def _photo(self, stylizer: Stylizer, given: dict[str, Any], parts: Sequence[bytes]) -> Any:
        wanted = source(given, parts)

        def opened() -> tuple[Any, int]:
            data = wanted.read()
            check(data, self.limits)
            photo = stylizer.open(data)
            return photo, photo.rgb.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)

        with child.told("content"):
            return self.pictures.kept.get(("photo", wanted.key, stylizer.look.size), opened)

    def _go_on(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled


def _file(painting: Painting, head: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    painting.save(file, format=head["format"], **head["output"])
    return file.getvalue()


class Ears(threading.Thread):
    """Receives while the painter paints: a cancel must not wait."""

    def __init__(self, receiver: BinaryIO, painter: Painter) -> None:
        super().__init__(daemon=True)
        self.receiver, self.painter = receiver, painter
        self.requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.at_work: int | None = None

    def run(self) -> None:
        """Receive until the server is gone."""
        try:
            while True:
                message = wire.read(self.receiver)
                if message.head["op"] == "cancel":
                    threading.Thread(target=self._cancel, args=(message.head["id"],), daemon=True).start()
                else:
                    self.requests.put(message)
        except BrokenPipe:
            child.die()

    def _cancel(self, number: int) -> None:
        while self.at_work == number:  # again and again: it may be between two runs of the network
            self.painter.cancelled.set()
            network.halt()
            time.sleep(HALT_SECONDS)


def main() -> None:
    """Serve the server."""
    receiver, sender = child.pipes()
    settings = json.loads(os.environ.pop(SETTINGS))
    limits = ServiceLimits(**settings["limits"])
    child.limit(limits.painter_bytes, 0)
    painter = Painter(limits, settings["threads"])
    ears = Ears(receiver, painter)
    ears.start()
    try:
        painter.warm()
    except PinxitError as error:
        wire.write(sender, Message({"ready": False, "error": child.problem(error)}))
        return
    wire.write(sender, Message({"ready": True}))
    try:
        while True:
            _one(ears, painter, sender)
    except BrokenPipe:
        child.die()


def _one(ears: Ears, painter: Painter, sender: BinaryIO) -> None:
    message = ears.requests.get()
    number = message.head["id"]
    painter.cancelled.clear()
    ears.at_work = number
    answer = painter.answer(message.head, message.parts)
    ears.at_work = None
    wire.write(sender, Message({"id": number, **answer.head}, answer.parts))


if __name__ == "__main__":
    main()
