"""What the service's processes have in common: their limits, their end of the pipes, and what they say of errors."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from pinxit import errors
from pinxit.errors import OutOfMemory, PinxitError

NICE = 10
"""How much lower the priority of jobs is."""
MEMORY_WORDS = ("bad_alloc", "alloc", "memory")
"""What other libraries' errors say where there was no memory left."""


class Bug(PinxitError):
    """A fault of pinxit's own."""


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes from and to the server; whatever else writes to standard output goes to standard error."""
    receiver, sender = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return receiver, sender


def limit(memory: int, file_bytes: int | None) -> None:
    """Let the system refuse this process more than ``memory`` bytes, files over ``file_bytes``, and core dumps.

    Above the memory an allocation fails, which is an error that can be told; the server watches the true size as well.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def give_way() -> None:
    """Leave the processor to the painters, whose answers somebody waits for."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICE)


def die() -> None:
    """End this process at once: the server is gone, or has no use for it."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


@contextlib.contextmanager
def told(field: str) -> Iterator[None]:
    """Note which field of the request an error belongs to."""
    try:
        yield
    except PinxitError as error:
        error.field = error.field or field
        raise


def problem(error: Exception) -> dict[str, Any]:
    """Return an error as a message can carry it: nothing of another library's words."""
    if not isinstance(error, PinxitError):
        error = _own(error)
    field = error.field
    return {"title": type(error).__name__, "detail": str(error), **({"field": field} if field else {})}


def _own(error: Exception) -> PinxitError:
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(word in text for word in MEMORY_WORDS):
        gc.collect()
        return OutOfMemory(
            "this needs more memory than the service allows: ask for a smaller size, or send smaller pictures"
        )
    return Bug(f"this is a bug in pinxit ({type(error).__name__})")


def raised(problem: dict[str, Any]) -> PinxitError:
    """Return the error that a message carries."""
    cls = getattr(errors, str(problem.get("title")), None)
    detail = str(problem.get("detail", ""))
    if not (isinstance(cls, type) and issubclass(cls, PinxitError)) or cls is errors.MissingExtra:
        error: PinxitError = PinxitError(detail)
    else:
        error = cls(detail)
    if isinstance(problem.get("field"), str):
        error.field = problem["field"]
    return error
