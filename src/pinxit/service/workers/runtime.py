"""What all worker processes need: their pipes, their limits, and errors as messages."""

import contextlib
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from pinxit import errors
from pinxit.errors import OutOfMemory, PinxitError
from pinxit.service.limits import ServiceLimits
from pinxit.service.store import Json
from pinxit.service.workers import wire
from pinxit.service.workers.wire import BrokenPipe, Message

SETTINGS = "PINXIT_SERVICE_PROCESS"
"""The environment variable in which the server passes the limits and the number of threads, as JSON."""
NICE = 10  # How much the priority of job processes is lowered
MEMORY_WORDS = ("bad_alloc", "alloc", "memory")
"""Parts of other libraries' error messages after a failed allocation."""


def read_settings() -> tuple[ServiceLimits, int]:
    """Return the limits and the number of threads that the server has set."""
    settings = json.loads(os.environ.pop(SETTINGS))
    return ServiceLimits(**settings["limits"]), int(settings["threads"])


def open_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes from and to the server. Anything else written to standard output goes to standard error."""
    receiver, sender = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return receiver, sender


def limit_resources(memory: int, file_bytes: int | None) -> None:
    """Limit this process to ``memory`` bytes and files of ``file_bytes``, and forbid core dumps.

    An allocation beyond that fails, which the worker can report. The server watches the resident memory as well.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def lower_priority() -> None:
    """Let the one-pass processes go first, since somebody waits for their answers."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICE)


def listen(receiver: BinaryIO, handle: Callable[[Message], None]) -> None:
    """Pass on the server's messages in a thread. End this process when the server is gone."""

    def run() -> None:
        try:
            while True:
                handle(wire.read(receiver))
        except BrokenPipe:
            die()

    threading.Thread(target=run, daemon=True).start()


def die() -> None:
    """End this process at once: the server is gone, or does not need it any more."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


@contextlib.contextmanager
def field_context(field: str) -> Iterator[None]:
    """Set the field of the request that errors belong to."""
    try:
        yield
    except PinxitError as error:
        error.field = error.field or field
        raise


def as_dict(error: Exception) -> Json:
    """Return an error for a message."""
    if not isinstance(error, PinxitError):
        text = str(error).lower()
        if isinstance(error, MemoryError) or any(word in text for word in MEMORY_WORDS):
            gc.collect()
            help = "ask for a smaller size, or send smaller pictures"
            error = OutOfMemory(f"this needs more memory than the service allows: {help}")
        else:
            error = bug(error)
    return {"title": type(error).__name__, "detail": str(error), "field": error.field}


def bug(error: Exception) -> PinxitError:
    """Return the error for an unexpected exception. Its message stays out: it may hold paths."""
    return PinxitError(f"this is a bug in pinxit ({type(error).__name__})")


def error_of(fields: Json) -> PinxitError:
    """Return the error in a message."""
    error = errors.named(fields.get("title"), str(fields.get("detail", "")))
    error.field = str(fields.get("field") or "")
    return error
