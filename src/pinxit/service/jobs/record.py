"""A job's folder: what was asked for, what became of it, and the files.

::

    jobs/ID/request.json     what to do; never changes
            content, style-0, mask-0, ...
            record.json      state and all that is told of the job; written by the server alone
            preview.jpg      the picture as it stands; written by the job's process
            outcome.json     what came of it, once the result is whole; written by the job's process
            result.png ...   a network is there, whole, as soon as it can paint, and grows better
            photos/          to learn from
            work/            a film's unfinished segments, or the folder of a training

What is done is known by ``record.json``, and where the server died before writing that, by ``outcome.json``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinxit.files import atomic
from pinxit.service.uploads import moment

REQUEST, RECORD, OUTCOME, PREVIEW = "request.json", "record.json", "outcome.json", "preview.jpg"
NETWORK, PHOTOS, WORK = "result.pinxit", "photos", "work"
LIVE = ("queued", "running")
ENDED = ("done", "failed", "cancelled", "interrupted")
MOST_BYTES = 2**20


@dataclass(slots=True, kw_only=True)
class Job:
    """What is known of a job."""

    id: str
    client: str
    request: dict[str, Any]
    state: str = "queued"
    order: int = field(default_factory=time.time_ns)
    """Place in the queue: jobs run in the order in which they came."""
    created: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    progress: dict[str, Any] | None = None
    preview: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        """What kind of work it is."""
        return str(self.request["kind"])

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE


def save(job: Job, folder: Path) -> None:
    """Write the record, whole or not at all.

    Raises `WriteFailed`, `DiskFull`.
    """
    fields = dataclasses.asdict(job)
    del fields["request"]
    atomic.save(json.dumps(fields).encode(), folder / RECORD)


def load(folder: Path) -> Job | None:
    """Return the job that a folder holds; None where it holds none that can be understood."""
    request, record = read(folder / REQUEST), read(folder / RECORD)
    try:
        job = Job(**{**(record or {}), "request": request})
    except TypeError:
        return None
    sound = isinstance(request, dict) and isinstance(job.order, int) and job.state in (*LIVE, *ENDED)
    return job if sound else None


def outcome(folder: Path) -> dict[str, Any] | None:
    """Return what came of a job, if its result is whole: the file has the sha256 that was written down."""
    told = read(folder / OUTCOME)
    if not isinstance(told, dict):
        return None
    try:
        name = str(told["file"])
        with (folder / name).open("rb") as file:
            whole = Path(name).name == name and hashlib.file_digest(file, "sha256").hexdigest() == told["sha256"]
    except (OSError, KeyError, ValueError):
        return None
    return told if whole else None


def leftover(folder: Path, step: int) -> dict[str, Any] | None:
    """Return what a training left that did not come to its end: the network as it was at its last checkpoint."""
    try:
        with (folder / NETWORK).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError:
        return None
    told = {"file": NETWORK, "height": None, "width": None, "stopped": step}
    return {**told, "bytes": size, "sha256": digest}


def read(path: Path) -> Any:
    """Return what a JSON file holds; None where it is not there, too large or damaged."""
    try:
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def public(job: Job, place: int | None, expires: float | None) -> dict[str, Any]:
    """Return what is told of a job."""
    here = f"/v1/jobs/{job.id}"
    result = {name: value for name, value in job.result.items() if name != "file"} if job.result else None
    asked = {name: job.request[name] for name in ("method", "options", "format")}
    styles = [{"name": each["name"], "weight": each["weight"]} for each in job.request["styles"]]
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "place": place,
        "created": moment(job.created),
        "started": moment(job.started),
        "finished": moment(job.finished),
        "expires": moment(expires),
        "attempts": job.attempts,
        "progress": job.progress,
        "preview": job.preview,
        "warnings": job.warnings,
        "error": job.error,
        "result": result,
        "request": {**asked, "styles": styles},
        "links": {"self": here, **{name: f"{here}/{name}" for name in ("events", "preview", "result")}},
    }
