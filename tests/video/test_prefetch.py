"""Iterators that run ahead in a thread, and those that keep the newest item."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from pinxit.video.prefetch import newest, prefetch


def test_prefetch_keeps_the_order_and_runs_in_another_thread() -> None:
    threads = []

    def items() -> Iterator[int]:
        for number in range(20):
            threads.append(threading.current_thread())
            yield number

    assert list(prefetch(items())) == list(range(20))
    assert threading.current_thread() not in threads


def test_prefetch_raises_errors_in_their_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    found = prefetch(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="two"):
        next(found)


def test_prefetch_stays_within_its_depth_and_ends_when_closed() -> None:
    made, closed = [], []

    def items() -> Iterator[int]:
        try:
            for number in range(1000):
                made.append(number)
                yield number
        finally:
            closed.append(True)

    found = prefetch(items(), depth=2)
    assert next(found) == 0
    found.close()
    assert closed
    assert len(made) <= 5


def test_a_slow_consumer_gets_the_newest() -> None:
    go = threading.Event()

    def items() -> Iterator[int]:
        yield 0
        go.wait(10)
        yield from range(1, 100)

    fresh = newest(items())
    assert next(fresh) == 0
    go.set()
    time.sleep(0.2)
    assert list(fresh) == [99]


def test_newest_closes_its_source_and_raises_its_errors() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.set()

    fresh = newest(endless())
    next(fresh)
    fresh.close()
    assert closed.wait(5)

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        list(newest(broken()))
