"""The verb `train`: teach a small network one style, or several, from their pictures."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinxit.config.options import split
from pinxit.config.training import TrainFast
from pinxit.errors import MissingExtra

if TYPE_CHECKING:
    from pinxit.training.trained_styles import Progress


@dataclass(frozen=True, slots=True)
class Lesson:
    """What became of a training."""

    output: Path
    """The network's file."""
    steps: int
    """Steps of all runs together."""
    seconds: float
    """Time of all runs together."""
    content: float
    """Mean content distance of held-out photos, as `pinxit.metrics.distances` has it."""
    style: float
    """Their mean style distance."""
    finished: bool
    """Whether it came to its end; where not, the same call goes on."""


def train(
    styles: Any,
    output: str | os.PathLike[str],
    *,
    photos: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    known: Mapping[str, Mapping[str, Any]] | None = None,
    watch: Callable[[Progress], object] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Lesson:
    """Teach one small network the styles of pictures, and write it to ``output``, whose name ends in .pinxit.

    ``styles``   a picture's file or an array (H, W, 3) in [0, 1], which is called as ``output`` is; several files in a
                 list, called as they are; or a mapping from names to files and arrays
    ``photos``   a folder of photos to learn from, or a pack; None takes those that come with scikit-image
    ``folder``   of the training (checkpoint, loss curve, sheets): one that was begun goes on; beside ``output`` if None
    ``known``    for each style's name what else its card should tell: title, artist, year, museum, licence
    ``watch``    is shown every `pinxit.training.trained_styles.Progress`
    ``stop``     asked after every one: True ends the training there, with what there is
    ``options``  those of `pinxit.config.training.TrainFast`

    Raises `PinxitError`: every error that the input or the options can cause.

    >>> pinxit.train("wave.jpg", "wave.pinxit")  # doctest: +SKIP
    >>> pinxit.stylize("harbor.jpg", "wave.pinxit").save("out.png")  # doctest: +SKIP
    """
    (asked,) = split(options, TrainFast)
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("training", "train")
    from pinxit.training.trained_styles import train as course

    target = Path(output)
    steps = course(
        _named(styles, target),
        target,
        asked,
        source=None if photos is None else Path(photos),
        folder=None if folder is None else Path(folder),
        known=known,
    )
    last: Progress | None = None
    with contextlib.closing(steps):
        for progress in steps:
            last = progress
            watch(progress)
            if stop():
                break
    return _lesson(target, Path(folder) if folder else None, last)


def _named(styles: Any, target: Path) -> Mapping[str, Any] | list[Any]:
    """Return the styles by name: a single picture is called as the network, one of several as its file."""
    if isinstance(styles, Mapping):
        return styles
    several = list(styles) if isinstance(styles, list | tuple) else [styles]
    if len(several) == 1:
        return {target.stem: several[0]}
    return [Path(each) if isinstance(each, str) else each for each in several]


def _lesson(target: Path, folder: Path | None, last: Progress | None) -> Lesson:
    from pinxit.training import checkpoint
    from pinxit.training import trained_styles as fast

    finished = last is None or last.share >= 1
    if last and os.environ.get("RANK", "0") != "0":  # of several processes the first writes the record
        return Lesson(target, last.step, last.seconds, math.nan, math.nan, finished)
    record = checkpoint.told(folder or fast.folder_of(target))
    scores = record["notes"]["scores"]
    return Lesson(target, record["step"], record["seconds"], scores["content"], scores["style"], finished)
