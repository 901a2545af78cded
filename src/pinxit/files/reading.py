"""Reads files, pipes and devices whole, but never further than a limit."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from pinxit.errors import NotFound, PinxitError

_CHUNK = 1 << 20
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


def read_file(
    path: str | os.PathLike[str], limit: int, noun: str, refusal: type[PinxitError], too_large: PinxitError
) -> bytes:
    """Return the content of a file; ``noun``, such as ``a picture``, says in messages what it should be.

    Raises `NotFound`, ``refusal`` for a folder or a file that cannot be read, and ``too_large`` over ``limit`` bytes:
    by the file's size before reading, of a pipe or device after one byte too many.
    """
    name = Path(path).name or str(path)
    try:
        with open(path, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())  # of the open file: the path may be replaced meanwhile
            data = b"" if stat.S_ISREG(status.st_mode) and status.st_size > limit else read_stream(file, limit)
    except IsADirectoryError as error:
        raise refusal(f"{name} is a folder, not {noun}; name a file in it") from error
    except PermissionError as error:
        raise refusal(f"{name} may not be read: change its permissions") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        if isinstance(error, OSError) and error.errno not in _ABSENT:
            raise refusal(f"{name} cannot be read: the disk or device reports an error") from error
        raise NotFound(f"{name}: there is no such file; check the name and the folder") from error
    if max(len(data), status.st_size) > limit:
        raise too_large
    return data


def read_stream(file: BinaryIO, limit: int) -> bytes:
    """Return the rest of an open file, at most one byte more than ``limit``; a raw pipe may give less than asked."""
    data = bytearray()
    while len(data) <= limit and (chunk := file.read(min(_CHUNK, limit + 1 - len(data)))):
        data += chunk
    return bytes(data)
