"""The parts of a running service, and how a request finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from starlette.requests import Request

from pinxit.errors import Stopping
from pinxit.service.client_styles import OwnStyles
from pinxit.service.gallery import Gallery
from pinxit.service.jobs.queue import Jobs
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.middleware import Doors
from pinxit.service.store import Store
from pinxit.service.uploads import Uploads
from pinxit.service.workers.pool import Pool

T = TypeVar("T")


@dataclass(slots=True)
class Service:
    """All parts of one server."""

    limits: ServiceLimits
    doors: Doors
    store: Store
    uploads: Uploads
    gallery: Gallery
    trained: OwnStyles
    metrics: Metrics
    pool: Pool
    jobs: Jobs
    stopping: bool = False

    def begin(self) -> None:
        """Refuse new work while the server goes down.

        Raises `Stopping`.
        """
        if self.stopping:
            raise Stopping("the server is going down: come again in a moment")


class HungUp(Exception):
    """The client has left; nobody reads the answer."""


def service(request: Request) -> Service:
    """Return the service that a request came to."""
    return cast(Service, request.app.state.service)


def client(request: Request) -> str:
    """Return who asks."""
    return str(request.scope["state"]["client"])


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work of a request whose body was read, and give it up when the client hangs up.

    Raises `HungUp`, and what the work raises.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise HungUp
        return task.result()
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
