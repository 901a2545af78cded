"""Who follows a job, and what they are told of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from pinxit.service.jobs.record import Job

TELL_SECONDS = 15.0
"""Time between two signs of life to whoever follows a job."""
FOLLOWED = 256
"""Events that wait for one follower; a slower one misses some, and is told the state again."""

Event = tuple[str, dict[str, Any]]
LEAVE: Event = ("leave", {})


class Followers:
    """Those who follow the jobs of one server. ``tell`` gives what is told of a job."""

    def __init__(self, tell: Callable[[Job], dict[str, Any]]) -> None:
        self._tell = tell
        self._queues: dict[str, set[asyncio.Queue[Event]]] = {}

    async def follow(self, job: Job) -> AsyncIterator[Event | None]:
        """Yield what happens to a job until it ends; None from time to time where nothing does."""
        events: asyncio.Queue[Event] = asyncio.Queue(FOLLOWED)
        self._queues.setdefault(job.id, set()).add(events)
        try:
            yield "state", self._tell(job)
            while job.live or not events.empty():
                try:
                    event = await asyncio.wait_for(events.get(), TELL_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                if event is LEAVE:
                    return
                yield event
            yield ("done" if job.state == "done" else "error"), self._tell(job)
        finally:
            self._queues[job.id].discard(events)
            if not self._queues[job.id]:
                del self._queues[job.id]

    def publish(self, job: Job, event: str, data: dict[str, Any]) -> None:
        """Tell all that follow a job."""
        for events in self._queues.get(job.id, ()):
            if events.full():
                events.get_nowait()
            events.put_nowait((event, data))

    def let_go(self) -> None:
        """Let all of them go, who would otherwise keep the server from stopping."""
        for followers in self._queues.values():
            for events in followers:
                with contextlib.suppress(asyncio.QueueFull):
                    events.put_nowait(LEAVE)
