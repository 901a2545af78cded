"""What the operator asks of a server: health checks, Prometheus metrics, and ``/docs``.

``/docs`` is Swagger UI, offline and under a strict content security policy. Its script and style sheet come from the
package fastapi-offline. FastAPI's own page would fetch them from another site and has an inline script.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from pinxit.errors import NotFound
from pinxit.service.context import ServiceArg
from pinxit.service.routes.responses import text
from pinxit.service.schemas import STATIC, Health, Readiness
from pinxit.service.store import free_bytes
from pinxit.studio import CONTENT_SECURITY_POLICY

router = APIRouter(tags=["health"])
SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
DOCS_POLICY = CONTENT_SECURITY_POLICY.replace("img-src", "img-src data:")
"""Swagger UI's style sheet holds its icons as data URLs."""


@router.get("/healthz")
async def healthz() -> Health:
    """Report that the server is alive."""
    return Health(status="alive")


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Not ready."}})
async def readyz(service: ServiceArg, response: Response) -> Readiness:
    """Report whether the server can paint now."""
    checks = {
        "painters": service.pool.ready,
        "disk": free_bytes(service.store.root) > service.limits.disk_floor,
        "running": not service.stopping,
    }
    response.status_code = 200 if all(checks.values()) else 503
    return Readiness(status="ready" if all(checks.values()) else "not ready", checks=checks)


@router.get(
    "/metrics", response_class=Response, responses=text("text/plain", "The metrics.", "pinxit_busy_processes 0.0\n")
)
async def metrics(service: ServiceArg) -> Response:
    """Report the metrics in Prometheus' text format."""
    service.metrics.store.set(service.store.used)
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/docs", include_in_schema=False)
async def docs() -> FileResponse:
    """Return the page that shows the API."""
    return FileResponse(STATIC / "docs.html", headers={"Content-Security-Policy": DOCS_POLICY})


@router.get("/docs/{name}", include_in_schema=False)
async def docs_file(name: str) -> FileResponse:
    """Return a file of the page."""
    if name == "start.js":
        return FileResponse(STATIC / name)
    package = importlib.util.find_spec("fastapi_offline")
    if name not in SWAGGER_FILES or package is None or package.origin is None:
        raise NotFound("there is nothing at this address")
    return FileResponse(Path(package.origin).parent / "static" / name)
