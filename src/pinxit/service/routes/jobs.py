"""``/v1/jobs``: begin long work, follow it, fetch what came of it."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, JSONResponse, StreamingResponse

from pinxit.errors import BadOption, MissingExtra, NotFound, NotYet
from pinxit.files import atomic
from pinxit.service import forms
from pinxit.service import options as fields
from pinxit.service.context import Service, client, service
from pinxit.service.forms import Form, Given, Wanted
from pinxit.service.jobs import record
from pinxit.service.jobs.kinds import KINDS, Kind
from pinxit.service.jobs.queue import Jobs
from pinxit.service.jobs.record import PHOTOS, PREVIEW, REQUEST, Job
from pinxit.service.openapi import JOB_FORM, READ, SENT, refusals
from pinxit.service.routes.painting import TRAINED_BY, converted, look_at, picture_of, read_form
from pinxit.service.uploads import copy, size_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
ONE: dict[str, Any] = {"responses": refusals(*READ, 404)}


@router.post("", status_code=202, openapi_extra={"requestBody": JOB_FORM}, responses=refusals(*SENT, 501))
async def begin(request: Request) -> Response:
    """Begin long work."""
    own = service(request)
    own.begin()
    own.jobs.check_room(client(request))
    async with forms.received(request, own.limits) as parts:
        form = await read_form(request, parts)
        kind, asked = _asked(form, own)
        if TRAINED_BY not in kind.methods:
            form.styles = await asyncio.to_thread(_pictured, own, client(request), form.styles)
        own.jobs.check_room(client(request), kind.name)
        if kind.name == "train":
            shared = [style.name for style in await asyncio.to_thread(own.gallery.list)]
            own.trained.check(client(request), form.names, shared)
        await _look(request, form, kind)
        job = await asyncio.to_thread(_kept, own, client(request), form, asked)
    own.jobs.begin(job)
    return JSONResponse(own.jobs.public(job), 202, {"Location": f"/v1/jobs/{job.id}"})


def _asked(form: Form, own: Service) -> tuple[Kind, dict[str, Any]]:
    """Return the kind of work and its request, but for the files.

    Raises `BadOption`, `MissingExtra`.
    """
    name = form.options.pop("kind", "")
    if name not in KINDS:
        raise forms.fault("kind", f"kind must be one of {', '.join(KINDS)}")
    kind = KINDS[name]
    if kind.missing():
        raise MissingExtra(f"{name} on this server", kind.missing())
    form.refuse(*(("name", "photo") if kind.content else ("content", "mask", "weight")))
    first = TRAINED_BY if form.trained and TRAINED_BY in kind.methods else kind.methods[0]
    method = form.take("method", first, kind.methods)
    format = form.take("format", kind.formats[0], kind.formats)
    given = fields.parse(form.options, own.limits, *kind.options(method))
    output = given.pop() if kind.content else {}
    options = {option: value for part in given for option, value in part.items()}
    if name == "train":
        _check_lesson(form, options)
    return kind, {"kind": name, "method": method, "options": options, "output": output, "format": format}


def _pictured(own: Service, who: str, styles: list[Wanted]) -> list[Wanted]:
    """Put the pictures of styles in the place of the networks that were taught them."""
    return [dataclasses.replace(each, given=picture_of(own, who, each.given)) for each in styles]


def _check_lesson(form: Form, options: dict[str, Any]) -> None:
    """Raise `BadOption` where the names do not belong to the styles, or nothing would be learned."""
    if len(form.names) != len(form.styles):
        raise forms.fault("name", f"{len(form.names)} names for {len(form.styles)} styles; give one for each")
    if not options.get("minutes", 1) and not options.get("steps"):
        raise forms.fault("minutes", "a training needs minutes or steps above 0")
    for each in form.styles:
        if each.given.kind != "image":
            raise forms.fault("style", "a style is taught from its picture: send the picture itself")


async def _look(request: Request, form: Form, kind: Kind) -> None:
    """Look at the content now, so that whoever sent something else need not wait for the answer.

    Raises what the look raises, and `BadOption` for a picture where a film is needed, or the other way round.
    """
    if kind.content:
        content = form.contents()
        found = content.kind if content.file is None else (await look_at(request, content, "content"))[0]
        if found != kind.content:
            raise forms.fault("content", f"the content must be {'a film' if kind.content == 'film' else 'a picture'}")
    for each in form.styles:
        await _look_at_style(request, each.given, "style", kind)
        if each.mask is not None:
            await _look_at_style(request, each.mask, "mask", kind)
    for photo in form.photos:
        await _look_at_style(request, photo, "photo", kind)


async def _look_at_style(request: Request, given: Given, field: str, kind: Kind) -> None:
    seen = given.kind
    if given.file is not None:
        seen, _ = await look_at(request, given, field)
    if seen == "film":
        raise forms.fault(field, f"a {field} is a picture, not a film")
    if seen in ("code", "taught") and (field != "style" or kind.name != "video"):
        what = "a style code" if seen == "code" else "a style that a network was taught"
        raise forms.fault(field, f"{kind.name} needs a picture here, not {what}: send the painting itself")


def _kept(own: Service, who: str, form: Form, asked: dict[str, Any]) -> Job:
    """Put all that a job needs into its folder."""
    styles, masks = [each.given for each in form.styles], [each.mask for each in form.styles]
    given = [form.content, *styles, *masks, *form.photos]
    own.store.make_room(sum(_size(each) for each in given if each))
    with own.store.building(own.store.jobs) as (name, folder):
        if form.content:
            _put(own, form.content, folder / "content")
        request = {**asked, "styles": [_put_style(own, form, index, folder) for index in range(len(styles))]}
        for index, photo in enumerate(form.photos):
            (folder / PHOTOS).mkdir(exist_ok=True)
            _put(own, photo, folder / PHOTOS / f"{index:03}.jpg")
        atomic.save(json.dumps(request).encode(), folder / REQUEST)
        return own.jobs.add(name, who, request, folder)


def _put_style(own: Service, form: Form, index: int, folder: Path) -> dict[str, Any]:
    """Copy one style and its mask into a job's folder; return what the request tells of it."""
    wanted, mask = form.styles[index], None
    if wanted.mask:
        mask = {"file": f"mask-{index}", "sha256": _put(own, wanted.mask, folder / f"mask-{index}")}
    digest = _put(own, wanted.given, folder / f"style-{index}")
    name = form.names[index] if form.names else wanted.given.name
    told = {"file": f"style-{index}", "sha256": digest, "name": name, "weight": wanted.weight, "mask": mask}
    return {**told, "row": wanted.given.row}


def _size(given: Given) -> int:
    if given.upload:
        return given.upload.bytes
    return size_of(given.file.file) if given.file else Path(given.path).stat().st_size


def _put(own: Service, given: Given, target: Path) -> str:
    """Copy one file into a job's folder; return its sha256."""
    if given.file is not None:
        given.file.file.seek(0)
        return copy(given.file.file, target)
    source = own.uploads.path(given.upload) if given.upload else Path(given.path)
    try:
        shutil.copyfile(source, target)
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotFound("an upload is gone: upload it again") from error


@router.get("", responses=refusals(*READ))
async def listed(request: Request) -> dict[str, Any]:
    """List your jobs, newest first."""
    jobs = service(request).jobs
    return {"jobs": [jobs.public(job) for job in jobs.of(client(request))]}


@router.get("/{id}", **ONE)
async def one(request: Request, id: str) -> dict[str, Any]:
    """Tell of one job."""
    jobs = service(request).jobs
    return jobs.public(jobs.get(client(request), id))


@router.delete(
    "/{id}", responses={202: {"description": "Cancelled."}, 204: {"description": "Forgotten."}, **ONE["responses"]}
)
async def remove(request: Request, id: str) -> Response:
    """Cancel a live job, or forget one that has ended."""
    jobs = service(request).jobs
    job = jobs.get(client(request), id)
    if await jobs.remove(job):
        return JSONResponse(jobs.public(job), 202)
    return Response(status_code=204)


@router.post("/{id}/stop", status_code=202, responses=refusals(*READ, 404, 409))
async def stop(request: Request, id: str) -> dict[str, Any]:
    """Finish now, and keep the picture as it stands."""
    jobs = service(request).jobs
    job = jobs.get(client(request), id)
    await jobs.stop(job)
    return jobs.public(job)


@router.get(
    "/{id}/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}, **ONE["responses"]}
)
async def events(request: Request, id: str) -> Response:
    """Follow a job."""
    jobs = service(request).jobs
    job = jobs.get(client(request), id)
    return StreamingResponse(_stream(jobs, job), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(jobs: Jobs, job: Job) -> AsyncIterator[bytes]:
    async for event in jobs.followers.follow(job):
        yield b": waiting\n\n" if event is None else f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode()


@router.get(
    "/{id}/preview",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **refusals(*READ, 404, 409)},
)
async def preview(request: Request, id: str) -> Response:
    """Show the picture as it stands."""
    jobs = service(request).jobs
    job = jobs.get(client(request), id)
    path = jobs.folder(job) / PREVIEW
    if job.preview is None or not path.is_file():
        raise NotYet("there is no preview yet")
    return Response(path.read_bytes(), media_type="image/jpeg")


@router.get(
    "/{id}/result",
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in fields.MEDIA_TYPES.values()}},
        206: {"description": "A part."},
        416: {"description": "No such part."},
        **refusals(*READ, 404, 409, 429, 503),
    },
)
async def result(request: Request, id: str, format: str = "") -> Response:
    """Fetch what came of a job; a picture in another format where one is given, with its recipe."""
    jobs = service(request).jobs
    job = jobs.get(client(request), id)
    if job.live or job.result is None:
        raise NotYet(f"there is no result: the job is {job.state}")
    path = jobs.folder(job) / str(job.result["file"])
    if not path.is_file() or path.name == record.RECORD:
        raise NotFound("the result is gone")
    if format and format != job.request["format"]:
        return await _converted(request, job, path, format)
    name = f"pinxit-{job.id[:8]}{path.suffix}"
    return FileResponse(
        path, media_type=str(job.result["media_type"]), filename=name, content_disposition_type="inline"
    )


async def _converted(request: Request, job: Job, path: Path, format: str) -> Response:
    own = service(request)
    if job.request["format"] not in fields.FORMATS:
        raise BadOption("only pictures are had in another format: leave format out")
    picture = {"path": str(path), "sha256": str(job.result["sha256"]) if job.result else ""}
    with own.pool.admission():
        return await converted(request, Form(None, [], {"format": format}), picture, [], mine=True)
