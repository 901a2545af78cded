"""Limits what is received: the bytes of a request, the time and rate at which they come, and their room on the disk."""

import asyncio
import contextlib
import time
from collections import Counter

from starlette.types import Message, Receive

from pinxit.errors import Busy, PinxitError, TooLarge, TooSlow
from pinxit.service.store import Store

AHEAD = 2**20
"""Bytes that a request may count on before any has come. Of each file, Starlette keeps so many in memory."""
AHEAD_FACTOR = 16
"""How many more it may count on for each byte that has come, so that slow senders hold little room."""
DRAIN_SECONDS = 0.05
"""How long the rest of a refused request is read, since many clients read no response before they have sent all."""


class Intake:
    """The bytes of all requests from their first to their response, in all and of each client."""

    def __init__(self, store: Store) -> None:
        self.store, self.limits = store, store.limits
        self.bytes: Counter[str] = Counter()

    @property
    def share(self) -> int:
        """The most bytes of one client."""
        return self.limits.receive_bytes // 2

    def add(self, client: str, size: int) -> None:
        """Count the bytes of a client. Raises `Busy` for too many. A negative size takes back."""
        full = self.bytes[client] + size > self.share or self.bytes.total() + size > self.limits.receive_bytes
        if size > 0 and full:
            raise Busy("the server receives as much as it may at once: try again in a moment", 2)
        self.bytes[client] += size
        if not self.bytes[client]:
            del self.bytes[client]


class BodyReader:
    """The ``receive`` of a request."""

    def __init__(self, receive: Receive, max_bytes: int, intake: Intake) -> None:
        self._receive, self._intake, self._limits = receive, intake, intake.limits
        self.max_bytes = min(max_bytes, intake.share)
        self._client, self._length, self._bytes, self._complete = "", 0, 0, False
        self._counted = self._reserved = 0  # Bytes counted in the intake, and those of them that the disk lacks yet
        self._start = time.monotonic()

    def begin(self, client: str, length: int, copies: int) -> None:
        """Check that there is room for a body of ``length`` bytes (0: unknown) which is written ``copies`` times.

        Raises `TooLarge`, `Busy`, `DiskFull`.
        """
        self._client, self._length = client, length
        if length > self.max_bytes:
            raise self._too_large()
        self._count(length)
        if length > AHEAD:
            self._intake.store.check_disk((copies - 1) * length)
        self._count(min(length, AHEAD))

    async def __call__(self) -> Message:
        """Return the next message. Raises `TooSlow`, `TooLarge`, `Busy`, `DiskFull`."""
        if self._complete:
            return await self._receive()
        limits, passed = self._limits, time.monotonic() - self._start
        rest = min(limits.request_seconds, limits.idle_seconds + self._bytes / limits.receive_rate) - passed
        try:
            message = await asyncio.wait_for(self._receive(), max(min(limits.idle_seconds, rest), 0.001))
        except TimeoutError as error:
            raise TooSlow("the request did not arrive in time: try again on a better connection") from error
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._bytes > self.max_bytes:
            raise self._too_large()
        expected = self._bytes if self._complete else AHEAD + self._bytes
        if self._length > self._bytes:
            expected = min(self._length, AHEAD + AHEAD_FACTOR * self._bytes)
        self._count(max(expected, self._bytes))
        return message

    def close(self) -> None:
        """Count the request no longer: it has its response."""
        self._count(0)

    async def drain(self) -> None:
        """Read and discard the rest of the body for `DRAIN_SECONDS`."""
        with contextlib.suppress(PinxitError, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._complete:
                    self._complete = not (await self._receive()).get("more_body", False)

    def _count(self, size: int) -> None:
        """Count this request as ``size`` bytes, and reserve disk for those of them that are still to come."""
        self._intake.add(self._client, size - self._counted)
        self._counted = size
        reserved = max(0, size - max(AHEAD, self._bytes))
        self._intake.store.reserve(reserved - self._reserved)
        self._reserved = reserved

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the request has more than the {self.max_bytes:,} bytes allowed here")
