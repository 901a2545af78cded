"""Results of a picture are computed once; the oldest go first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pinxit.images.memo import Memo


def test_a_result_is_computed_once_and_the_oldest_goes() -> None:
    memo, computed = Memo(most=2), []

    def compute(key: str) -> str:
        computed.append(key)
        return key.upper()

    for key in ("a", "b", "a", "c", "a"):
        assert memo.get(key, lambda key=key: compute(key)) == key.upper()  # type: ignore[misc]
    assert computed == ["a", "b", "c", "a"]
    assert len(memo) == 2


def test_an_error_is_no_result() -> None:
    memo = Memo()

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        memo.get("a", fail)
    assert memo.get("a", lambda: 1) == 1


def test_threads_wait_for_a_result_that_is_being_computed() -> None:
    memo, calls, lock = Memo(), [], threading.Lock()

    def slow() -> int:
        with lock:
            calls.append(1)
        time.sleep(0.02)
        return len(calls)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: memo.get("a", slow), range(4))) == {1}
