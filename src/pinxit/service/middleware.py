"""What stands before every request: hosts, other sites, keys, sizes, time, and the headers of every answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pinxit.errors import Forbidden, KeyRequired, PinxitError, TooLarge, TooSlow
from pinxit.service import problems
from pinxit.service.limits import ServiceLimits
from pinxit.service.metrics import Metrics
from pinxit.studio import CONTENT_SECURITY_POLICY

COOKIE = "pinxit_key"
LOCAL = "local"
"""The client where no key is asked for."""
SMALL_BODY = 64 * 1024
OPEN = ("/healthz", "/readyz", "/v1/session", "/v1/limits", "/openapi.json")
"""What needs no key, besides the page's own files."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
}
DRAIN_SECONDS = 0.05
"""How long the rest of a refused request is read, so that the refusal is not lost with it."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may come in."""

    hosts: frozenset[str]
    """Names and addresses that the server goes by, in lower case, without port; empty: any address, no name."""
    keys: tuple[str, ...] = ()
    """The API keys; none where none is asked for."""

    def client(self, scope: Scope) -> str | None:
        """Return who asks, as a name that says nothing of the key; None for nobody we know."""
        if not self.keys:
            return LOCAL
        given = _given_key(scope).encode()
        for key in self.keys:
            if hmac.compare_digest(given, key.encode()):
                return hashlib.sha256(key.encode()).hexdigest()[:32]
        return None

    def knows_host(self, host: str) -> bool:
        """Return whether a ``Host`` header names this server."""
        name = _host_name(host)
        if name in self.hosts or _is_loopback(name):
            return True
        return not self.hosts and _is_address(name)


class Guard:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, doors: Doors, limits: ServiceLimits, metrics: Metrics) -> None:
        self.app, self.doors, self.limits, self.metrics = app, doors, limits, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] != "http":
            await (self.app(scope, receive, send) if scope["type"] == "lifespan" else _closed(send))
            return
        answer = Answer(scope, send, self.metrics)
        body = Body(receive, self._most_bytes(scope), self.limits)
        try:
            self._check(scope, body)
            await self.app(scope, body, answer)
        except PinxitError as error:
            await body.drain()
            await problems.response(error)(scope, receive, answer)
        finally:
            answer.count()

    def _check(self, scope: Scope, body: Body) -> None:
        """Raise `Forbidden`, `KeyRequired`, or `TooLarge` by the length that the request tells."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not self.doors.knows_host(host):
            raise Forbidden("this server does not go by that name: use its address, or start it with --allow-host")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and not _same_site(headers, host):
            raise Forbidden("this request comes from another site's page, and such are refused")
        client = self.doors.client(scope)
        if client is None and _needs_key(scope["path"]):
            raise KeyRequired("a key is needed: send it as 'Authorization: Bearer KEY'")
        scope.setdefault("state", {})["client"] = client or ""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > body.most:
            raise TooLarge(f"the request has more than the {body.most:,} bytes allowed here")

    def _most_bytes(self, scope: Scope) -> int:
        path, images = scope["path"], self.limits.image_bytes * (2 * self.limits.style_count)
        if path == "/v1/stylize":
            return self.limits.image_bytes + images + SMALL_BODY
        if path == "/v1/jobs":
            return max(self.limits.film_bytes, self.limits.image_bytes) + images + SMALL_BODY
        if path == "/v1/convert":
            return self.limits.image_bytes + SMALL_BODY
        if path == "/v1/uploads":
            return max(self.limits.film_bytes, self.limits.image_bytes) + SMALL_BODY
        return SMALL_BODY


class Body:
    """A request's ``receive``: counts bytes, and does not wait forever for the next."""

    def __init__(self, receive: Receive, most: int, limits: ServiceLimits) -> None:
        self._receive, self.most, self._limits = receive, most, limits
        self._bytes, self._done = 0, False
        self._end = time.monotonic() + limits.request_seconds

    async def __call__(self) -> Message:
        """Return the next message.

        Raises `TooSlow`, `TooLarge`.
        """
        if self._done:
            return await self._receive()
        wait = min(self._limits.idle_seconds, self._end - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(wait, 0.001))
        except TimeoutError as error:
            raise TooSlow("the request did not arrive in time: try again on a better connection") from error
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._done = not message.get("more_body", False)
        else:
            self._done = True
        if self._bytes > self.most:
            raise TooLarge(f"the request has more than the {self.most:,} bytes allowed here")
        return message

    async def drain(self) -> None:
        """Read on for a moment, and forget what comes."""
        with contextlib.suppress(PinxitError, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._done:
                    await self()


class Answer:
    """A request's ``send``: adds the headers that all answers have, and counts the answer."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self._scope, self._send, self._metrics = scope, send, metrics
        self._begun, self.status = time.perf_counter(), 0

    async def __call__(self, message: Message) -> None:
        """Send the next message."""
        if message["type"] == "http.response.start":
            if self.status:
                return  # an answer was begun already
            self.status = message["status"]
            there = {name.lower() for name, _ in message.get("headers", [])}
            more = [(name, value) for name, value in HEADERS.items() if name not in there]
            if self._scope["path"].startswith("/v1/") and b"cache-control" not in there:
                more.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await self._send(message)

    def count(self) -> None:
        """Count the answer under its route, never under a stranger's path."""
        route = self._scope.get("route")
        path = getattr(route, "path", "") or "other"
        method = self._scope["method"] if self._scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
        status = str(self.status or 499)
        self._metrics.requests.labels(path, method, status).inc()
        self._metrics.seconds.labels(path, status).observe(time.perf_counter() - self._begun)


def _needs_key(path: str) -> bool:
    return path not in OPEN and (path.startswith("/v1/") or path == "/metrics")


def _given_key(scope: Scope) -> str:
    headers = dict(scope["headers"])
    word, _, key = str(headers.get(b"authorization", b"").decode("latin-1")).partition(" ")
    if word.lower() == "bearer" and key:
        return key.strip()
    try:
        cookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return str(cookie.value) if cookie else ""


def _same_site(headers: dict[bytes, bytes], host: str) -> bool:
    """Return whether a browser says that its own page of ours asks, or no browser says anything."""
    origin = headers.get(b"origin")
    if origin is not None:
        parts = urlsplit(origin.decode("latin-1"))
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
    return headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin")


def _host_name(host: str) -> str:
    try:
        return str(urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


async def _closed(send: Send) -> None:
    await send({"type": "websocket.close", "code": 1000})
