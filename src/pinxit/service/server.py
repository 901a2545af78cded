"""Running the application: the socket, the protocol's own limits, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pinxit.errors import BadOption, BadRequest, WriteFailed
from pinxit.service import problems
from pinxit.service.app import Setup, make
from pinxit.service.limits import ServiceLimits
from pinxit.service.middleware import Doors

KEY = "PINXIT_API_KEY"
LEAST_KEY = 16
"""Characters of a key that cannot be guessed."""
BACKLOG = 1024
MOST_HEAD = 64 * 1024
"""Bytes of a request's head."""
OPEN_FILES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen."""

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    """Names besides the host's own that requests may use."""


def doors(address: Address) -> Doors:
    """Return who may come in at an address, with the keys of the environment.

    Raises `BadOption` where other machines could come in without a key, or a key is too short.
    """
    keys = tuple(key.strip() for key in os.environ.get(KEY, "").split(",") if key.strip())
    if any(len(key) < LEAST_KEY for key in keys):
        raise BadOption(f"a key in {KEY} is shorter than {LEAST_KEY} characters: take a longer, random one")
    if not keys and not _is_loopback(address.host):
        raise BadOption(
            f"listening on {address.host} lets other machines in: set {KEY} to a long random key first, "
            "or listen on 127.0.0.1"
        )
    everywhere = address.host in ("0.0.0.0", "::", "")
    own = () if everywhere else (address.host.lower(),)
    hosts = frozenset((*own, *(name.lower() for name in address.names)))
    return Doors(hosts if hosts or not everywhere else frozenset(), keys)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run(setup: Setup, address: Address, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until the process is told to stop. ``ready`` is called with the page's address once it can be opened.

    Raises `BadOption` for an address that cannot be had, and what `pinxit.service.app.make` raises.
    """
    listener = _bound(address)
    app = make(setup)
    tempfile.tempdir = str(setup.store / "tmp")  # where what is being received lies, rather than in the system's memory
    _raise_open_files()
    config = uvicorn.Config(
        app,
        http=protocol(setup.limits),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=int(setup.limits.idle_seconds) or 1,
        timeout_graceful_shutdown=int(setup.limits.stop_seconds) or 1,
        backlog=BACKLOG,
    )
    host, port = listener.getsockname()[:2]
    server = _Server(config, lambda: ready(f"http://{'[' + host + ']' if ':' in host else host}:{port}/"))
    with contextlib.closing(listener):
        server.run([listener])


class _Server(uvicorn.Server):
    """A server that says when it is there, and turns new work away as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop; a second Ctrl-C waits for nothing. The signal is not raised again: this is a good end."""
        app: Any = self.config.app
        app.state.service.stopping = True
        with contextlib.suppress(RuntimeError):  # no loop runs any more
            asyncio.get_running_loop().call_soon_threadsafe(app.state.service.jobs.followers.let_go)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def protocol(limits: ServiceLimits) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP with what it lacks: a limit of time and of bytes for the head of a request."""

    class Patient(HttpToolsProtocol):
        _timer: asyncio.TimerHandle | None = None
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            if self._timer is not None:
                self._head_bytes += len(data)
            super().data_received(data)
            if self._timer is not None and self._head_bytes > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("the head of the request is too large")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._rest()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._rest()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            self._rest()
            self.transport.write(refusal("this is no HTTP request that can be read"))
            self.transport.close()

        def _wait(self) -> None:
            if self._timer is None:
                self._head_bytes = 0
                self._timer = self.loop.call_later(limits.idle_seconds, self._give_up)

        def _rest(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _give_up(self) -> None:
            self.transport.close()

    return Patient


def refusal(text: str) -> bytes:
    """Return the whole answer to what is no request."""
    body = json.dumps(problems.body(BadRequest(text))).encode()
    lines = (
        "HTTP/1.1 400 Bad Request",
        f"content-type: {problems.MEDIA_TYPE}",
        f"content-length: {len(body)}",
        "connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def _bound(address: Address) -> socket.socket:
    """Return a listening socket.

    Raises `BadOption`.
    """
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        # Of a socket that says it is TCP, asyncio sends small answers at once; of others it waits for the last one's
        # acknowledgement (Nagle's algorithm), which comes 40 ms late.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except OverflowError as error:
        raise BadOption("a port is a number from 0 to 65535") from error
    except OSError as error:
        raise BadOption(
            f"cannot listen on {address.host}, port {address.port}: another program does, or it may not be used; "
            "give another --port"
        ) from error
    return listener


def _raise_open_files() -> None:
    """Let this process have as many connections open as the system allows."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def store_folder(chosen: Path | None) -> Path:
    """Return the folder for all that the service keeps: the chosen one, or pinxit's place in the user's data.

    Raises `WriteFailed` where the chosen one is no folder.
    """
    import platformdirs

    folder = chosen or platformdirs.user_data_path("pinxit") / "service"
    if folder.exists() and not folder.is_dir():
        raise WriteFailed(f"{folder.name!r} is no folder: give another --store")
    return folder.absolute()
