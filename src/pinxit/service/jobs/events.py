"""The events of jobs, and the clients that follow them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from pydantic import BaseModel

from pinxit.service import schemas
from pinxit.service.jobs.record import Job

KEEPALIVE_SECONDS = 15.0  # The longest silence on an event stream
MAX_WAITING = 256
"""Events that wait for one client. A slower client loses the oldest, and learns the state from later ones."""


class EventStreams:
    """The open event streams of one server. ``describe`` returns the public form of a job."""

    def __init__(self, describe: Callable[[Job], schemas.Job]) -> None:
        self._describe = describe
        self._queues: dict[str, set[asyncio.Queue[str]]] = {}

    async def follow(self, job: Job) -> AsyncIterator[str]:
        """Yield the events of a job until it ends, and a comment after `KEEPALIVE_SECONDS` without one."""
        events: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)
        self._queues.setdefault(job.id, set()).add(events)
        try:
            yield _event("state", self._describe(job))
            while job.live or not events.empty():
                try:
                    event = await asyncio.wait_for(events.get(), KEEPALIVE_SECONDS)
                except TimeoutError:
                    event = ": waiting\n\n"
                if not event:
                    return
                yield event
            yield _event("done" if job.state == "done" else "error", self._describe(job))
        finally:
            self._queues[job.id].discard(events)
            if not self._queues[job.id]:
                del self._queues[job.id]

    def publish(self, job: Job, name: str, data: BaseModel) -> None:
        """Send an event to all clients that follow a job."""
        for events in self._queues.get(job.id, ()):
            if events.full():
                events.get_nowait()
            events.put_nowait(_event(name, data))

    def close(self) -> None:
        """End all streams, which would otherwise keep the server from stopping."""
        for queues in self._queues.values():
            for events in queues:
                with contextlib.suppress(asyncio.QueueFull):
                    events.put_nowait("")


def _event(name: str, data: BaseModel) -> str:
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
