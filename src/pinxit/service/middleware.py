"""The ASGI middleware around the whole service: access, limits of size and time, response headers, and counters."""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pinxit.errors import Forbidden, KeyRequired, PinxitError, TooLarge, TooSlow
from pinxit.service import problems
from pinxit.service.access import AccessPolicy, host_of, same_site
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.studio import CONTENT_SECURITY_POLICY

SMALL_BODY = 64 * 1024  # The most bytes of a request without files
NO_KEY = ("/v1/session", "/v1/limits")
"""Paths of the API that need no key. Outside of it only ``/metrics`` needs one."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
}
DRAIN_SECONDS = 0.05
"""How long the rest of a refused request is read, since many clients read no response before they have sent all."""


class Middleware:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, access: AccessPolicy, limits: ServiceLimits, metrics: Metrics) -> None:
        self.app, self.access, self.limits, self.metrics = app, access, limits, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why it is refused."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        response = ResponseSender(scope, send, self.metrics)
        body = BodyReader(receive, self._max_bytes(scope["path"]), self.limits)
        try:
            self._check(scope, body)
            await self.app(scope, body, response)
        except PinxitError as error:
            await body.drain()
            await problems.response(error)(scope, receive, response)
        finally:
            response.count()

    def _check(self, scope: Scope, body: BodyReader) -> None:
        """Raise `Forbidden`, `KeyRequired`, or `TooLarge` for the stated length of the body."""
        headers = dict(scope["headers"])
        if not self.access.knows_host(host_of(headers)):
            raise Forbidden("this server does not have that name: use its address, or start it with --allow-host")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and not same_site(headers):
            raise Forbidden("requests from other sites' pages are refused")
        client, path = self.access.client_of(headers), scope["path"]
        if client is None and path not in NO_KEY and (path.startswith("/v1/") or path == "/metrics"):
            raise KeyRequired("a key is required: send it as 'Authorization: Bearer KEY'")
        scope.setdefault("state", {})["client"] = client or ""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > body.max_bytes:
            raise body.too_large()

    def _max_bytes(self, path: str) -> int:
        image = self.limits.image_bytes
        content, styles = max(self.limits.film_bytes, image), 2 * image * self.limits.style_count  # with their masks
        files = {"/v1/stylize": image + styles, "/v1/jobs": content + styles, "/v1/convert": image}
        return SMALL_BODY + {**files, "/v1/uploads": content}.get(path, 0)


class BodyReader:
    """The ``receive`` of a request. Limits its bytes, and the time in which they must arrive."""

    def __init__(self, receive: Receive, max_bytes: int, limits: ServiceLimits) -> None:
        self._receive, self.max_bytes, self._limits = receive, max_bytes, limits
        self._bytes, self._complete = 0, False
        self._end = time.monotonic() + limits.request_seconds

    async def __call__(self) -> Message:
        """Return the next message. Raises `TooSlow`, `TooLarge`."""
        if self._complete:
            return await self._receive()
        wait = min(self._limits.idle_seconds, self._end - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(wait, 0.001))
        except TimeoutError as error:
            raise TooSlow("the request did not arrive in time: try again on a better connection") from error
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._bytes > self.max_bytes:
            raise self.too_large()
        return message

    def too_large(self) -> TooLarge:
        """Return the error of a body with too many bytes."""
        return TooLarge(f"the request has more than the {self.max_bytes:,} bytes allowed here")

    async def drain(self) -> None:
        """Read and discard the rest of the body for `DRAIN_SECONDS`."""
        with contextlib.suppress(PinxitError, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._complete:
                    await self()


class ResponseSender:
    """The ``send`` of a request. Adds the headers that all responses have, and counts the response."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self._scope, self._send, self._metrics = scope, send, metrics
        self._start, self.status = time.perf_counter(), 0

    async def __call__(self, message: Message) -> None:
        """Send the next message."""
        if message["type"] == "http.response.start":
            if self.status:
                return  # a response was started already
            self.status = message["status"]
            added = {**HEADERS, b"cache-control": b"no-store"} if self._scope["path"].startswith("/v1/") else HEADERS
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in added.items() if name not in present]
            message = {**message, "headers": [*headers, *more]}
        await self._send(message)

    def count(self) -> None:
        """Count the response under the path of its route. The request's own path would make endless labels."""
        path = getattr(self._scope.get("route"), "path", "") or "other"
        method = self._scope["method"] if self._scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
        status = str(self.status or 499)
        self._metrics.requests.labels(path, method, status).inc()
        self._metrics.seconds.labels(path, status).observe(time.perf_counter() - self._start)
