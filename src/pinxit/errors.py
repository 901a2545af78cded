"""All errors that a user's input or environment can cause, as one tree, each with an exit code and an HTTP status.

The exit codes follow BSD's ``sysexits.h`` where it fits. A message says what was wrong, what is allowed, and what
helps. It never quotes another library's message, which may contain addresses and paths.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar


class PinxitError(Exception):
    """Base of all errors that a user can cause and fix."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    field: str = ""  # the field of a request that the error is about; '' if none is known

    def __init_subclass__(cls, exit: int = 0, http: int = 0) -> None:
        cls.exit_code, cls.http_status = exit or cls.exit_code, http or cls.http_status


class BadOption(PinxitError, ValueError, exit=2, http=422):
    """An option that is unknown, misspelled or out of its range."""


class BadImage(PinxitError, exit=65, http=422):
    """A picture that cannot be decoded."""


class UnsupportedFormat(BadImage, http=415):
    """A file that has none of the picture formats that pinxit opens."""


class TooLarge(BadImage, http=413):
    """A picture over a limit of bytes, pixels, side or aspect ratio."""


class BadFilm(PinxitError, exit=65, http=422):
    """A film that cannot be decoded or has no frames."""


class BadRecipe(PinxitError, exit=65, http=422):
    """A file without a recipe, or a recipe that cannot be repeated here."""


class NotFound(PinxitError, exit=66, http=404):
    """A file or folder that does not exist."""


class MissingExtra(PinxitError, exit=69, http=501):
    """A part of pinxit whose packages are not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: {install(extra)}")


def install(extra: str) -> str:
    """Return the command that installs an extra: from a clone, because pinxit is not on PyPI yet."""
    return f"pip install '.[{extra}]' in the clone of pinxit"


class BadWeights(PinxitError, exit=65):
    """A model file that is damaged, incomplete, or of another network."""


class BadStyle(BadWeights, http=422):
    """A style code that is damaged, or of another version or network."""


class OutOfMemory(PinxitError, exit=71, http=503):
    """Not enough memory."""


class Diverged(PinxitError, exit=70):
    """The optimization never reached a finite picture."""


class WriteFailed(PinxitError, exit=73):
    """A file or folder that cannot be written."""


class DiskFull(WriteFailed, exit=74, http=507):
    """No space left while writing; nothing half-written remains."""


class PartlyDone(PinxitError, exit=3):
    """Some of several pictures failed."""


class ServiceError(PinxitError, exit=69):
    """An error of the service (`pinxit.service`)."""


class BadRequest(ServiceError, exit=64, http=400):
    """A request that cannot be read."""


class KeyRequired(ServiceError, exit=77, http=401):
    """No key, or a wrong one, where one is required."""


class Forbidden(ServiceError, exit=77, http=403):
    """A request made by another site's page, or to a name that is not the server's."""


class TooSlow(ServiceError, exit=75, http=408):
    """A request that did not arrive in time."""


class NotYet(ServiceError, exit=75, http=409):
    """A result that is not ready, or will not come."""


class Busy(ServiceError, exit=75, http=429):
    """A full queue, or too many live jobs of one client: retry after ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Deadline(ServiceError, exit=75, http=503):
    """Work that took longer than the service allows."""


class WorkerDied(ServiceError, exit=75, http=503):
    """A process that died during the work."""


class Stopping(ServiceError, exit=75, http=503):
    """A server that is shutting down and accepts no new work."""


def named(title: object, detail: str, otherwise: type[PinxitError] = PinxitError) -> PinxitError:
    """Return the error of the class ``title``, as a server or a process has named it; else one of ``otherwise``."""
    cls = globals().get(str(title))
    if isinstance(cls, type) and issubclass(cls, PinxitError) and cls is not MissingExtra:
        return cls(detail)
    return otherwise(detail)


NO_MEMORY = re.compile(r"out of memory|allocate memory|not enough memory", re.IGNORECASE)
"""How PyTorch and ONNX Runtime, which have no type for it, report that memory has run out."""


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn what running out of memory raises into `OutOfMemory`."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, MemoryError) or NO_MEMORY.search(str(error))) or isinstance(error, PinxitError):
            raise
        raise OutOfMemory("memory ran out while painting: a smaller --size or --tile helps") from error


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``": did you mean 'x'?"`` for the nearest of ``words``, or the list of them if none is near.

    >>> nearest("conv4_5", ["conv4_4", "conv1_1"])
    ": did you mean 'conv4_4'?"
    """
    import difflib  # here, because few runs need it

    choices = list(words)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return f": did you mean {close[0]!r}?" if close else f"; known are {', '.join(choices)}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural.

    >>> count(1, "style"), count(2, "style")
    ('1 style', '2 styles')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
