"""Ctrl-C: the first asks for the best so far, the second stops at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """While entered, turns the first Ctrl-C (or SIGTERM) into ``asked`` and the second into `KeyboardInterrupt`.

    Until `arm` is called there is nothing worth saving, and the first already stops at once. A step
    is then never torn: whoever paints looks at ``asked`` between two steps. ``what`` it is that is then saved.
    """

    def __init__(self, what: str = "picture") -> None:
        self._note = f"\npinxit: saving the {what} as it is after this step; Ctrl-C again stops at once\n".encode()
        self.asked = False
        self._armed = False
        self._before: dict[signal.Signals, Any] = {}

    def arm(self, ready: bool = True) -> None:
        """From now on there is a picture to save, or, not ``ready``, there is none."""
        self._armed = ready

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python allows handlers nowhere else
            self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self._armed:
            raise KeyboardInterrupt
        self.asked = True
        with contextlib.suppress(OSError):
            os.write(2, self._note)  # not print: a handler may break in on a print that is under way
