"""uvicorn's HTTP protocol with a limit of time and bytes for the head of a request.

uvicorn has no setting for either (0.54). Without them a client that sends a byte a minute keeps its connection. The
class below relies on methods that uvicorn does not document, hence the upper bound of its version in pyproject.toml.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pinxit.errors import BadRequest
from pinxit.service import problems
from pinxit.service.limits import ServiceLimits

MAX_HEAD = 64 * 1024
"""The most bytes of a request's head."""


class LimitedProtocol(HttpToolsProtocol):
    """The protocol of one connection."""

    head_seconds: ClassVar[float]
    """The time in which the head of a request must arrive."""
    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time for the first request."""
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Count the bytes of the head."""
        if self._timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._timer is not None and self._head_bytes > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("the head of the request is too large")

    def on_message_begin(self) -> None:
        """Start the time for a further request."""
        super().on_message_begin()
        self._start_timer()

    def on_headers_complete(self) -> None:
        """Stop the time. From here the middleware limits the body."""
        self._stop_timer()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Send a problem in place of uvicorn's plain text, and close the connection."""
        self._stop_timer()
        self.transport.write(refusal("this is not a valid HTTP request"))
        self.transport.close()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._head_bytes = 0
            self._timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def protocol_for(limits: ServiceLimits) -> type[LimitedProtocol]:
    """Return the protocol class with the limits of a server."""
    return type("ServiceProtocol", (LimitedProtocol,), {"head_seconds": limits.idle_seconds})


def refusal(text: str) -> bytes:
    """Return the complete response to something that is not an HTTP request."""
    body = problems.describe(BadRequest(text)).model_dump_json().encode()
    lines = (
        "HTTP/1.1 400 Bad Request",
        f"content-type: {problems.MEDIA_TYPE}",
        f"content-length: {len(body)}",
        "connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body
