"""What the command line says on the way, all of it on standard error: lines, errors, progress."""

from __future__ import annotations

import sys
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pinxit.stylizer import Step
from pinxit.trace import Watcher


def stderr() -> Console:
    """Return a console on the present standard error (which tests replace)."""
    return Console(file=sys.stderr, soft_wrap=True, highlight=False)


def say(line: str) -> None:
    """Print one line."""
    stderr().print(escape(line))


def say_error(message: str) -> None:
    """Print the one red line that an error ends as."""
    stderr().print(f"[bold red]pinxit: {escape(message)}[/bold red]")


def say_failure(name: str, error: Exception) -> None:
    """Print why the picture ``name``, one of several, failed; many messages begin with its name already."""
    message = str(error)
    say_error(message if message.startswith(name) else f"{name}: {message}")


class Bar(Watcher):
    """A progress bar with the loss and the time left; it vanishes when it is closed."""

    def __init__(self, title: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=stderr(),
            transient=True,
        )
        self._task = self._progress.add_task(escape(title), total=1.0, loss="-")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __call__(self, step: Step) -> None:
        """Move the bar and show the loss."""
        if step.warning:
            self._progress.console.print(f"[yellow]{escape(step.warning)}[/yellow]")
        self._progress.update(self._task, completed=share_done(step), loss=f"{step.loss:.4g}")

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


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


def progress(title: str, *, quiet: bool, verbose: bool) -> Watcher:
    """Return what shows the progress: a bar on a terminal, plain lines elsewhere, warnings alone if ``quiet``."""
    if quiet or verbose or not stderr().is_terminal:
        return Lines(title, verbose and not quiet)
    return Bar(title)


def share_done(step: Step) -> float:
    """Return the share of the work done after ``step``, 0 to 1."""
    return min(1.0, step.share or step.index / max(1, step.of))
