"""The ASGI middleware around the whole service: access, limits of bodies, response headers, and counters."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pinxit.errors import BadRequest, Forbidden, KeyRequired, PinxitError
from pinxit.service import problems
from pinxit.service.access import host_of, same_site
from pinxit.service.context import Service
from pinxit.service.metrics import Metrics
from pinxit.service.receiving import BodyReader
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
RANGE_ERRORS = {400: "the Range header is not valid", 416: "the file has no such part: see Content-Range"}
STORED = ("/v1/uploads", "/v1/jobs")
"""Paths whose requests are copied into the store."""


class Middleware:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.access, self.limits = app, service.access, service.limits
        self.intake, self.metrics = service.intake, service.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why it is refused."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        response = ResponseSender(scope, send, self.metrics)
        body = BodyReader(receive, self._max_bytes(scope["path"]), self.intake)
        try:
            self._check(scope, body)
            await self.app(scope, body, response)
        except PinxitError as error:
            await body.drain()
            await problems.response(error)(scope, receive, response)
        finally:
            body.close()
            response.count()

    def _check(self, scope: Scope, body: BodyReader) -> None:
        """Raise `Forbidden`, `KeyRequired`, or why there is no room for a body of the stated length."""
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
        body.begin(client or "", int(length) if length.isdigit() else 0, 1 + (path in STORED))

    def _max_bytes(self, path: str) -> int:
        image = self.limits.image_bytes
        content, styles = max(self.limits.film_bytes, image), 2 * image * self.limits.style_count  # with their masks
        files = {"/v1/stylize": image + styles, "/v1/jobs": content + styles, "/v1/convert": image}
        return SMALL_BODY + {**files, "/v1/uploads": content}.get(path, 0)


class ResponseSender:
    """The ``send`` of a request. Adds the headers that all responses have, and counts the response."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self._scope, self._send, self._metrics = scope, send, metrics
        self._start, self.status, self._body = time.perf_counter(), 0, b""

    async def __call__(self, message: Message) -> None:
        """Send the next message."""
        if message["type"] == "http.response.start":
            if self.status:
                return  # a response was started already
            self.status = message["status"]
            added = {**HEADERS, b"cache-control": b"no-store"} if self._scope["path"].startswith("/v1/") else HEADERS
            headers = list(message.get("headers", []))
            if self.status in RANGE_ERRORS and (b"content-type", b"text/plain; charset=utf-8") in headers:
                problem = problems.response(BadRequest(RANGE_ERRORS[self.status]), self.status)
                self._body = bytes(problem.body)  # in place of Starlette's
                headers = [*problem.raw_headers, *(pair for pair in headers if pair[0] == b"content-range")]
            present = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in added.items() if name not in present]
            message = {**message, "headers": [*headers, *more]}
        elif self._body:
            message = {**message, "body": self._body}
        await self._send(message)

    def count(self) -> None:
        """Count the response under the path of its route. The request's own path would make endless labels."""
        path = getattr(self._scope.get("route"), "path", "") or "other"
        method = self._scope["method"] if self._scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
        status = str(self.status or 499)
        self._metrics.requests.labels(path, method, status).inc()
        self._metrics.seconds.labels(path, status).observe(time.perf_counter() - self._start)
