"""A bar on the terminal, drawn by rich."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from pinxit.cli.speech import printable


class Bar:
    """How far a work is, on standard error: what else is said there goes above it. It vanishes when it is closed.

    ``name``   of the work
    ``timed``  whether the time that it has taken, and the time left, are shown
    """

    def __init__(self, name: str, *, timed: bool = False) -> None:
        columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()]
        columns.append(TextColumn("{task.fields[told]}"))
        if timed:
            columns += [TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()]
        self._progress = Progress(*columns, console=Console(file=sys.stderr, highlight=False), transient=True)
        self._task = self._progress.add_task(escape(printable(name)), total=None, told="")
        self._progress.start()

    def show(self, words: str, done: float, of: float | None) -> None:
        """Show that ``done`` of the work is done, of ``of`` if that is known, in ``words``."""
        self._progress.update(self._task, completed=done, total=of, told=escape(words))

    def close(self) -> None:
        """Take it away."""
        self._progress.stop()
