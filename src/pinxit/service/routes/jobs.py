"""``/v1/jobs``: start long work, follow it, and fetch its result."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from pinxit.errors import BadOption, NotFound, NotYet
from pinxit.methods.table import by_name
from pinxit.service import forms, schemas
from pinxit.service.context import ClientArg, Service, ServiceArg
from pinxit.service.forms import body_of, read_form
from pinxit.service.inputs import Inputs, Resolver, settings_of, stored
from pinxit.service.jobs.kinds import IMAGE_FORMATS, KINDS, MEDIA_TYPES, PAGE_FORMATS, Kind
from pinxit.service.jobs.record import PREVIEW, Job
from pinxit.service.options import field_error
from pinxit.service.routes.painting import converted, inspect
from pinxit.service.routes.responses import READ, SENT, JobId, errors, files, text
from pinxit.service.store import RECORD
from pinxit.service.workers.wire import SourceDict

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=errors(*READ))
one = APIRouter(prefix="/{id}", responses=errors(404))  # The endpoints of one job
EXPLANATION_POLICY = "; ".join(
    [
        "sandbox allow-scripts",  # an origin of its own: no cookie, no storage, no request to the API
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""The header ``Content-Security-Policy`` of a page that explains. It has everything inline, since it is one file."""
EVENTS = 'event: progress\ndata: {"index": 12, "of": 45, "share": 0.21, "seconds": 9.1, "seconds_left": 34.0}\n\n'


async def _job(service: ServiceArg, client: ClientArg, id: JobId) -> Job:
    return service.jobs.get(client, id)


JobArg = Annotated[Job, Depends(_job)]  # An endpoint's argument: the job in the path
ResultFormat = Annotated[
    str, Query(description="png, jpeg, webp or tiff, for a picture.", openapi_examples={"jpeg": {"value": "jpeg"}})
]


@router.post("", status_code=202, openapi_extra=body_of(forms.JOB, *KINDS), responses=errors(*SENT, 501))
async def start(request: Request, response: Response, service: ServiceArg, client: ClientArg) -> schemas.Job:
    """Start a job."""
    service.check_running()
    service.jobs.check_room(client)
    async with read_form(request, forms.JOB, service.limits) as form:
        resolver = Resolver(service, client)
        inputs = resolver.inputs(form, form.content or None, form.photo)
        kind, settings = settings_of(form, inputs, service.limits)
        if inputs.trained and not by_name(settings["method"]).paints_trained:
            inputs = await asyncio.to_thread(resolver.with_pictures, inputs)
        service.jobs.check_room(client, kind.name)
        if kind.name == "train":
            shared = [style.name for style in await asyncio.to_thread(service.gallery.list)]
            service.client_styles.check(client, form.name, shared)
        await _inspect_all(request, service, inputs, kind)
        job = await asyncio.to_thread(stored, service, client, inputs, form.name, settings)
    service.jobs.begin(job)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return service.jobs.public(job)


async def _inspect_all(request: Request, service: Service, inputs: Inputs, kind: Kind) -> None:
    """Raise `BadOption` or the error of its header for a picture that cannot be used, before the job waits."""
    if inputs.content and (await inspect(request, service, inputs.content, "content")).kind != kind.content:
        raise field_error("content", f"the content must be {'a film' if kind.content == 'film' else 'a picture'}")
    pictures = [("photo", photo) for photo in inputs.photos]
    for style in inputs.styles:
        pictures += [("style", style.image), *([("mask", style.mask)] if style.mask else [])]
    for field, picture in pictures:
        content = (await inspect(request, service, picture, field)).kind if picture.file else picture.kind
        if content == "film":
            raise field_error(field, f"a {field} is a picture, not a film")
        if content in ("code", "trained") and (field != "style" or kind.name != "video"):
            what = "a style code" if content == "code" else "a trained style"
            raise field_error(field, f"{kind.name} needs a picture here, not {what}: send the painting itself")


@router.get("")
async def list_jobs(service: ServiceArg, client: ClientArg) -> schemas.Jobs:
    """List your jobs, newest first."""
    return schemas.Jobs(jobs=[service.jobs.public(job) for job in service.jobs.of_client(client)])


@one.get("")
async def one_job(service: ServiceArg, job: JobArg) -> schemas.Job:
    """Describe a job."""
    return service.jobs.public(job)


@one.delete("", status_code=202, response_model=schemas.Job, responses={204: {"description": "Deleted."}})
async def delete_job(service: ServiceArg, job: JobArg) -> schemas.Job | Response:
    """Cancel a live job, or delete an ended one."""
    return service.jobs.public(job) if await service.jobs.remove(job) else Response(status_code=204)


@one.post("/stop", status_code=202, responses=errors(409))
async def stop(service: ServiceArg, job: JobArg) -> schemas.Job:
    """Finish a job now, and keep its result so far."""
    await service.jobs.stop(job)
    return service.jobs.public(job)


@one.get("/events", response_class=Response, responses=text("text/event-stream", "The events.", EVENTS))
async def events(service: ServiceArg, job: JobArg) -> Response:
    """Follow a job."""
    events = service.jobs.streams.follow(job)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@one.get("/preview", response_class=Response, responses={**files("The picture so far.", ["jpeg"]), **errors(409)})
async def preview(service: ServiceArg, job: JobArg) -> Response:
    """Return the picture so far."""
    path = service.jobs.folder(job) / PREVIEW
    if job.preview is None or not path.is_file():
        raise NotYet("there is no preview yet")
    return Response(path.read_bytes(), media_type="image/jpeg")


@one.get(
    "/result",
    response_class=Response,
    responses={
        **files("The result.", MEDIA_TYPES),
        206: {"description": "A part of the result."},
        416: {"description": "The result has no such part."},
        **errors(409, 429, 503),
    },
)
async def result(request: Request, service: ServiceArg, job: JobArg, format: ResultFormat = "") -> Response:
    """Return the result of a job, or a picture in another format, with its recipe."""
    if job.live or job.result is None:
        raise NotYet(f"there is no result: the job is {job.state}")
    path = service.jobs.folder(job) / job.result["file"]
    if not path.is_file() or path.name == RECORD:
        raise NotFound("the result was deleted")
    if format and format != job.request["format"]:
        if path.suffix[1:] not in IMAGE_FORMATS:
            raise BadOption("only pictures can be had in another format: leave format out")
        source: SourceDict = {"file": str(path), "sha256": job.result["sha256"]}
        return await converted(request, forms.CONVERT.model_construct(format=format), source, [], trusted=True)
    name = f"pinxit-{job.id[:8]}{path.suffix}"
    media = MEDIA_TYPES[job.request["format"]]
    headers = {"Content-Security-Policy": EXPLANATION_POLICY} if job.request["format"] in PAGE_FORMATS else None
    return FileResponse(path, 200, headers, media, filename=name, content_disposition_type="inline")


router.include_router(one)
