"""What the command line says on the way, all of it on standard error: lines, errors, progress."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from pinxit.cli.trace import Watcher
from pinxit.methods.base import Step

if TYPE_CHECKING:
    from pinxit.cli.bar import Bar

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def colored() -> bool | None:
    """Return whether the surroundings want colors: yes, no, or None: on terminals."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def say(line: str, **looks: Any) -> None:
    """Print one line, in ``looks`` as `click.style` takes them.

    What could break the line, or do something to the terminal, is escaped: names of files may hold anything.
    """
    if sys.stderr:  # closed, nothing is said, where click would take standard output
        click.echo(click.style(printable(line), **looks), file=sys.stderr, color=colored())


def printable(text: str) -> str:
    """Return ``text`` with the characters escaped that end a line, or that terminals obey."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def say_error(message: str) -> None:
    """Print the one red line that an error ends as."""
    say(f"pinxit: {message}", fg="red", bold=True)


def say_failure(name: str, error: Exception) -> None:
    """Print why the picture ``name``, one of several, failed; many messages begin with its name already."""
    message = str(error)
    say_error(message if message.startswith(name) else f"{name}: {message}")


class Lines(Watcher):
    """Says warnings, and with ``verbose`` every step, as plain lines: for logs."""

    def __init__(self, title: str, verbose: bool) -> None:
        self._title = title
        self._verbose = verbose

    def __call__(self, step: Step) -> None:
        """Print the step."""
        if step.warning:
            say(step.warning)
        if self._verbose:
            height, width = step.size
            say(f"{self._title}: step {step.index}/{step.of}  {width}x{height}  loss {step.loss:.6g}")


class Course(Watcher):
    """Shows a bar with the loss and the time left, once there was a step that is not the last."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Bar | None = None

    def __call__(self, step: Step) -> None:
        """Move the bar and show the loss."""
        if step.warning:
            say(step.warning)
        share = share_done(step)
        if share < 1 and not self._bar:
            from pinxit.cli.bar import Bar  # here, because it takes as long to import as a picture to decode

            self._bar = Bar(self._title, timed=True)
        if self._bar:
            self._bar.show(f"loss {step.loss:.4g}" if step.losses else "", share, 1.0)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.close()


def progress(title: str, *, quiet: bool, verbose: bool) -> Watcher:
    """Return what shows the progress: a bar on a terminal, plain lines elsewhere, warnings alone if ``quiet``."""
    if quiet or verbose or not (sys.stderr and sys.stderr.isatty()):
        return Lines(title, verbose and not quiet)
    return Course(title)


def share_done(step: Step) -> float:
    """Return the share of the work done after ``step``, 0 to 1."""
    return min(1.0, step.share or step.index / max(1, step.of))
