"""``/v1/stylize`` and ``/v1/convert``, which return the picture, and ``/v1/uploads``: files for many requests."""

import asyncio
import time

from fastapi import APIRouter, Request, Response

from pinxit.config.options import Look, Output
from pinxit.errors import BadFilm
from pinxit.methods.table import by_name, default_for, method_names
from pinxit.service import forms, schemas
from pinxit.service.context import ClientArg, Service, ServiceArg, answer
from pinxit.service.forms import ConvertForm, StylizeForm, UploadForm, body_of, choose, read_form
from pinxit.service.inputs import ImageRef, Inputs, Resolver
from pinxit.service.jobs.kinds import IMAGE_FORMATS, MEDIA_TYPES
from pinxit.service.options import field_error, parse
from pinxit.service.routes.responses import READ, SENT, UploadId, errors, files
from pinxit.service.uploads import HEAD_BYTES, FileInfo, size_of, sniff
from pinxit.service.workers.wire import Message, SourceDict

router = APIRouter(prefix="/v1", tags=["painting"])


@router.post(
    "/stylize",
    response_class=Response,
    openapi_extra=body_of(forms.STYLIZE, "stylize"),
    responses={**files("The painted picture.", IMAGE_FORMATS), **errors(*SENT)},
)
async def stylize(request: Request, service: ServiceArg, client: ClientArg) -> Response:
    """Paint in one pass; the response is the picture."""
    service.check_running()
    begun = time.perf_counter()
    service.pool.check_room(client)
    async with read_form(request, forms.STYLIZE, service.limits) as form:
        inputs = Resolver(service, client).inputs(form, form.content, [])
        message = await _message(service, form, inputs)
    content = inputs.content.sha256 if inputs.content else ""
    reply = await answer(request, message, service.limits.paint_seconds, content)
    painted = float(reply.head["seconds"])
    timing = f"queue;dur={1000 * (time.perf_counter() - begun - painted):.0f}, paint;dur={1000 * painted:.0f}"
    media = MEDIA_TYPES[message.head["format"]]
    return Response(reply.parts[0], media_type=media, headers={"Server-Timing": timing})


async def _message(service: Service, form: StylizeForm, inputs: Inputs) -> Message:
    """Return the message to a worker: what to paint, how, and in which format to return it."""
    if inputs.content is None or inputs.content.kind != "image":
        raise field_error("content", "the content must be a picture; POST /v1/jobs paints films")
    method = by_name(choose("method", form.method, method_names(), default_for(trained=inputs.trained).name))
    if not method.one_pass:
        raise field_error("method", f"{method.name} takes minutes: begin it by POST /v1/jobs")
    format = choose("format", form.format, IMAGE_FORMATS)
    look, options, output = parse(form.options(), service.limits, Look, method.options, Output)
    parts: list[bytes] = []
    content, styles = await inputs.content.source(parts), [await style.source(parts) for style in inputs.styles]
    head = {"op": "paint", "content": content, "styles": styles, "method": method.name, "options": {**look, **options}}
    return Message({**head, "output": output, "format": format}, parts)


@router.post(
    "/convert",
    response_class=Response,
    openapi_extra=body_of(forms.CONVERT, "convert"),
    responses={**files("The picture.", IMAGE_FORMATS), **errors(*SENT)},
)
async def convert(request: Request, service: ServiceArg, client: ClientArg) -> Response:
    """Write a painted picture in another format, with its recipe inside."""
    service.check_running()
    service.pool.check_room(client)
    async with read_form(request, forms.CONVERT, service.limits) as form:
        parts: list[bytes] = []
        source = await Resolver(service, client).image("file", form.file).source(parts)
    return await converted(request, form, source, parts)


async def converted(
    request: Request, form: ConvertForm, source: SourceDict, parts: list[bytes], trusted: bool = False
) -> Response:
    """Return a picture in the format that the form asks for. ``trusted`` is for files that the service has written."""
    service: Service = request.app.state.service
    format = choose("format", form.format, IMAGE_FORMATS)
    (output,) = parse(form.options(), service.limits, Output)
    head = {"op": "convert", "source": source, "trusted": trusted, "output": output, "format": format}
    reply = await answer(request, Message(head, parts), service.limits.paint_seconds)
    return Response(reply.parts[0], media_type=MEDIA_TYPES[format])


@router.post("/uploads", status_code=201, openapi_extra=body_of(UploadForm, "upload"), responses=errors(*READ, *SENT))
async def upload(request: Request, service: ServiceArg, client: ClientArg) -> schemas.Upload:
    """Keep a picture, a style code or a film for a while."""
    service.check_running()
    async with read_form(request, UploadForm, service.limits) as form:
        info = await inspect(request, service, ImageRef(file=form.file), "file")
        form.file.file.seek(0)
        stored = await asyncio.to_thread(service.uploads.add, client, form.file.file, info)
    return service.uploads.public(stored)


async def inspect(request: Request, service: Service, image: ImageRef, field: str) -> FileInfo:
    """Return the kind of a picture or film and, if it is a new picture, its format and size by its header."""
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
    header = (await answer(request, message, service.limits.look_seconds)).head
    return FileInfo("image", header["format"], header["width"], header["height"])


@router.get("/uploads/{id}", responses=errors(*READ, 404))
async def one_upload(service: ServiceArg, client: ClientArg, id: UploadId) -> schemas.Upload:
    """Describe an upload."""
    return service.uploads.public(service.uploads.get(client, id))


@router.delete("/uploads/{id}", status_code=204, responses=errors(*READ, 404))
async def delete_upload(service: ServiceArg, client: ClientArg, id: UploadId) -> Response:
    """Delete an upload."""
    service.uploads.remove(client, id)
    return Response(status_code=204)
