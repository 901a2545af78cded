"""What there is to choose from, and how the service is: styles, methods, limits, health."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request, Response

from pinxit.errors import KeyRequired
from pinxit.methods.table import default_for
from pinxit.service import options as fields
from pinxit.service.context import client, service
from pinxit.service.forms import fault
from pinxit.service.jobs.kinds import KINDS
from pinxit.service.middleware import COOKIE
from pinxit.service.openapi import READ, refusals
from pinxit.service.store import free_bytes

router = APIRouter(tags=["listing"])
SESSION = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}},
                "example": {"key": "one of the keys in PINXIT_API_KEY"},
            }
        },
    }
}


@router.get("/v1/styles", responses=refusals(*READ))
async def styles(request: Request) -> dict[str, Any]:
    """List the styles that have names."""
    own = service(request)
    found = [*own.trained.of(client(request)), *await asyncio.to_thread(own.gallery.list)]
    first = {style.name: style for style in reversed(found)}
    return {"styles": [style.public for style in found if first[style.name] is style]}


@router.get(
    "/v1/styles/{name}/thumbnail",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **refusals(*READ, 404)},
)
async def thumbnail(request: Request, name: str) -> Response:
    """Show a style, small."""
    own = service(request)
    data = own.trained.thumbnail(client(request), name) or await asyncio.to_thread(own.gallery.thumbnail, name)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.delete("/v1/styles/{name}", status_code=204, responses=refusals(*READ, 404))
async def forget_style(request: Request, name: str) -> Response:
    """Forget a style that you taught, and what its network was taught together with it."""
    service(request).trained.remove(client(request), name)
    return Response(status_code=204)


@router.get("/v1/methods", responses=refusals(*READ))
async def methods(request: Request) -> dict[str, Any]:
    """List the methods with the schemas of their options, and the kinds of jobs."""
    limits = service(request).limits
    kinds = [
        {
            "name": kind.name,
            "content": kind.content,
            "methods": list(kind.methods),
            "formats": list(kind.formats),
            "available": not kind.missing(),
            "missing": kind.missing(),
            "options": None if kind.content else fields.public_schema(kind.options("")[0], limits),
        }
        for kind in KINDS.values()
    ]
    default = {"picture": default_for(trained=False).name, "trained": default_for(trained=True).name}
    return {
        "methods": fields.methods(limits),
        "default": default,
        "kinds": kinds,
        "film": fields.film_schema(limits),
    }


@router.get("/v1/limits")
async def limits(request: Request) -> dict[str, Any]:
    """Tell every limit."""
    own = service(request)
    return {**own.limits.as_dict(), "painters": own.limits.workers, "key_required": bool(own.doors.keys)}


@router.post("/v1/session", status_code=204, openapi_extra=SESSION, responses=refusals(401, 403, 408, 413, 422))
async def session(request: Request) -> Response:
    """Sign in with the API key: the answer's cookie counts as the key."""
    own = service(request)
    key = _key(await request.body())
    header = (b"authorization", b"Bearer " + key.encode())
    if own.doors.client({"type": "http", "headers": [header]}) is None:
        raise KeyRequired("this is not the key")
    answer = Response(status_code=204)
    if own.doors.keys:
        answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


def _key(body: bytes) -> str:
    """Return the key in a JSON body.

    Raises `BadOption`.
    """
    try:
        key = json.loads(body)["key"]
        if isinstance(key, str) and key.isascii() and key.isprintable():
            return key
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise fault("key", 'send JSON such as {"key": "..."}, with the key in printable ASCII')


@router.get("/healthz", tags=["health"])
async def healthz() -> dict[str, str]:
    """Say that the server lives."""
    return {"status": "alive"}


@router.get("/readyz", tags=["health"], responses={503: {"description": "Not ready."}})
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Say whether it can paint now."""
    own = service(request)
    checks = {
        "painters": own.pool.ready,
        "disk": free_bytes(own.store.root) > own.limits.disk_floor,
        "running": not own.stopping,
    }
    response.status_code = 200 if all(checks.values()) else 503
    return {"status": "ready" if all(checks.values()) else "not ready", "checks": checks}


@router.get("/metrics", tags=["health"], response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Tell what was counted, for Prometheus."""
    own = service(request)
    own.metrics.store.set(own.store.used)
    return Response(own.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
