"""The folder of a job: its request, its state, and its files.

::

    jobs/ID/request.json     the request; never changes
            content, style-0, mask-0, ...
            record.json      the state of the job, written by the server alone
            preview.jpg      the newest preview, written by the job's process
            outcome.json     the outcome, written by the job's process once the result is complete
            result.png ...   a network exists as soon as it can paint, and is replaced by better ones
            photos/          training photos
            work/            the finished segments of a film, or the folder of a training

A job is done once ``record.json`` says so or, if the server died before writing that, once ``outcome.json`` exists.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from pinxit.files import atomic

REQUEST, RECORD, OUTCOME, PREVIEW = "request.json", "record.json", "outcome.json", "preview.jpg"
NETWORK, PHOTOS, WORK = "result.pinxit", "photos", "work"
LIVE = ("queued", "running")
ENDED = ("done", "failed", "cancelled", "interrupted")
MAX_BYTES = 2**20
"""The largest JSON file that is read."""

OptionValues = dict[str, Any]
"""Option values by name, as passed to the options classes, which check their types."""


class FileRef(TypedDict):
    """A file in the job's folder."""

    file: str
    sha256: str


class StyleFile(FileRef):
    """A style in the job's folder."""

    name: str
    weight: float
    mask: FileRef | None
    row: int | None
    """The number of a trained style within its network."""


class Settings(TypedDict):
    """A request without its files."""

    kind: str
    method: str
    options: OptionValues
    output: OptionValues
    format: str


class JobRequest(Settings):
    """What a job is asked to do."""

    styles: list[StyleFile]


class Progress(TypedDict):
    """How far a job is; see `pinxit.service.schemas.Progress`."""

    index: int
    of: int | None
    share: float
    width: int | None
    height: int | None
    seconds: float
    seconds_left: float | None
    loss: float | None
    losses: NotRequired[dict[str, float | None]]
    scores: NotRequired[dict[str, float]]


class Preview(TypedDict):
    """The newest preview of a job."""

    index: int
    width: int
    height: int


class Made(TypedDict):
    """What a worker made: the result's file name and size."""

    file: str
    width: int | None
    height: int | None
    stopped: int
    steps: NotRequired[int]
    scores: NotRequired[dict[str, float | None]]


class Outcome(Made):
    """The result of a job, complete on disk."""

    bytes: int
    sha256: str
    media_type: NotRequired[str]


class ErrorDict(TypedDict):
    """An error as it crosses a pipe."""

    title: str
    detail: str
    field: NotRequired[str]


@dataclass(slots=True, kw_only=True)
class Job:
    """The state of a job."""

    id: str
    client: str
    request: JobRequest
    state: str = "queued"
    order: int = field(default_factory=time.time_ns)
    """Jobs run in this order."""
    created: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    progress: Progress | None = None
    preview: Preview | None = None
    warnings: list[str] = field(default_factory=list)
    error: dict[str, str | int] | None = None
    """A problem; see `pinxit.service.schemas.Problem`."""
    result: Outcome | None = None

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return str(self.request["kind"])

    @property
    def live(self) -> bool:
        """Whether it is queued or running."""
        return self.state in LIVE


def save(job: Job, folder: Path) -> None:
    """Write the record atomically.

    Raises `WriteFailed`, `DiskFull`.
    """
    fields = dataclasses.asdict(job)
    del fields["request"]
    atomic.save(json.dumps(fields).encode(), folder / RECORD)


def load(folder: Path) -> Job | None:
    """Return the job in a folder; None if its files are missing or damaged."""
    request, record = read(folder / REQUEST), read(folder / RECORD)
    if not isinstance(request, dict) or not isinstance(record, dict | None):
        return None
    try:
        job = Job(**{**(record or {}), "request": request})
    except TypeError:
        return None
    valid = isinstance(job.order, int) and job.state in (*LIVE, *ENDED)
    return job if valid else None


def load_outcome(folder: Path) -> Outcome | None:
    """Return the outcome of a job if its result is complete: the file has the recorded sha256."""
    outcome = read(folder / OUTCOME)
    if not isinstance(outcome, dict):
        return None
    try:
        name = str(outcome["file"])
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        complete = Path(name).name == name and digest == outcome["sha256"]
    except (OSError, KeyError, ValueError):
        return None
    return cast(Outcome, outcome) if complete else None


def leftover(folder: Path, step: int) -> Outcome | None:
    """Return the network that an unfinished training left at its last checkpoint."""
    try:
        with (folder / NETWORK).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError:
        return None
    return Outcome(file=NETWORK, height=None, width=None, stopped=step, bytes=size, sha256=digest)


def read(path: Path) -> object:
    """Return the content of a JSON file; None if it is missing, too large or damaged."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_BYTES:
            return None
        return cast(object, json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
