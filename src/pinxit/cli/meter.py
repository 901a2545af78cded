"""How far a long work is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from pinxit.cli.speech import say, stderr


class Meter:
    """While entered, shows what it is told.

    ``name``     of the work
    ``seconds``  least time between two lines, where there is no terminal
    """

    def __init__(self, name: str, quiet: bool, seconds: float) -> None:
        self._name, self._quiet, self._seconds = name, quiet, seconds
        self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        if not self._quiet and stderr().is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[told]}"),
            )
            self._bar = Progress(*columns, console=stderr(), transient=True)
            self._task = self._bar.add_task(escape(self._name), total=None, told="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, words: str, done: float, of: float | None, *, now: bool = False) -> None:
        """Show that ``done`` of the work is done, of ``of`` if that is known, in ``words``; ``now`` says so at once."""
        if self._bar:
            self._bar.update(self._task, completed=done, total=of, told=escape(words))
        elif not self._quiet and (time.monotonic() - self._said >= self._seconds or now):
            self._said = time.monotonic()
            say(f"{self._name}: {words}")
