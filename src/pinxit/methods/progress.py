"""Shows callers from Python the steps of paintings: by a bar, in terminals and notebooks, or by their own function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pinxit.errors import BadOption
from pinxit.methods.base import Step

if TYPE_CHECKING:
    from rich.progress import Progress

Watch = bool | Callable[[Step], object]
"""Whether to draw a bar; or a function to call with every step, which returns True to end the painting there."""

Shown = TypeVar("Shown")

SPEED_SECONDS = 300.0
"""Time over which the speed is measured for the estimate of the time left."""


class StepWatcher(AbstractContextManager["StepWatcher"]):
    """Is called with every step of one or several pictures; ``pictures`` is their number, None if it is unknown."""

    def __init__(self, watch: Watch, pictures: int | None) -> None:
        if not (isinstance(watch, bool) or callable(watch)):
            raise BadOption(f"progress is {watch!r}; it must be True, False, or a function that takes each step")
        self._call = None if isinstance(watch, bool) else watch
        self._pictures, self._finished = pictures, 0
        self._bar = draw("painting") if watch is True else None
        self._refresh = _display(self._bar) if self._bar else None

    def __call__(self, step: Step) -> bool:
        """Show the step; return whether the caller's function ends the painting."""
        if self._bar and self._refresh:
            words = f"loss {step.loss:.4g}" if step.losses else ""
            if self._pictures != 1:
                words = f"picture {self._finished + 1}" + (f" of {self._pictures}" if self._pictures else "")
            done = self._finished + step.done
            self._bar.update(self._bar.task_ids[0], completed=done, total=self._pictures, words=words)
            self._refresh()
        return self._call is not None and ends(self._call, replace(step, picture=self._finished))

    def next_picture(self) -> None:
        """Take note that one picture is painted."""
        self._finished += 1

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()


def ends(call: Callable[[Shown], object], shown: Shown) -> bool:
    """Call a user's function; return whether it returned True, of Python or NumPy, or raised StopIteration.

    Inside a generator that exception would become a RuntimeError.
    """
    try:
        answer = call(shown)
    except StopIteration:
        return True
    return isinstance(answer, bool | np.bool_) and bool(answer)


@contextmanager
def watching(
    watch: bool | Callable[[Shown], object], part: Callable[[Shown], tuple[float, float | None, str]]
) -> Iterator[Callable[[Shown], object]]:
    """Yield what is called with the progress of a film or a training: the caller's function, or a bar.

    ``part``  progress -> how much is done, of how much (None: unknown), and words about it
    """
    if watch is not True:
        yield watch or (lambda shown: None)
        return
    bar = draw("painting")
    refresh = _display(bar)

    def show(shown: Shown) -> None:
        done, total, words = part(shown)
        bar.update(bar.task_ids[0], completed=done, total=total, words=words)
        refresh()

    try:
        yield show
    finally:
        bar.stop()


def draw(title: str) -> Progress:
    """Return a bar of rich, which is imported here, because that takes as long as decoding a picture."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}"),
        console=Console(stderr=True, highlight=False),
        transient=True,
        speed_estimate_period=SPEED_SECONDS,
    )
    bar.add_task(escape(title), total=None, words="")
    return bar


def _display(bar: Progress) -> Callable[[], object]:
    """Put the bar on the screen, and return what draws it anew; a terminal's does so by itself."""
    if not bar.console.is_jupyter:
        bar.start()
        return lambda: None
    from IPython.display import display  # rich's own way there needs ipywidgets

    handle = display(bar, display_id=True)
    return lambda: handle.update(bar)
