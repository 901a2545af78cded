"""Many pictures, one hand: which file goes where, and painting on past the ones that fail."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pinxit import images
from pinxit.errors import BadImage, BadOption, BadWeights, DiskFull, MissingExtra, PinxitError, WriteFailed

P = TypeVar("P")
T = TypeVar("T")

STREAM = "-"
"""The name that stands for standard input or output."""

HOPELESS = (BadOption, BadWeights, DiskFull, MissingExtra)
"""What would stop every other picture too, so that trying them only wastes time."""


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to paint: where it comes from and where it goes; `STREAM` is stdin or stdout."""

    content: str
    output: str

    @property
    def name(self) -> str:
        """What to call the picture to a reader."""
        return "standard input" if self.content == STREAM else Path(self.content).name


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one job: its result, or the error that stopped it."""

    job: Job
    result: T | None = None
    error: PinxitError | None = None


def plan(contents: Sequence[str], output: str | None, suffix: str = "") -> list[Job]:
    """Return one job for each picture of ``contents``: files, folders, or `STREAM`.

    One picture goes to the file ``output``, or into it if it is a folder; without ``output`` to
    ``NAME_pinxit.png`` in the current folder, and standard input to standard output. Several
    pictures, and every folder, go into the folder ``output`` as `output_names` says. ``suffix`` is
    the ending of names made here, such as ``.jpg``; without it, ``.png``.

    Raises `BadOption` for several pictures without a folder to put them in and for one that is named twice,
    `BadImage` for a folder without pictures.
    """
    suffix = suffix or ".png"
    one = len(contents) == 1 and not os.path.isdir(contents[0])
    if one and not _is_folder(output):
        return [Job(contents[0], output or _default_output(contents[0], suffix))]
    if output is None or output == STREAM:
        raise BadOption("several pictures, or a folder of them, need a folder to go to: -o FOLDER")
    if os.path.exists(Path(output)) and not os.path.isdir(output):
        raise BadOption(f"{Path(output).name!r} is a file, not a folder to put pictures in: -o FOLDER")
    if STREAM in contents and len(contents) > 1:
        raise BadOption("standard input (-) is one picture and cannot be painted together with others")
    files = list(_expand(contents))
    _refuse_twice(files)
    return [
        Job(str(file), str(Path(output) / name)) for file, name in zip(files, output_names(files, suffix), strict=True)
    ]


def _is_folder(output: str | None) -> bool:
    return output is not None and output != STREAM and (output.endswith(("/", "\\")) or os.path.isdir(output))


def _default_output(content: str, suffix: str) -> str:
    return STREAM if content == STREAM else f"{Path(content).stem}_pinxit{suffix}"


def _expand(contents: Iterable[str]) -> Iterator[Path]:
    for content in contents:
        if not os.path.isdir(content):
            yield Path(content)
            continue
        found = images.find_pictures(Path(content))
        if not found:
            raise BadImage(f"the folder {Path(content).name!r} has no pictures in it")
        yield from found


def _refuse_twice(files: Iterable[Path]) -> None:
    times = Counter(os.path.abspath(file) for file in files)
    twice = next((path for path, count in times.items() if count > 1), None)
    if twice:
        raise BadOption(f"{os.path.basename(twice)!r} is named twice; name each picture once")


def output_names(files: Sequence[Path], suffix: str) -> list[str]:
    """Return ``stem + suffix`` for each file, or ``name + suffix`` where several share the stem.

    Raises `BadOption` where two files have the whole name in common: one would overwrite the other.

    >>> output_names([Path("a.jpg"), Path("b.jpg"), Path("b.png")], ".png")
    ['a.png', 'b.jpg.png', 'b.png.png']
    """
    stems = Counter(file.stem.casefold() for file in files)
    names = [(file.stem if stems[file.stem.casefold()] == 1 else file.name) + suffix for file in files]
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        raise BadOption(f"two of the pictures would both be painted to {twice[0]!r}; give them different names")
    return names


def refuse_harm(jobs: Iterable[Job], inputs: Iterable[Path]) -> None:
    """Raise `WriteFailed` if any job would overwrite a picture that is painted from.

    Looked at before the first picture is painted, so that no time is lost.
    """
    jobs = list(jobs)
    protected = {os.path.realpath(path) for path in inputs} | {
        os.path.realpath(job.content) for job in jobs if job.content != STREAM
    }
    for job in jobs:
        if job.output != STREAM and os.path.realpath(job.output) in protected:
            raise WriteFailed(
                f"{Path(job.output).name!r} is one of the inputs and is not overwritten; choose another -o"
            )


def run(
    jobs: Iterable[Job], open: Callable[[Job], P], paint: Callable[[Job, P], T], stop: Callable[[], bool]
) -> Iterator[Outcome[T]]:
    """Open and paint the jobs one after the other; a picture that fails is an `Outcome` with its error.

    While one is painted, a thread opens the next, and no more than that: pictures may be large. ``stop`` is asked
    before each. An error that every other picture would meet too (`HOPELESS`) is raised.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting: tuple[Job, Future[P]] | None = None
        for job in jobs:
            opening = pool.submit(open, job)
            if waiting and not stop():
                yield _outcome(*waiting, paint)
            if stop():
                return
            waiting = job, opening
        if waiting and not stop():
            yield _outcome(*waiting, paint)


def _outcome(job: Job, opening: Future[P], paint: Callable[[Job, P], T]) -> Outcome[T]:
    try:
        return Outcome(job, paint(job, opening.result()))
    except HOPELESS:
        raise
    except PinxitError as error:
        return Outcome(job, error=error)
