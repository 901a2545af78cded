"""What a client sees of a job."""

from __future__ import annotations

from pinxit.service import schemas
from pinxit.service.jobs.record import Job
from pinxit.service.schemas import moment


def describe(job: Job, place: int | None, expires: float | None) -> schemas.Job:
    """Return the public form of a job. ``place`` is its place in the queue, ``expires`` a Unix time."""
    url = f"/v1/jobs/{job.id}"
    return schemas.Job.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "place": place,
            "created": moment(job.created),
            "started": None if job.started is None else moment(job.started),
            "finished": None if job.finished is None else moment(job.finished),
            "expires": None if expires is None else moment(expires),
            "attempts": job.attempts,
            "progress": job.progress,
            "preview": job.preview,
            "warnings": job.warnings,
            "error": job.error,
            "result": job.result,
            "request": job.request,
            "links": {"self": url, **{name: f"{url}/{name}" for name in ("events", "preview", "result")}},
        }
    )
