"""`stylize_many`: paint all pictures of a folder, a bucket or a list."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from pinxit.config.keywords import StylizeKeywords
from pinxit.errors import BadOption, WorkerDied

if TYPE_CHECKING:
    from pinxit.batch.records import Record

Name = str | os.PathLike[str]


def stylize_many(
    source: Name,
    style: Name | Sequence[Name],
    target: Name,
    *,
    method: str = "",
    format: str = "png",
    engine: str = "local",
    workers: int = 0,
    address: str = "",
    seconds: float = 600.0,
    **options: Unpack[StylizeKeywords],
) -> Generator[Record]:
    """Paint many pictures in one style, or each in several; yield a row of the manifest for each painting.

    ``source``   a folder, a pattern (``shoes/*.jpg``), a list (.txt, .csv, .parquet) or one picture; local, or a URL of
                 fsspec (``s3://bucket/photos``)
    ``style``    a file, or the name of a trained style; of several, each paints every picture: they are not mixed
    ``target``   the folder of the paintings and their manifest; likewise
    ``engine``   ``local``, the processes of this machine, or ``ray``, a cluster at ``address`` ("auto" finds one)
    ``workers``  processes or, at most, actors; 0: one for each core
    ``seconds``  the most that a picture may take

    Nothing is painted until a row is asked for: use a loop, or ``list(...)``. A program's file needs
    ``if __name__ == "__main__":`` around it, because the processes that paint run that file.

    What an earlier run finished, and has not changed since, is not painted again. A picture that fails is a row with
    its error and no output. Raises `PinxitError` for what concerns all pictures.

    >>> for row in pinxit.stylize_many("photos/", "wave.jpg", "painted/"):  # doctest: +SKIP
    ...     print(row.output, row.error)
    """
    styles = [_name(each, "a style") for each in (style if isinstance(style, list | tuple) else [style])]
    folders = _name(source, "the source"), _name(target, "the target")
    _refuse_to_start()
    from pinxit.batch.painter import BatchJob
    from pinxit.batch.run import run

    job = BatchJob(folders[1], tuple(styles), method, {**options}, {}, format, seconds)
    return run(job, folders[0], engine, workers, address)


def _refuse_to_start() -> None:
    """Raise `WorkerDied` in a process that is to paint, while it runs the file of the program that began it."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.excepthook = lambda *error: None  # the first process says what helps
        raise WorkerDied("a process that is to paint runs the program that began it")


def _name(value: object, what: str) -> str:
    if isinstance(value, str | os.PathLike):
        return str(os.fspath(value))
    cure = "mix weighted styles with stylize, photo by photo" if isinstance(value, Mapping | tuple) else "save it first"
    raise BadOption(f"{what} is a path or a name here, not a {type(value).__name__}: {cure}")
