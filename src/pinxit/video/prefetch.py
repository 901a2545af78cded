"""Runs an iterator in a thread of its own: a few items ahead, or keeping only the newest item."""

import threading
from collections import deque
from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2
"""Items that may wait between two threads: enough for them to overlap, few enough for little memory."""


def prefetch(items: Iterator[T], depth: int = DEPTH) -> Generator[T]:
    """Yield ``items`` in order, made by a thread that runs up to ``depth`` items ahead.

    An error in the thread is raised here, after the items made before it. Closing the generator ends the thread, once
    it has made its present item, and closes ``items``.
    """
    return _Buffer(items, depth, drop=False).take()


def newest(items: Iterator[T]) -> Generator[T]:
    """Yield the newest of ``items`` at each request, as `prefetch` does, and always the last; drop the others."""
    return _Buffer(items, 1, drop=True).take()


class _Buffer(Generic[T]):
    """Items that a thread has made and nobody has taken; a full buffer makes the thread wait, or drops old items."""

    def __init__(self, items: Iterator[T], depth: int, *, drop: bool) -> None:
        self._items, self._depth, self._drop = items, depth, drop
        self._changed = threading.Condition()
        self._ready: deque[T] = deque()
        self._error: BaseException | None = None
        self._ended = self._closed = False

    def take(self) -> Generator[T]:
        worker = threading.Thread(target=self._fill, daemon=True)
        worker.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._ready or self._ended)
                    if not self._ready:
                        break
                    item = self._ready.popleft()
                    self._changed.notify_all()
                yield item
            if self._error:
                raise self._error
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
            worker.join()

    def _fill(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as error:  # raised again in the consumer's thread
            self._error = error
        finally:
            getattr(self._items, "close", lambda: None)()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """Add an item, once there is room; return False if the consumer has closed the generator."""
        with self._changed:
            if self._drop:
                self._ready.clear()
            self._changed.wait_for(lambda: self._closed or len(self._ready) < self._depth)
            self._ready.append(item)
            self._changed.notify_all()
            return not self._closed
