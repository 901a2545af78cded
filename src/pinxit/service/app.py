"""The application: all routes behind the guard, and the life of what works behind them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from pinxit import __version__
from pinxit.errors import PinxitError
from pinxit.service import answers, problems
from pinxit.service.client_styles import OwnStyles
from pinxit.service.context import HungUp, Service
from pinxit.service.forms import fault
from pinxit.service.gallery import Gallery
from pinxit.service.jobs.queue import Jobs
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.middleware import Doors, Guard
from pinxit.service.routes import jobs as jobroutes
from pinxit.service.routes import listings as listing
from pinxit.service.routes import painting
from pinxit.service.store import Store
from pinxit.service.uploads import Uploads
from pinxit.service.workers.pool import Pool

SWEEP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a server is set up."""

    store: Path
    styles: Path | None = None
    page: Path | None = None
    """Folder of the web page's files; None for the API alone."""
    doors: Doors = field(default_factory=lambda: Doors(frozenset()))
    limits: ServiceLimits = field(default_factory=ServiceLimits)


def make(setup: Setup) -> FastAPI:
    """Return the application, locked on its store; its processes start with it."""
    store = Store(setup.store, setup.limits)
    metrics, trained = Metrics(), OwnStyles(store)
    own = Service(
        limits=setup.limits,
        doors=setup.doors,
        store=store,
        uploads=Uploads(store),
        gallery=Gallery(setup.styles),
        trained=trained,
        metrics=metrics,
        pool=Pool(setup.limits, store.tmp, metrics),
        jobs=Jobs(store, metrics, trained),
    )
    app = FastAPI(
        title="pinxit",
        version=__version__,
        summary="Repaints photos and films in the style of any picture.",
        docs_url=None,  # their pages fetch scripts from the net
        redoc_url=None,
        lifespan=_life,
        exception_handlers={
            PinxitError: problems.on_pinxit_error,
            HTTPException: problems.on_http_error,
            RequestValidationError: _on_invalid,
            HungUp: _on_hung_up,
            Exception: problems.on_bug,
        },
    )
    app.state.service = own
    _describe(app)
    for router in routers():
        app.include_router(router)
    if setup.page:
        app.mount("/", StaticFiles(directory=setup.page, html=True))
    app.add_middleware(Guard, doors=setup.doors, limits=setup.limits, metrics=metrics)
    return app


def _describe(app: FastAPI) -> None:
    """Let the description of the API be a whole one."""
    generated = app.openapi
    app.openapi = functools.cache(lambda: answers.complete(generated()))  # type: ignore[method-assign]


def routers() -> list[Any]:
    """Return the parts of the API."""
    return [painting.router, jobroutes.router, listing.router]


@contextlib.asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    own: Service = app.state.service
    own.pool.open()
    own.jobs.open()
    sweeper = asyncio.create_task(_sweep(own))
    try:
        yield
    finally:
        own.stopping = True
        sweeper.cancel()
        await own.jobs.close()
        await own.pool.close()
        own.store.close()


async def _sweep(own: Service) -> None:
    """Delete what was kept long enough."""
    while True:
        now = time.time()
        own.uploads.sweep(now)
        own.jobs.sweep(now)
        await asyncio.to_thread(own.store.measure)
        await asyncio.sleep(SWEEP_SECONDS)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """Answer what the framework found wrong with a JSON body or a parameter, without its words."""
    places = (
        [place for one in error.errors() for place in one.get("loc", ())]
        if isinstance(error, RequestValidationError)
        else []
    )
    name = next((str(place) for place in places[1:]), "body")[:100]
    return problems.response(fault(name, f"{name} is missing or not what it should be: see /openapi.json"))


async def _on_hung_up(request: Request, error: Exception) -> Response:
    request.app.state.service.metrics.hung_up.inc()
    return Response(status_code=499)
