"""What a server has: styles, methods, limits, the sign-in, health checks, Prometheus metrics, and ``/docs``.

``/docs`` is Swagger UI, offline and under a strict content security policy. Its script and style sheet come from the
package fastapi-offline. FastAPI's own page would fetch them from another site and has an inline script.
"""

import asyncio
import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ValidationError

from pinxit.config.options import Film, Look, Output
from pinxit.config.spec import Options
from pinxit.errors import KeyRequired, NotFound
from pinxit.methods.base import Method
from pinxit.methods.table import METHODS, default_for
from pinxit.service import schemas
from pinxit.service.access import COOKIE
from pinxit.service.context import ClientArg, ServiceArg
from pinxit.service.jobs.kinds import KINDS, Kind
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import field_error, public_schema
from pinxit.service.routes.responses import READ, StyleName, errors, files, text
from pinxit.service.schemas import STATIC, Health, Readiness
from pinxit.service.store import free_bytes
from pinxit.studio import CONTENT_SECURITY_POLICY

router = APIRouter(prefix="/v1", tags=["listing"])
health = APIRouter(tags=["health"])
SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
DOCS_POLICY = CONTENT_SECURITY_POLICY.replace("img-src", "img-src data:")
"""Swagger UI's style sheet holds its icons as data URLs."""


@router.get("/styles", responses=errors(*READ))
async def styles(service: ServiceArg, client: ClientArg) -> schemas.Styles:
    """List the named styles: the client's own first."""
    listed = [*service.client_styles.of_client(client), *await asyncio.to_thread(service.gallery.list)]
    first = {style.name: style for style in reversed(listed)}
    return schemas.Styles(styles=[style.public() for style in listed if first[style.name] is style])


@router.get(
    "/styles/{name}/thumbnail",
    response_class=Response,
    responses={**files("A small picture.", ["jpeg"]), **errors(*READ, 404)},
)
async def thumbnail(service: ServiceArg, client: ClientArg, name: StyleName) -> Response:
    """Return a small picture of a style."""
    data = service.client_styles.thumbnail(client, name) or await asyncio.to_thread(service.gallery.thumbnail, name)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.delete("/styles/{name}", status_code=204, responses=errors(*READ, 404))
async def delete_style(service: ServiceArg, client: ClientArg, name: StyleName) -> Response:
    """Delete a style that you trained, and with it the other styles of its network."""
    service.client_styles.remove(client, name)
    return Response(status_code=204)


@router.get("/methods", responses=errors(*READ))
async def methods(service: ServiceArg) -> schemas.Methods:
    """List the methods with the schemas of their options, and the kinds of jobs."""
    return schemas.Methods(
        methods=[_method(method, service.limits) for method in METHODS],
        default=schemas.DefaultMethods(picture=default_for(trained=False).name, trained=default_for(trained=True).name),
        kinds=[_kind(kind, service.limits) for kind in KINDS.values()],
        film=public_schema(Film, service.limits),
    )


def _method(method: Method[Any], limits: ServiceLimits) -> schemas.Method:
    classes: dict[str, type[Options]] = {"look": Look, "method": method.options, "output": Output}
    kinds = [kind.name for kind in KINDS.values() if kind.paints and method.name in kind.methods]
    options = {part: public_schema(cls, limits) for part, cls in classes.items()}
    fields = {"name": method.name, "pass": "one" if method.one_pass else "many", "kinds": kinds, "options": options}
    return schemas.Method.model_validate(fields)


def _kind(kind: Kind, limits: ServiceLimits) -> schemas.Kind:
    options = public_schema(kind.own_options, limits) if kind.own_options else None
    derived = {"available": not kind.missing(), "missing": kind.missing(), "options": options}
    return schemas.Kind.model_validate({**dataclasses.asdict(kind), **derived})


@router.get("/limits", response_model=schemas.Limits)
async def limits(service: ServiceArg) -> dict[str, float]:
    """Return every limit of the service."""
    changed = {"painters": service.limits.workers, "key_required": bool(service.access.keys)}
    return {**dataclasses.asdict(service.limits), **changed}


def _json_body(model: type[BaseModel]) -> dict[str, object]:
    schema = model.model_json_schema()
    schemas.add_examples({model.__name__: schema})
    content = {"schema": schema, "example": schema["examples"][0]}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


@router.post(
    "/session",
    status_code=204,
    openapi_extra=_json_body(schemas.Credentials),
    responses=errors(401, 403, 408, 413, 422),
)
async def session(request: Request, service: ServiceArg) -> Response:
    """Sign in with the API key; the cookie of the response replaces the key in later requests."""
    try:
        key = schemas.Credentials.model_validate_json(await request.body()).key
    except ValidationError:
        raise field_error("key", 'send JSON such as {"key": "..."}, with the key in printable ASCII') from None
    answer = Response(status_code=204)
    if service.access.keys:
        if service.access.client_of_key(key) is None:
            raise KeyRequired("this is not a valid key")
        answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


@health.get("/healthz")
async def healthz() -> Health:
    """Report that the server is alive."""
    return Health(status="alive")


@health.get("/readyz", responses={503: {"model": Readiness, "description": "Not ready."}})
async def readyz(service: ServiceArg, response: Response) -> Readiness:
    """Report whether the server can paint now."""
    checks = {
        "painters": service.pool.ready,
        "disk": free_bytes(service.store.root) > service.limits.disk_floor,
        "running": not service.stopping,
    }
    response.status_code = 200 if all(checks.values()) else 503
    return Readiness(status="ready" if all(checks.values()) else "not ready", checks=checks)


@health.get(
    "/metrics", response_class=Response, responses=text("text/plain", "The metrics.", "pinxit_busy_processes 0.0\n")
)
async def metrics(service: ServiceArg) -> Response:
    """Report the metrics in Prometheus' text format."""
    service.metrics.store.set(service.store.used)
    service.metrics.receiving.set(service.intake.bytes.total())
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@health.get("/docs", include_in_schema=False)
async def docs() -> FileResponse:
    """Return the page that shows the API."""
    return FileResponse(STATIC / "docs.html", headers={"Content-Security-Policy": DOCS_POLICY})


@health.get("/docs/{name}", include_in_schema=False)
async def docs_file(name: str) -> FileResponse:
    """Return a file of the page."""
    if name == "start.js":
        return FileResponse(STATIC / name)
    package = importlib.util.find_spec("fastapi_offline")
    if name not in SWAGGER_FILES or package is None or package.origin is None:
        raise NotFound("there is nothing at this address")
    return FileResponse(Path(package.origin).parent / "static" / name)
