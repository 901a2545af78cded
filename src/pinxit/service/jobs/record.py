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

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from pinxit.errors import NotFound
from pinxit.files.fingerprint import fingerprint
from pinxit.service.store import Json, load_record, read_json
from pinxit.service.workers.wire import StyleDict

REQUEST, OUTCOME, PREVIEW = "request.json", "outcome.json", "preview.jpg"
NETWORK, PAGE, PHOTOS, WORK = "result.pinxit", "result.html", "photos", "work"
LIVE = ("queued", "running")
ENDED = ("done", "failed", "cancelled", "interrupted")


class Settings(TypedDict):
    """A request without its files. The options classes check the types of the options."""

    kind: str
    method: str
    options: Json
    output: Json
    format: str


class JobRequest(Settings):
    """What a job is asked to do."""

    styles: list[StyleDict]


@dataclass(slots=True, kw_only=True)
class Job:
    """The state of a job. Jobs run in the order of ``order``; for the other fields see `pinxit.service.schemas.Job`."""

    id: str
    client: str
    request: JobRequest
    state: str = "queued"
    order: int = field(default_factory=time.time_ns)
    created: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    progress: Json | None = None
    preview: Json | None = None
    warnings: list[str] = field(default_factory=list)
    error: Json | None = None
    result: Json | None = None

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self.request["kind"]

    @property
    def live(self) -> bool:
        """Whether it is queued or running."""
        return self.state in LIVE


def load(folder: Path) -> Job | None:
    """Return the job in a folder; None if its files are missing or damaged."""
    request = read_json(folder / REQUEST)
    job = load_record(Job, folder, request=request)
    valid = job and request and isinstance(job.order, int) and job.state in (*LIVE, *ENDED)
    return job if valid else None


def load_outcome(folder: Path) -> Json | None:
    """Return the outcome of a job if its result is complete: the file has the recorded sha256."""
    outcome = read_json(folder / OUTCOME) or {}
    try:
        name = str(outcome["file"])
        complete = Path(name).name == name and fingerprint(folder / name).sha256 == outcome["sha256"]
    except (NotFound, KeyError):
        return None
    return outcome if complete else None


def outcome_of(folder: Path, made: Json) -> Json:
    """Return what a job made with the size and the sha256 of its file."""
    path = folder / made["file"]
    return {**made, "bytes": path.stat().st_size, "sha256": fingerprint(path).sha256}
