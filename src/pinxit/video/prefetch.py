"""Working ahead: decoding, painting and encoding at the same time, each a few frames before the next."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2
"""Frames that may lie finished between two workers: enough to overlap, few enough for little memory."""
PATIENCE = 0.2
"""Seconds between two looks whether the work is still wanted."""


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def ahead(items: Iterator[T], depth: int = DEPTH) -> Generator[T]:
    """Yield ``items`` in order, made by a thread of their own that is up to ``depth`` items ahead.

    What making them raises is raised here, in its place. Closing the generator ends the thread and closes ``items``.
    """
    done: queue.Queue[_Item[T] | _End] = queue.Queue(depth)
    unwanted = threading.Event()
    worker = threading.Thread(target=_work, args=(items, done, unwanted), daemon=True)
    worker.start()
    try:
        while isinstance(item := done.get(), _Item):
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        worker.join()


def newest(items: Iterator[T]) -> Generator[T]:
    """Yield the newest of ``items`` whenever one is asked for; a thread makes them, and those in between are dropped.

    The last one is always yielded. What making them raises is raised here, after what was made before. Closing the
    generator ends the thread, after the item that it is making, and closes ``items``.
    """
    place: _Place[T] = _Place()
    worker = threading.Thread(target=place.fill, args=(items,), daemon=True)
    worker.start()
    try:
        while isinstance(item := place.take(), _Item):
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        place.unwanted = True
        worker.join()


class _Place(Generic[T]):
    """Room for one item: a newer one takes the place of an older."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: _Item[T] | None = None
        self._end: _End | None = None
        self.unwanted = False

    def fill(self, items: Iterator[T]) -> None:
        end = _End()
        try:
            for value in items:
                if self.unwanted:
                    break
                with self._changed:
                    self._item = _Item(value)
                    self._changed.notify()
        except BaseException as error:  # handed on to the thread that asks
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


def _work(items: Iterator[T], done: queue.Queue[_Item[T] | _End], unwanted: threading.Event) -> None:
    end = _End()
    try:
        for value in items:
            if not _put(_Item(value), done, unwanted):
                break
    except BaseException as error:  # handed on to the thread that asked
        end = _End(error)
    finally:
        _close(items)
    _put(end, done, unwanted)


def _close(items: Iterator[T]) -> None:
    close = getattr(items, "close", None)
    if close is not None:
        close()


def _put(item: _Item[T] | _End, done: queue.Queue[_Item[T] | _End], unwanted: threading.Event) -> bool:
    """Put the item into the queue; return whether anybody still wants it."""
    while not unwanted.is_set():
        try:
            done.put(item, timeout=PATIENCE)
        except queue.Full:
            continue
        return True
    return False
