"""Health checks and Prometheus metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pinxit.service.context import ServiceArg
from pinxit.service.routes.responses import text
from pinxit.service.schemas import Health, Readiness
from pinxit.service.store import free_bytes

router = APIRouter(tags=["health"])


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
