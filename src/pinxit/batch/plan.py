"""Plans a run over many pictures: where each is written, and how the run goes on after one that fails."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pinxit import images
from pinxit.errors import BadImage, BadOption, BadWeights, DiskFull, MissingExtra, PinxitError, WriteFailed
from pinxit.images.sources import SUFFIXES

P = TypeVar("P")
T = TypeVar("T")

STREAM = "-"  # the name that stands for standard input or output

HOPELESS = (BadOption, BadWeights, DiskFull, MissingExtra)  # errors that every other picture would raise too


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to paint: the file, or `STREAM`, to read and that to write."""

    content: str
    output: str

    @property
    def name(self) -> str:
        """The name of the picture in messages."""
        return "standard input" if self.content == STREAM else Path(self.content).name


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The result of a job, or its error."""

    job: Job
    result: T | None = None
    error: PinxitError | None = None


def plan(contents: Sequence[str], output: str | None, suffix: str = "") -> list[Job]:
    """Return one job for each picture of ``contents``: files, folders, or `STREAM`.

    One picture goes to the file ``output``, or into the folder ``output``; without ``output`` to ``NAME_pinxit.png`` in
    the current folder, and standard input to standard output. Several pictures, and the pictures of a folder, go into
    the folder ``output`` under their `output_names`. ``suffix`` is the ending of these names, by default ``.png``.

    Raises `BadOption` for several pictures without a folder, and for one picture named twice; `BadImage` for a folder
    without pictures.
    """
    suffix = suffix or ".png"
    one = len(contents) == 1 and not os.path.isdir(contents[0])
    if one and not _is_folder(output):
        default = STREAM if contents[0] == STREAM else f"{Path(contents[0]).stem}_pinxit{suffix}"
        return [Job(contents[0], output or default)]
    if output is None or output == STREAM:
        raise BadOption("several pictures, or a folder of them, need a folder for the results: -o FOLDER")
    if os.path.exists(Path(output)) and not os.path.isdir(output):
        raise BadOption(f"{Path(output).name!r} is a file, not a folder for the results: -o FOLDER")
    if Path(output).suffix.lower() in SUFFIXES and not _is_folder(output):
        raise BadOption(f"{Path(output).name!r} is a picture's name; several pictures need a folder: -o FOLDER")
    if STREAM in contents and len(contents) > 1:
        raise BadOption("standard input (-) cannot be combined with other pictures")
    files = list(_expand(contents))
    times = Counter(os.path.abspath(file) for file in files)
    if twice := [os.path.basename(path) for path, count in times.items() if count > 1]:
        raise BadOption(f"{twice[0]!r} is named twice; name each picture once")
    return [
        Job(str(file), str(Path(output) / name)) for file, name in zip(files, output_names(files, suffix), strict=True)
    ]


def _is_folder(output: str | None) -> bool:
    return output is not None and output != STREAM and (output.endswith(("/", "\\")) or os.path.isdir(output))


def _expand(contents: Iterable[str]) -> Iterator[Path]:
    for content in contents:
        if not os.path.isdir(content):
            yield Path(content)
            continue
        pictures = images.find_pictures(Path(content))
        if not pictures:
            raise BadImage(f"the folder {Path(content).name!r} has no pictures in it")
        yield from pictures


def output_names(files: Sequence[Path], suffix: str) -> list[str]:
    """Return ``stem + suffix`` for each file, or ``name + suffix`` where several files share the stem.

    Raises `BadOption` for two files of the same name: one result would overwrite the other.

    >>> output_names([Path("a.jpg"), Path("b.jpg"), Path("b.png")], ".png")
    ['a.png', 'b.jpg.png', 'b.png.png']
    """
    stems = Counter(file.stem.casefold() for file in files)
    names = [(file.stem if stems[file.stem.casefold()] == 1 else file.name) + suffix for file in files]
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        raise BadOption(f"two of the pictures would both be painted to {twice[0]!r}; give them different names")
    return names


def refuse_harm(jobs: Sequence[Job], inputs: Iterable[Path]) -> None:
    """Raise `WriteFailed` if a job would overwrite an input."""
    contents = [Path(job.content) for job in jobs if job.content != STREAM]
    protected = {os.path.realpath(path) for path in [*inputs, *contents]}
    for job in jobs:
        if job.output != STREAM and os.path.realpath(job.output) in protected:
            raise WriteFailed(f"{Path(job.output).name!r} is an input and is not overwritten; choose another -o")


def run(
    jobs: Iterable[Job], open: Callable[[Job], P], paint: Callable[[Job, P], T], stop: Callable[[], bool]
) -> Iterator[Outcome[T]]:
    """Open and paint the jobs one after the other; a picture that fails gives an `Outcome` with its error.

    While one is painted, a thread opens the next, but no more, because pictures may be large. ``stop`` is called before
    each. An error that every other picture would raise too (`HOPELESS`) is raised.
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
