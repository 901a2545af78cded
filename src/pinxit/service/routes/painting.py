"""``/v1/stylize`` and ``/v1/uploads``: paint at once, and keep pictures to paint from."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from pinxit.config.options import Look, Output
from pinxit.errors import BadFilm, BadOption
from pinxit.methods.table import by_name, default_for, method_names
from pinxit.service import forms
from pinxit.service import options as fields
from pinxit.service.context import Service, client, service, while_connected
from pinxit.service.forms import Form, Given
from pinxit.service.openapi import CONVERT, PAINT, READ, UPLOAD, refusals
from pinxit.service.uploads import HEAD_BYTES, kind_of, public, size_of

router = APIRouter(prefix="/v1", tags=["painting"])
TRAINED_BY = default_for(trained=True).name
"""The method of the styles that networks were taught, and so theirs by default."""


class Message:
    """A message to a painting process, put together source by source."""

    def __init__(self, own: Service) -> None:
        self.own = own
        self.parts: list[bytes] = []

    async def source(self, given: Given) -> dict[str, Any]:
        """Return what stands for a picture in the message."""
        if given.upload:
            return {"path": str(self.own.uploads.path(given.upload)), "sha256": given.upload.sha256}
        if given.file is None:
            return {"path": given.path, "sha256": given.sha256, "row": given.row}
        self.parts.append(await given.file.read())
        return {"part": len(self.parts) - 1}


def find_style(own: Service, client: str, name: str) -> Given:
    """Return a style by its name: one that the client taught, or one that all see.

    Raises `NotFound`.
    """
    style = own.trained.find(client, name) or own.gallery.find(name)
    return Given(path=str(style.path), sha256=style.sha256, name=style.name, kind=style.kind, row=style.row)


def picture_of(own: Service, client: str, given: Given) -> Given:
    """Return the picture of a style that a network was taught, small where there is no other; others as they are."""
    if given.row is None:
        return given
    trained = own.trained.find(client, given.name)
    if trained and trained.picture:
        return Given(path=str(trained.picture.path), sha256=trained.picture.sha256, name=given.name)
    small = own.trained.thumbnail(client, given.name) if trained else own.gallery.small(given.name)
    return Given(file=UploadFile(io.BytesIO(small or b"")), name=given.name)


async def read_form(request: Request, form: Any) -> Form:
    """Return the fields of a request."""
    own, who = service(request), client(request)
    return forms.read(form, who, own.uploads, lambda name: find_style(own, who, name), own.limits)


@router.post("/stylize", **PAINT)
async def stylize(request: Request) -> Response:
    """Paint in one pass; the picture is the answer."""
    own = service(request)
    own.begin()
    begun = time.perf_counter()
    with own.pool.admission():
        async with forms.received(request, own.limits) as parts:
            form = await read_form(request, parts)
            message = Message(own)
            head, format = await _head(own, form, message)
            upload = form.contents().upload
            content = upload.sha256 if upload else ""
        work = own.pool.run(head, message.parts, own.limits.paint_seconds, content)
        answer = await while_connected(request, work)
    painted = float(answer.head["seconds"])
    timing = f"queue;dur={1000 * (time.perf_counter() - begun - painted):.0f}, paint;dur={1000 * painted:.0f}"
    return Response(answer.parts[0], media_type=fields.MEDIA_TYPES[format], headers={"Server-Timing": timing})


async def _head(own: Service, form: Form, message: Message) -> tuple[dict[str, Any], str]:
    """Return what a painting process is to do, and in which format."""
    form.refuse("name", "photo")
    if form.contents().kind != "image":
        raise forms.fault("content", "the content must be a picture; films are painted by POST /v1/jobs")
    method = form.take("method", default_for(trained=form.trained).name, method_names())
    if method not in fields.ONE_PASS:
        raise forms.fault("method", f"{method} takes minutes: begin it by POST /v1/jobs")
    format = form.take("format", fields.FORMATS[0], fields.FORMATS)
    look, options, output = fields.parse(form.options, own.limits, Look, by_name(method).options, Output)
    head = {
        "op": "paint",
        "content": await message.source(form.contents()),
        "styles": [
            {
                "source": await message.source(each.given),
                "name": each.given.name,
                "weight": each.weight,
                "mask": await message.source(each.mask) if each.mask else None,
            }
            for each in form.styles
        ],
        "method": method,
        "options": {**look, **options},
        "output": output,
        "format": format,
    }
    return head, format


@router.post("/convert", **CONVERT)
async def convert(request: Request) -> Response:
    """Write a painted picture in another format, with its recipe inside."""
    own = service(request)
    own.begin()
    with own.pool.admission():
        async with forms.received(request, own.limits) as parts:
            form = forms.read_plain(parts, client(request), own.uploads, own.limits, "file")
            message = Message(own)
            picture = await message.source(form.contents())
        answer = await converted(request, form, picture, message.parts)
    return answer


async def converted(
    request: Request, form: Form, picture: dict[str, Any], parts: list[bytes], mine: bool = False
) -> Response:
    """Return a picture in the format that the form asks for; ``mine``: it is a file of the service's own."""
    own = service(request)
    format = form.take("format", fields.FORMATS[0], fields.FORMATS)
    (output,) = fields.parse(form.options, own.limits, Output)
    head = {"op": "convert", "source": picture, "own": mine, "output": output, "format": format}
    answer = await while_connected(request, own.pool.run(head, parts, own.limits.paint_seconds))
    return Response(answer.parts[0], media_type=fields.MEDIA_TYPES[format])


@router.post("/uploads", **UPLOAD)
async def upload(request: Request) -> dict[str, Any]:
    """Keep a picture, a style code or a film for a while."""
    own = service(request)
    own.begin()
    async with forms.received(request, own.limits) as form:
        file = form.get("file")
        if file is None or isinstance(file, str) or len(form.multi_items()) != 1:
            raise forms.fault("file", "give one file, in the field 'file'")
        kind, about = await look_at(request, Given(file=file), "file")
        file.file.seek(0)
        kept = await asyncio.to_thread(own.uploads.add, client(request), file.file, kind, about)
    return public(kept, own.uploads.expires(kept))


async def look_at(request: Request, given: Given, field: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of a file, and its format, width and height as far as a look can tell.

    Raises what the look raises.
    """
    own = service(request)
    if given.file is None:
        raise BadOption("there is nothing to look at")
    head = await given.file.read(HEAD_BYTES)
    await given.file.seek(0)
    kind, format = kind_of(head)
    if kind != "image":
        return kind, {"format": format, "width": None, "height": None}
    if size_of(given.file.file) > own.limits.image_bytes:
        raise BadFilm("the file is too large for a picture, and no film that is known here")
    message = Message(own)
    asked = {"op": "look", "field": field, "source": await message.source(given)}
    with own.pool.admission():
        work = own.pool.run(asked, message.parts, own.limits.look_seconds)
        answer = await while_connected(request, work)
    return kind, {name: answer.head[name] for name in ("format", "width", "height")}


@router.get("/uploads/{id}", responses=refusals(*READ, 404))
async def one_upload(request: Request, id: str) -> dict[str, Any]:
    """Tell of an upload."""
    own = service(request)
    kept = own.uploads.get(client(request), id)
    return public(kept, own.uploads.expires(kept))


@router.delete("/uploads/{id}", status_code=204, responses=refusals(*READ, 404))
async def forget_upload(request: Request, id: str) -> Response:
    """Forget an upload."""
    service(request).uploads.remove(client(request), id)
    return Response(status_code=204)
