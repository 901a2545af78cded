"""The verb `train`: trains a small network on one style, or several, from their pictures."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pinxit.config.spec import Value, split
from pinxit.config.training import TrainFast
from pinxit.errors import MissingExtra
from pinxit.methods.progress import ends, watching

if TYPE_CHECKING:
    from pinxit.training.style_images import Metadata, Source, Sources
    from pinxit.training.trainer import Progress


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training reached."""

    output: Path
    """The network's file."""
    steps: int
    """Steps of all runs together."""
    seconds: float
    """Time of all runs together."""
    content: float
    """Mean content distance of held-out photos, as in `pinxit.metrics.distances`."""
    style: float
    """Their mean style distance."""
    finished: bool
    """False if it was stopped early; the same call then continues it."""


def train(
    styles: Source | Sources,
    output: str | os.PathLike[str],
    *,
    photos: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    metadata: Metadata | None = None,
    prepare: Callable[[str], object] = lambda words: None,
    progress: bool | Callable[[Progress], object] = False,
    stop: Callable[[], bool] = lambda: False,
    **options: Value,
) -> TrainingResult:
    """Train one small network on the styles of pictures, and write it to ``output``, a name that ends in .pinxit.

    ``styles``    a picture's file, or an array (H, W, 3) in [0, 1]; a list of files; or names and pictures
    ``photos``    a folder of photos to train on, or a pack; None: those that come with scikit-image
    ``folder``    of the training (checkpoint, loss curve, sheets), continued if it exists; None: beside ``output``
    ``metadata``  facts for the card, for each style's name: title, artist, year, museum, licence
    ``prepare``   called with what is being prepared, in words, and with '' once the training begins: from then on the
                  options' minutes count, and an early end, by ``stop`` or an exception, writes the network
    ``progress``  True for a bar; or a function that is called with every `pinxit.training.trainer.Progress`
    ``stop``      called after it; if it, or ``progress``, returns True, the training ends; the same call continues it
    ``options``   those of `pinxit.config.training.TrainFast`

    Raises `PinxitError` for every error that input and options can cause.

    >>> pinxit.train("wave.jpg", "wave.pinxit")  # doctest: +SKIP
    """
    (train_options,) = split(options, TrainFast)
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("training", "train")
    from pinxit.training import trained_styles

    target = Path(output)
    training_folder = Path(folder) if folder else trained_styles.default_folder(target)
    source, named = Path(photos) if photos else None, _named(styles, target)
    run = trained_styles.train(
        named, target, train_options, photos=source, folder=training_folder, metadata=metadata, prepare=prepare
    )
    return _result(target, training_folder, _last(run, progress, stop))


def _last(
    run: Generator[Progress], progress: bool | Callable[[Progress], object], stop: Callable[[], bool]
) -> Progress | None:
    """Run a training until it ends, or ``stop`` says so; return the last progress."""
    last = None
    with contextlib.closing(run), watching(progress, lambda made: (made.share, 1.0, f"step {made.step}")) as watch:
        for last in run:
            if ends(watch, last) or stop():
                break
    return last


def _named(styles: Source | Sources, target: Path) -> Sources:
    """Return the styles by name: a single picture is named after the network, one of several after its file."""
    if isinstance(styles, Mapping):
        return styles
    pictures: Sequence[Source] = styles if isinstance(styles, list | tuple) else [cast("Source", styles)]
    return {target.stem: pictures[0]} if len(pictures) == 1 else pictures


def _result(target: Path, folder: Path, last: Progress | None) -> TrainingResult:
    """Return what the checkpoint's record says after the ``last`` progress: None where nothing was left to do."""
    from pinxit.training import checkpoint

    finished = last is None or last.share >= 1
    if last and os.environ.get("RANK", "0") != "0":  # the main process writes the record, and may not have yet
        return TrainingResult(target, last.step, last.seconds, math.nan, math.nan, finished)
    record = checkpoint.read_record(folder)
    scores = cast(dict[str, float], record["notes"]["scores"])
    return TrainingResult(target, record["step"], record["seconds"], scores["content"], scores["style"], finished)
