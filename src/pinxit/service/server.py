"""Runs the application: the socket, the limits of the HTTP protocol, and an orderly shutdown."""

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pinxit.errors import BadOption, BadRequest, WriteFailed
from pinxit.service import problems
from pinxit.service.access import AccessPolicy, is_loopback
from pinxit.service.app import make
from pinxit.service.context import Service, Setup

KEY = "PINXIT_API_KEY"
MIN_KEY = 16  # The least number of characters of a key
BACKLOG = 1024
MAX_HEAD = 64 * 1024  # The most bytes of a request's head
OPEN_FILES = 8192  # The number of files and connections that may be open at once, if the system allows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server listens."""

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()  # Further host names that requests may use


def access_policy(address: Address) -> AccessPolicy:
    """Return who may use a server at an address, with the keys of the environment.

    Raises `BadOption` if other machines could use it without a key, or if a key is too short.
    """
    keys = tuple(key.strip() for key in os.environ.get(KEY, "").split(",") if key.strip())
    if any(len(key) < MIN_KEY for key in keys):
        raise BadOption(f"a key in {KEY} is shorter than {MIN_KEY} characters: choose a longer, random one")
    if not keys and not is_loopback(address.host):
        advice = f"set {KEY} to a long random key first, or listen on 127.0.0.1"
        raise BadOption(f"other machines can reach {address.host}: {advice}")
    everywhere = address.host in ("0.0.0.0", "::", "")
    names = address.names if everywhere else (address.host, *address.names)
    return AccessPolicy(frozenset(name.lower() for name in names), keys)


def run(setup: Setup, address: Address, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until the process is told to stop. ``ready`` is called with the URL once the server answers.

    Raises `BadOption` for an address that cannot be used, and the errors of `pinxit.service.app.make`.
    """
    listener = _bound(address)
    app = make(setup)
    tempfile.tempdir = str(setup.store / "tmp")  # for request bodies: /tmp may lie in memory
    _raise_open_files()
    config = uvicorn.Config(
        app,
        http=type("Protocol", (LimitedProtocol,), {"head_seconds": setup.limits.idle_seconds}),
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
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    with contextlib.closing(listener):
        _Server(config, app.state.service, lambda: ready(url)).run([listener])


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a limit of time and bytes for the head of a request.

    uvicorn has no setting for either (0.54). Without them a client that sends a byte a minute keeps its connection. The
    class relies on methods that uvicorn does not document, hence the upper bound of its version in pyproject.toml.
    """

    head_seconds: ClassVar[float]  # The time in which the head of a request must arrive
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
        body = problems.describe(BadRequest("this is not a valid HTTP request")).model_dump_json()
        head = f"content-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close"
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n\r\n{body}".encode())
        self.transport.close()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._head_bytes = 0
            self._timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """A server that reports when it is ready, and refuses new work as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._ready = service, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second Ctrl-C stops at once. The signal is not raised again: the exit status is 0."""
        self._service.stopping = True
        with contextlib.suppress(RuntimeError):  # no loop runs any more
            asyncio.get_running_loop().call_soon_threadsafe(self._service.jobs.streams.close)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _bound(address: Address) -> socket.socket:
    """Return a listening socket. Raises `BadOption`."""
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only for sockets with the protocol TCP. With it, small responses wait for
        # the acknowledgement of the last one, which comes 40 ms late.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except OverflowError as error:
        raise BadOption("a port must be a number from 0 to 65535") from error
    except OSError as error:
        reason = "another program uses it, or it is not allowed; give another --port"
        raise BadOption(f"cannot listen on {address.host}, port {address.port}: {reason}") from error
    return listener


def _raise_open_files() -> None:
    """Raise the number of open connections to what the system allows, at most `OPEN_FILES`."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))


def store_folder(chosen: Path | None) -> Path:
    """Return the folder of the store: the chosen one, or one in the user's data. Raises `WriteFailed` for a file."""
    import platformdirs

    folder = chosen or platformdirs.user_data_path("pinxit") / "service"
    if folder.exists() and not folder.is_dir():
        raise WriteFailed(f"{folder.name!r} is not a folder: give another --store")
    return folder.absolute()
