"""Runs an iterator in a thread of its own: a few items ahead, or keeping only the newest item."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2
"""Items that may wait between two threads: enough for them to overlap, few enough for little memory."""
POLL_SECONDS = 0.2
"""Seconds between two checks whether the consumer has closed the generator."""


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def prefetch(items: Iterator[T], depth: int = DEPTH) -> Generator[T]:
    """Yield ``items`` in order, made by a thread that runs up to ``depth`` items ahead.

    An error in the thread is raised here, after the items made before it. Closing the generator ends the thread and
    closes ``items``.
    """
    ready: queue.Queue[_Item[T] | _End] = queue.Queue(depth)
    closed = threading.Event()
    worker = threading.Thread(target=_fill, args=(items, ready, closed), daemon=True)
    worker.start()
    try:
        while isinstance(item := ready.get(), _Item):
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        closed.set()
        worker.join()


def newest(items: Iterator[T]) -> Generator[T]:
    """Yield the newest of ``items`` at each request; a thread makes them, and items nobody asked for are dropped.

    The last item is always yielded. An error in the thread is raised here, after the item made before it. Closing the
    generator ends the thread, once it has made its present item, and closes ``items``.
    """
    slot: _Slot[T] = _Slot()
    worker = threading.Thread(target=slot.fill, args=(items,), daemon=True)
    worker.start()
    try:
        while isinstance(item := slot.take(), _Item):
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        slot.closed = True
        worker.join()


class _Slot(Generic[T]):
    """Holds one item; a newer item replaces an older one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: _Item[T] | None = None
        self._end: _End | None = None
        self.closed = False

    def fill(self, items: Iterator[T]) -> None:
        end = _End()
        try:
            for value in items:
                if self.closed:
                    break
                with self._changed:
                    self._item = _Item(value)
                    self._changed.notify()
        except BaseException as error:  # raised again in the consumer's thread
            end = _End(error)
        finally:
            _close(items)
        with self._changed:
            self._end = end
            self._changed.notify()

    def take(self) -> _Item[T] | _End:
        with self._changed:
            self._changed.wait_for(lambda: self._item or self._end)
            item, self._item = self._item, None
            return item or self._end or _End()


def _fill(items: Iterator[T], ready: queue.Queue[_Item[T] | _End], closed: threading.Event) -> None:
    end = _End()
    try:
        for value in items:
            if not _put(_Item(value), ready, closed):
                break
    except BaseException as error:  # raised again in the consumer's thread
        end = _End(error)
    finally:
        _close(items)
    _put(end, ready, closed)


def _close(items: Iterator[T]) -> None:
    close = getattr(items, "close", None)
    if close is not None:
        close()


def _put(item: _Item[T] | _End, ready: queue.Queue[_Item[T] | _End], closed: threading.Event) -> bool:
    """Put ``item`` into the queue; return False if the consumer has closed the generator."""
    while not closed.is_set():
        try:
            ready.put(item, timeout=POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
