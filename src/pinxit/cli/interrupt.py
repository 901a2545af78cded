"""Ctrl-C: the first saves the best so far, the second stops at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

    Handler = Callable[[int, FrameType | None], object] | int | None

STOPPED = 130
"""Exit status after Ctrl-C."""

GRACE = 1.0
"""Seconds from a Ctrl-C that saves nothing to the end of the process, whatever keeps it."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_saving = threading.Event()  # set while the next Ctrl-C would save something


def watch() -> None:
    """Let a thread end the process `GRACE` seconds after a Ctrl-C, unless that saves something.

    Python calls a handler in the main thread, and not before the C function that runs there returns: a network may
    compute for hours. And a process that a handler ends waits for its threads, which may compute as long.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_end_in_time, args=(reading,), daemon=True).start()


def _end_in_time(signals: int) -> None:
    while number := os.read(signals, 1):
        if number[0] in _SIGNALS and not _saving.is_set():
            time.sleep(GRACE)
            os._exit(STOPPED)
        _saving.clear()  # the next one stops


def stop(number: int, frame: FrameType | None) -> None:
    """End the process at once while the main thread imports something, else raise `KeyboardInterrupt`.

    Raised while the import system cleans up, it would be lost, or leave a lock behind that the next import waits for.
    A second Ctrl-C ends the process in any case.
    """
    signal.signal(number, lambda *_: os._exit(STOPPED))
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(STOPPED)
        frame = frame.f_back
    raise KeyboardInterrupt


class Interrupt:
    """Turns the first Ctrl-C (or SIGTERM) into ``asked``, while entered, and lets the second `stop` the process.

    Until `arm` is called there is nothing worth saving, and the first one stops at once. ``what`` names what is saved.
    """

    def __init__(self, what: str = "picture") -> None:
        self._note = f"\npinxit: saving the {what} as it is after this step; Ctrl-C again stops at once\n".encode()
        self.asked = False
        self._armed = False
        self._before: dict[signal.Signals, Handler] = {}

    def arm(self, ready: bool = True) -> None:
        """Declare that there is something to save, or, not ``ready``, that there is nothing."""
        self._armed = ready
        if not ready:
            _saving.clear()
        elif not self.asked:
            _saving.set()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python allows handlers nowhere else
            self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if not self.asked:  # else the thread of `watch` clears it, perhaps later than this
            _saving.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self._armed:
            stop(number, frame)
        self.asked = True
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno() if sys.stderr else 2, self._note)  # not print: it may interrupt a print
