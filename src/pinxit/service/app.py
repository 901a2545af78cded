"""The application: all endpoints behind the middleware, and the life cycle of the parts that they use."""

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from pinxit import __version__
from pinxit.errors import PinxitError
from pinxit.service import problems, schemas
from pinxit.service.context import ClientDisconnected, Service, Setup
from pinxit.service.middleware import Middleware
from pinxit.service.routes import jobs, listings, painting

SWEEP_SECONDS = 30.0


def make(setup: Setup) -> FastAPI:
    """Return the application, with its store locked. Its processes start with it."""
    app = FastAPI(
        title="pinxit",
        version=__version__,
        summary="Repaints photos and films in the style of any picture.",
        docs_url=None,  # FastAPI's pages fetch scripts from another site; routes/listings.py has ours
        redoc_url=None,
        lifespan=_life,
        exception_handlers={
            **dict.fromkeys((PinxitError, HTTPException, RequestValidationError, Exception), problems.on_error),
            ClientDisconnected: _on_disconnect,
        },
    )
    app.openapi = functools.partial(_openapi, app, app.openapi)  # type: ignore[method-assign]
    service = app.state.service = Service(setup)
    for router in (painting.router, jobs.router, listings.router, listings.health):
        app.include_router(router)
    if setup.page:
        app.mount("/", StaticFiles(directory=setup.page, html=True))
    app.add_middleware(Middleware, service=service)
    return app


def _openapi(app: FastAPI, generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return FastAPI's description of the API with the examples of the models."""
    if app.openapi_schema is None:
        schemas.add_examples(generate()["components"]["schemas"])
    return generate()


@contextlib.asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.pool.open()
    service.jobs.open()
    sweeper = asyncio.create_task(_sweep(service))
    try:
        yield
    finally:
        service.stopping = True
        sweeper.cancel()
        await service.jobs.close()
        await service.pool.close()
        service.store.close()


async def _sweep(service: Service) -> None:
    """Delete expired uploads and jobs every `SWEEP_SECONDS`."""
    while True:
        now = time.time()
        service.uploads.sweep(now)
        service.jobs.sweep(now)
        await asyncio.to_thread(service.store.measure)
        await asyncio.sleep(SWEEP_SECONDS)


async def _on_disconnect(request: Request, error: Exception) -> Response:
    request.app.state.service.metrics.disconnected.inc()
    return Response(status_code=499)
