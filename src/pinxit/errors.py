"""All errors that a user's input or environment can cause, as one tree.

::

    PinxitError                 exit 1    HTTP 500
    ├── BadOption               exit 2    HTTP 422   an option out of range, unknown, or misspelled
    ├── BadImage                exit 65   HTTP 422   a picture that is broken
    │   ├── UnsupportedFormat   exit 65   HTTP 415   a format outside the allow-list
    │   └── TooLarge            exit 65   HTTP 413   over a limit of bytes, pixels or shape
    ├── BadFilm                 exit 65   HTTP 422   a film that is broken, cut off, or holds no picture
    ├── BadRecipe               exit 65   HTTP 422   no recipe in the file, or one that cannot be repeated
    ├── NotFound                exit 66   HTTP 404   a file or folder that does not exist
    ├── MissingExtra            exit 69   HTTP 501   an optional part of pinxit that is not installed
    ├── BadWeights              exit 65   HTTP 500   a model file that is damaged or of another network
    ├── OutOfMemory             exit 71   HTTP 503   not enough memory
    ├── Diverged                exit 70   HTTP 500   an optimization without a finite picture
    ├── WriteFailed             exit 73   HTTP 500   a file that cannot be written
    │   └── DiskFull            exit 74   HTTP 507   no space left while writing
    ├── PartlyDone              exit 3    HTTP 500   some of several pictures failed
    └── ServiceError            exit 69   HTTP 500   the service (`pinxit.service`) refuses or fails
        ├── BadRequest          exit 64   HTTP 400   a request that cannot be read
        ├── KeyRequired         exit 77   HTTP 401   no key, or a wrong one
        ├── Forbidden           exit 77   HTTP 403   another site's page, or a name that is not the server's
        ├── TooSlow             exit 75   HTTP 408   a request that did not arrive in time
        ├── NotYet              exit 75   HTTP 409   a result that is not ready, or will not come
        ├── Busy                exit 75   HTTP 429   a full queue, or too many jobs of one client
        ├── Deadline            exit 75   HTTP 503   work that took longer than allowed
        ├── WorkerDied          exit 75   HTTP 503   a process that died during the work
        └── Stopping            exit 75   HTTP 503   a server that is shutting down

The exit codes follow BSD's ``sysexits.h`` where it fits. A message says what was wrong, what is allowed, and what
helps. It never quotes another library's message, which may contain addresses and paths.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class PinxitError(Exception):
    """Base of all errors that a user can cause and fix."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    field: str = ""
    """The field of a request that the error is about; '' if none is known."""


class BadOption(PinxitError, ValueError):
    """An option that is unknown, misspelled or out of its range."""

    exit_code = 2
    http_status = 422


class BadImage(PinxitError):
    """A picture that cannot be decoded."""

    exit_code = 65
    http_status = 422


class UnsupportedFormat(BadImage):
    """A file whose content is none of the picture formats that pinxit opens."""

    http_status = 415


class TooLarge(BadImage):
    """A picture over a limit of bytes, pixels, side or aspect ratio."""

    http_status = 413


class BadFilm(PinxitError):
    """A film that cannot be decoded or has no frames."""

    exit_code = 65
    http_status = 422


class BadRecipe(PinxitError):
    """A file without a recipe, or a recipe that cannot be repeated here."""

    exit_code = 65
    http_status = 422


class NotFound(PinxitError):
    """A file or folder that does not exist."""

    exit_code = 66
    http_status = 404


class MissingExtra(PinxitError):
    """A part of pinxit whose packages are not installed."""

    exit_code = 69
    http_status = 501

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: pip install 'pinxit[{extra}]'")


class BadWeights(PinxitError):
    """A model file that is damaged, incomplete, or of another network."""

    exit_code = 65


class OutOfMemory(PinxitError):
    """Not enough memory."""

    exit_code = 71
    http_status = 503


class Diverged(PinxitError):
    """The optimization never reached a finite picture."""

    exit_code = 70


class WriteFailed(PinxitError):
    """A file or folder that cannot be written."""

    exit_code = 73


class DiskFull(WriteFailed):
    """No space left while writing; nothing half-written remains."""

    exit_code = 74
    http_status = 507


class PartlyDone(PinxitError):
    """Some of several pictures failed."""

    exit_code = 3


class ServiceError(PinxitError):
    """An error of the service."""

    exit_code = 69


class BadRequest(ServiceError):
    """A request that cannot be read."""

    exit_code = 64
    http_status = 400


class KeyRequired(ServiceError):
    """No key, or a wrong one, where one is required."""

    exit_code = 77
    http_status = 401


class Forbidden(ServiceError):
    """A request made by another site's page, or to a name that is not the server's."""

    exit_code = 77
    http_status = 403


class TooSlow(ServiceError):
    """A request that did not arrive in time."""

    exit_code = 75
    http_status = 408


class NotYet(ServiceError):
    """A result that is not ready, or will not come."""

    exit_code = 75
    http_status = 409


class Busy(ServiceError):
    """A full queue, or too many live jobs of one client: retry after ``retry_after`` seconds."""

    exit_code = 75
    http_status = 429

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Deadline(ServiceError):
    """Work that took longer than the service allows."""

    exit_code = 75
    http_status = 503


class WorkerDied(ServiceError):
    """A process of the service that died during the work."""

    exit_code = 75
    http_status = 503


class Stopping(ServiceError):
    """A server that is shutting down and accepts no new work."""

    exit_code = 75
    http_status = 503


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
