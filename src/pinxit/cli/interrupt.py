"""Ctrl-C: the first saves the best so far, the second stops at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from pinxit.cli.language import translate

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

    Handler = Callable[[int, FrameType | None], object] | int | None

STOPPED = 130
"""Exit status after Ctrl-C."""

GRACE = 0.5
"""Seconds from a Ctrl-C that saves nothing to the end of the process, whatever keeps it."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_saving = threading.Event()  # set while the next Ctrl-C would save something
_entered: list[Interrupt] = []


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
            for interrupt in _entered:
                interrupt.say_end()
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

    Until `arm` is called there is nothing worth saving, and the first one stops at once. Each says what is saved:
    ``what`` names what will be, and ``saved`` is what an end at once leaves, in words; '' for nothing.
    """

    def __init__(self, what: str = "picture", saved: Callable[[], str] = str) -> None:
        self._what, self._saved = what, saved
        self.asked = False
        self._armed = self._has_ended = False
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
            _entered.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            _entered.remove(self)
        if not self.asked:  # else the thread of `watch` clears it, perhaps later than this
            _saving.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self._armed:
            self.say_end()
            stop(number, frame)
        self.asked = True
        _say(f"pinxit: finishing this step, then saving the {self._what}; Ctrl-C again stops at once")

    def say_end(self) -> None:
        """Say, once, what an end at once leaves."""
        if not self._has_ended:
            self._has_ended = True
            nothing = "nothing was saved" if self.asked else "nothing to save yet"
            _say(f"pinxit: stopped at once; {self._saved() or nothing}")


def _say(line: str) -> None:
    """Write a line. It may interrupt a print, so it is none."""
    with contextlib.suppress(OSError, ValueError):
        os.write(sys.stderr.fileno() if sys.stderr else 2, f"\n{translate(line)}\n".encode())
