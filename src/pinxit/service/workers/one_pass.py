"""The process that paints in one pass, ``python -m pinxit.service.workers.one_pass``, and its requests over a pipe.

It keeps the last contents decoded and the last styles encoded, so that a change of an option costs only the painting.
Requests are done one after the other; ``cancel`` ends the current one.

::

    {"op": "paint", "id": 1, "content": SOURCE,
     "styles": [{**SOURCE, "name": "", "weight": 1.0, "mask": SOURCE}], "method": "adain", "options": {...},
     "output": {...}, "format": "png"}
    {"op": "look", "id": 2, "source": SOURCE, "field": "content"}
    {"op": "convert", "id": 3, "source": SOURCE, "trusted": false, "output": {...}, "format": "jpeg"}
    {"op": "cancel", "id": 1}
    SOURCE: {"part": 0}, or {"file": "...", "sha256": "..."}
"""

import io
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pinxit import images
from pinxit.api import Photo, Stylizer
from pinxit.errors import PinxitError
from pinxit.files import recipe
from pinxit.images.painting import Painting
from pinxit.methods.onepass import network
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers import runtime, wire
from pinxit.service.workers.runtime import field_context
from pinxit.service.workers.sources import StyleReader, check, source_of
from pinxit.service.workers.wire import BrokenPipe, Message, SourceDict
from pinxit.styles.style import join

HALT_SECONDS = 0.01
Head = Mapping[str, Any]  # The head of a message: a JSON object, whose values have many types


class Cancelled(Exception):
    """The current request was cancelled."""


class OnePassWorker:
    """Answers requests."""

    def __init__(self, limits: ServiceLimits, threads: int) -> None:
        self.limits, self.threads = limits, threads
        self.styles = StyleReader(limits)
        self.requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.current: int | None = None  # The id of the current request
        self.cancelled = threading.Event()

    def receive(self, message: Message) -> None:
        """Note a message while the worker paints, so that a cancellation takes effect at once."""
        if message.head["op"] == "cancel":
            threading.Thread(target=self._cancel, args=(message.head["id"],), daemon=True).start()
        else:
            self.requests.put(message)

    def _cancel(self, request: int) -> None:
        while self.current == request:  # repeatedly, since it may be between two runs of the network
            self.cancelled.set()
            network.halt()
            time.sleep(HALT_SECONDS)

    def warm_up(self) -> None:
        """Load the network and paint a small picture, so that the first request is as fast as the second."""
        gray = np.full((64, 64, 3), 0.5, np.float32)
        Stylizer(gray, size=64, threads=self.threads)(gray)

    def answer(self, head: Head, parts: Sequence[bytes]) -> Message:
        """Return the answer to a request. An error is an answer too; after a cancellation nobody reads it."""
        begun = time.perf_counter()
        try:
            if head["op"] == "look":
                return Message({"ok": True, **self.look(head, parts)})
            data = self.convert(head, parts) if head["op"] == "convert" else self.paint(head, parts)
            return Message({"ok": True, "seconds": time.perf_counter() - begun}, [data])
        except Exception as error:
            return Message({"ok": False, "error": runtime.as_dict(error)})

    def look(self, head: Head, parts: Sequence[bytes]) -> dict[str, str | int]:
        """Return the format and size of a picture by its header."""
        with field_context(head["field"]):
            header = check(source_of(head["source"], parts).read(), self.limits)
        return {"format": header.format, "height": header.size[0], "width": header.size[1]}

    def paint(self, head: Head, parts: Sequence[bytes]) -> bytes:
        """Return the painted picture as a file's bytes."""
        with field_context("style"):
            style = join([self.styles.style(each, parts) for each in head["styles"]])
        options = {**head["options"], "threads": self.threads}
        stylizer = Stylizer(style, method=head["method"], limits=self.limits.reading(), **options)
        photo = self._photo(stylizer, head["content"], parts)
        self._check_cancelled()
        for step in stylizer.steps(photo):
            self._check_cancelled()
            last = step
        return _file(stylizer.painting(photo, last), head)

    def convert(self, head: Head, parts: Sequence[bytes]) -> bytes:
        """Return a painted picture as a file of another format, with its recipe."""
        with field_context("file"):
            data, limits = source_of(head["source"], parts).read(), self.limits.reading()
            if not head["trusted"]:
                check(data, self.limits)
            made = recipe.loads(images.read_recipe(data, limits)).as_dict()
            painting = Painting(images.read(data, limits), made)
        return _file(painting, head)

    def _photo(self, stylizer: Stylizer, fields: SourceDict, parts: Sequence[bytes]) -> Photo:
        source = source_of(fields, parts)

        def decode() -> tuple[Photo, int]:
            data = source.read()
            check(data, self.limits)
            photo = stylizer.open(data)
            return photo, photo.rgb.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)

        with field_context("content"):
            return self.styles.cache.get(("photo", source.key, stylizer.look.size), decode)

    def _check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled


def _file(painting: Painting, head: Head) -> bytes:
    file = io.BytesIO()
    painting.save(file, format=head["format"], **head["output"])
    return file.getvalue()


def main() -> None:
    """Answer the server's requests until it closes the pipe."""
    receiver, sender = runtime.open_pipes()
    limits, threads = runtime.read_settings()
    runtime.limit_resources(limits.painter_bytes, 0)
    worker = OnePassWorker(limits, threads)
    runtime.listen(receiver, worker.receive)
    try:
        worker.warm_up()
        wire.write(sender, Message({"ready": True}))
        while True:
            message = worker.requests.get()
            worker.cancelled.clear()
            worker.current = message.head["id"]
            answer = worker.answer(message.head, message.parts)
            worker.current = None
            wire.write(sender, Message({"id": message.head["id"], **answer.head}, answer.parts))
    except PinxitError as error:
        wire.write(sender, Message({"ready": False, "error": runtime.as_dict(error)}))
    except BrokenPipe:
        runtime.die()


if __name__ == "__main__":
    main()
