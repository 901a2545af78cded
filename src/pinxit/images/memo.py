"""Results that were computed from one picture, so that the next call need not compute them again."""

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Result = TypeVar("Result")


class Memo:
    """Up to ``most`` results by key; the oldest goes first. Threads that ask for one at once get the same."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._results: dict[Hashable, object] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._results)

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Return the result of ``key``; ``compute`` is called where there is none yet."""
        with self._lock:
            if key not in self._results:
                result = compute()
                while len(self._results) >= self._most:
                    del self._results[next(iter(self._results))]
                self._results[key] = result
            return cast(Result, self._results[key])
