"""How far a long work is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pinxit.cli.speech import say

if TYPE_CHECKING:
    from pinxit.cli.bar import Bar


LINE_SECONDS = 10.0
"""Least time between two lines of progress, where there is no terminal."""


class Meter:
    """While entered, shows what it is told.

    ``name``     of the work
    ``seconds``  least time between two lines, where there is no terminal
    """

    def __init__(self, name: str, quiet: bool, seconds: float = LINE_SECONDS) -> None:
        self._name, self._quiet, self._seconds = name, quiet, seconds
        self._said = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr and sys.stderr.isatty():
            from pinxit.cli.bar import Bar  # here, because nothing is drawn elsewhere

            self._bar = Bar(self._name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.close()

    def show(self, words: str, done: float, of: float | None, *, now: bool = False) -> None:
        """Show that ``done`` of the work is done, of ``of`` if that is known, in ``words``; ``now`` says so at once."""
        if self._bar:
            self._bar.show(words, done, of)
        elif not self._quiet and (time.monotonic() - self._said >= self._seconds or now):
            self._said = time.monotonic()
            say(f"{self._name}: {words}")
