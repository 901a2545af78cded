"""``/v1/uploads``: files that clients send once and use in many requests."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from pinxit.errors import BadFilm
from pinxit.service import forms, schemas
from pinxit.service.context import ClientArg, Service, ServiceArg, while_connected
from pinxit.service.forms import UploadForm, body_of, read_form
from pinxit.service.inputs import ImageRef
from pinxit.service.routes.responses import READ, SENT, UploadId, errors
from pinxit.service.uploads import HEAD_BYTES, FileInfo, size_of, sniff
from pinxit.service.workers.wire import Message

router = APIRouter(prefix="/v1/uploads", tags=["painting"], responses=errors(*READ))


@router.post(
    "", status_code=201, openapi_extra=body_of(UploadForm, upload=forms.UPLOAD_EXAMPLE), responses=errors(*SENT)
)
async def upload(request: Request, service: ServiceArg, client: ClientArg) -> schemas.Upload:
    """Keep a picture, a style code or a film for a while."""
    service.check_running()
    async with read_form(request, UploadForm, service.limits) as form:
        info = await inspect(request, service, ImageRef(file=form.file), "file")
        form.file.file.seek(0)
        stored = await asyncio.to_thread(service.uploads.add, client, form.file.file, info)
    return service.uploads.public(stored)


async def inspect(request: Request, service: Service, image: ImageRef, field: str) -> FileInfo:
    """Return the kind of a picture or film and, if it is a new picture, its format and size by its header.

    Raises the errors of the header, with the name of the field.
    """
    if image.file is None:
        return FileInfo("image" if image.kind == "trained" else image.kind, "")
    head = await image.file.read(HEAD_BYTES)
    await image.file.seek(0)
    info = sniff(head)
    if info.kind != "image":
        return info
    if size_of(image.file.file) > service.limits.image_bytes:
        raise BadFilm("the file is too large for a picture, and not a film of a known format")
    parts: list[bytes] = []
    message = Message({"op": "look", "field": field, "source": await image.source(parts)}, parts)
    with service.pool.admission():
        answer = await while_connected(request, service.pool.run(message, service.limits.look_seconds))
    return FileInfo("image", answer.head["format"], answer.head["width"], answer.head["height"])


@router.get("/{id}", responses=errors(404))
async def one_upload(service: ServiceArg, client: ClientArg, id: UploadId) -> schemas.Upload:
    """Describe an upload."""
    return service.uploads.public(service.uploads.get(client, id))


@router.delete("/{id}", status_code=204, responses=errors(404))
async def delete_upload(service: ServiceArg, client: ClientArg, id: UploadId) -> Response:
    """Delete an upload."""
    service.uploads.remove(client, id)
    return Response(status_code=204)
