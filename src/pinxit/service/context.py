"""The parts of a running service, and how an endpoint gets them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request

from pinxit.errors import Stopping
from pinxit.service.access import AccessPolicy
from pinxit.service.client_styles import ClientStyles
from pinxit.service.gallery import Gallery
from pinxit.service.jobs.queue import JobQueue
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.service.receiving import Intake
from pinxit.service.store import Store
from pinxit.service.uploads import Uploads
from pinxit.service.workers.pool import WorkerPool
from pinxit.service.workers.wire import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The settings of a server."""

    store: Path
    styles: Path | None = None
    page: Path | None = None  # Folder of the web page's files; None for the API alone
    access: AccessPolicy = field(default_factory=lambda: AccessPolicy(frozenset()))
    limits: ServiceLimits = field(default_factory=ServiceLimits)


class Service:
    """The parts of one server, with its store locked."""

    def __init__(self, setup: Setup) -> None:
        self.limits, self.access, self.stopping = setup.limits, setup.access, False
        self.metrics = Metrics()
        self.store = Store(setup.store, setup.limits)
        self.intake = Intake(self.store)
        self.uploads = Uploads(self.store)
        self.gallery = Gallery(setup.styles)
        self.client_styles = ClientStyles(self.store)
        self.pool = WorkerPool(setup.limits, self.store.tmp, self.metrics, shared=len(setup.access.keys) > 1)
        self.jobs = JobQueue(self.store, self.metrics, self.client_styles)

    def check_running(self) -> None:
        """Raise `Stopping` if the server is shutting down and accepts no new work."""
        if self.stopping:
            raise Stopping("the server is shutting down: try again in a moment")


class ClientDisconnected(Exception):
    """The client has closed the connection, so that nobody would read the response."""


async def _service(request: Request) -> Service:  # async, since FastAPI runs other functions in a thread each
    return cast(Service, request.app.state.service)


async def _client(request: Request) -> str:
    return str(request.scope["state"]["client"])


ServiceArg = Annotated[Service, Depends(_service)]  # An endpoint's argument: the service
ClientArg = Annotated[str, Depends(_client)]  # An endpoint's argument: the client


async def answer(request: Request, message: Message, seconds: float, content: str = "") -> Message:
    """Have a one-pass process answer the message of a request whose body was read; see `WorkerPool.run`.

    Raises `Busy`, `ClientDisconnected`, and the errors of the work.
    """
    pool = (await _service(request)).pool
    with pool.admission(await _client(request)):
        return await _while_connected(request, pool.run(message, seconds, content))


async def _while_connected(request: Request, work: Coroutine[object, object, T]) -> T:
    task = asyncio.ensure_future(work)
    disconnect = asyncio.ensure_future(_disconnect(request))
    try:
        await asyncio.wait({task, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnected
        return task.result()
    finally:
        disconnect.cancel()
        task.cancel()
        await asyncio.gather(task, disconnect, return_exceptions=True)


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
