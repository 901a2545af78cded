"""What the command line says on standard error: lines, errors, and the progress of a work."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

import click

from pinxit.cli.language import translate
from pinxit.errors import PinxitError

if TYPE_CHECKING:
    from rich.progress import Progress

    from pinxit.methods.base import Step

LINE_SECONDS = 20.0
"""Least time between two lines of progress where there is no terminal."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def colored() -> bool | None:
    """Return whether the environment asks for colors; None for "on terminals only"."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def printable(text: str) -> str:
    """Return ``text`` with the characters escaped that end a line or control a terminal."""
    return _CONTROLS.sub(lambda control: ascii(control[0])[1:-1], text)


def say(line: str, *, fg: str | None = None, bold: bool | None = None) -> None:
    """Print one line. Control characters are escaped, because file names may hold any character."""
    if sys.stderr:  # where it is closed, click would print to standard output
        click.echo(click.style(printable(translate(line)), fg=fg, bold=bold), file=sys.stderr, color=colored())


def put(text: str) -> None:
    """Print to standard output, with control characters escaped, line by line."""
    print(*map(printable, text.expandtabs().splitlines()), sep="\n")


def say_error(message: str) -> None:
    """Print the one red line that an error ends as."""
    say(f"pinxit: {message}", fg="red", bold=True)


def say_failure(name: str, error: Exception) -> None:
    """Print why the picture ``name``, one of several, failed; many messages begin with its name already."""
    message = str(error)
    say_error(message if message.startswith(name) else f"{name}: {message}")


def duration(seconds: float) -> str:
    """Return a duration as a reader would write it.

    >>> duration(0.31), duration(12.3), duration(754)
    ('0.3 s', '12 s', '12:34 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 99.5 else f"{minutes(seconds)} min"


def minutes(seconds: float) -> str:
    """Return a duration in minutes and seconds.

    >>> minutes(75)
    '1:15'
    """
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


class Watcher(AbstractContextManager["Watcher"]):
    """Something that is shown every step, and closed at the end, also when painting is stopped early."""

    def __call__(self, step: Step) -> None:
        """Take note of ``step``."""

    def close(self) -> None:
        """Finish what was begun. Called once."""

    def __exit__(self, *error: object) -> None:
        self.close()


class Watchers(Watcher):
    """Shows steps to several watchers. One that fails, as on a full disk, is removed, and the painting goes on."""

    def __init__(self, watchers: Iterable[Watcher]) -> None:
        self._watchers = list(watchers)

    def __call__(self, step: Step) -> None:
        for watcher in list(self._watchers):
            try:
                watcher(step)
            except PinxitError as error:
                self._watchers.remove(watcher)
                say(f"{error}; painting goes on without it")
                with suppress(PinxitError):
                    watcher.close()

    def close(self) -> None:
        for watcher in self._watchers:
            try:
                watcher.close()
            except PinxitError as error:
                say(f"{error}; painting goes on without it")


class ProgressBar(AbstractContextManager["ProgressBar"]):
    """Shows the progress of one work: a bar on a terminal, elsewhere a line now and then. A context manager.

    The bar vanishes at the end; lines said meanwhile stand above it. ``seconds`` is the least time between two lines,
    by default `LINE_SECONDS`.
    """

    def __init__(self, title: str, quiet: bool = False, seconds: float | None = None) -> None:
        self._title, self._quiet, self._seconds = title, quiet, LINE_SECONDS if seconds is None else seconds
        self._said = time.monotonic()
        self._first = (0.0, 0.0)
        """Time and share when `show_share` was first called with something done."""
        self._drawn: Progress | None = None
        if not quiet and on_terminal():
            from pinxit.methods.progress import draw

            self._drawn = draw(printable(title))
            self._drawn.start()

    def __exit__(self, *error: object) -> None:
        self.close()

    def show(self, words: str, done: float, of: float | None, *, now: bool = False) -> None:
        """Show that ``done`` of ``of`` is done, or of an unknown total; ``now`` prints the line at once."""
        if self._drawn:
            from rich.markup import escape

            self._drawn.update(self._drawn.task_ids[0], completed=done, total=of, words=escape(printable(words)))
        elif not self._quiet and (time.monotonic() - self._said >= self._seconds or now):
            self._said = time.monotonic()
            say(f"{self._title}: {words}")

    def show_share(self, words: str, share: float, *, now: bool = False) -> None:
        """Show that a share of the work, 0 to 1, is done, and the time left; where there is no bar, the share too."""
        percent = f"{share:.0%}" if share and not self._drawn else ""
        self.show(
            ", ".join(translate(each) for each in (words, percent, self.time_left(share)) if each), share, 1.0, now=now
        )

    def time_left(self, share: float) -> str:
        """Return the estimated time left in words, with that share done; '' while no speed is known."""
        left: float | None = None
        if self._drawn:
            left = self._drawn.tasks[0].time_remaining
        elif share:
            time_then, share_then = self._first = self._first if self._first[1] else (time.monotonic(), share)
            if share > share_then:
                left = (time.monotonic() - time_then) * (1 - share) / (share - share_then)
        return "" if left is None else f"{minutes(left)} left"

    def close(self) -> None:
        if self._drawn:
            self._drawn.stop()


def on_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return bool(sys.stderr and sys.stderr.isatty())


class StepProgress(Watcher):
    """Shows the steps of one picture, and every warning.

    That is a `ProgressBar` with the loss and the time left: at once, where there are words to ``begin`` with, else once
    a step was not the last. With ``verbose`` it is a line for each step. ``quiet`` leaves only the warnings.
    """

    def __init__(self, title: str, *, begin: str = "", quiet: bool = False, verbose: bool = False) -> None:
        self._title, self._verbose = title, verbose and not quiet
        self._draws = not (quiet or verbose)
        self._bar = ProgressBar(title) if begin and self._draws else None
        if self._bar:
            self._bar.show_share(begin, 0, now=True)

    def __call__(self, step: Step) -> None:
        if step.warning:
            say(step.warning)
        if self._verbose:
            height, width = step.size
            say(f"{self._title}: step {step.index}/{step.of}  {width}x{height}  loss {step.loss:.6g}")
        share = step.done
        if self._draws and share < 1 and not self._bar:
            self._bar = ProgressBar(self._title)
        if self._bar:
            height, width = step.size
            at = f"step {step.index} of {step.of} at {width} x {height} px, loss {step.loss:.4g}" if step.losses else ""
            self._bar.show_share(at, share)

    def close(self) -> None:
        if self._bar:
            self._bar.close()
