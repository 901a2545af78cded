"""Atomic writes: a file is absent, unchanged or complete, never half-written.

Its bytes have reached the disk before its name appears. A killed process can leave a temporary file ending in
``.part``, which a later one removes.
"""

import contextlib
import errno
import functools
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pinxit.errors import DiskFull, WriteFailed

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
STALE = 60.0  # seconds since it was last written from which an unfinished file that nobody has locked is swept


def save(data: bytes, target: str | os.PathLike[str], *, protect: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Write ``data`` to the file ``target``, whole or not at all.

    A link is followed: the file it points to is replaced, not the link. A device or pipe (``/dev/stdout``) is written
    directly.

    Raises `WriteFailed` if ``target`` is a folder, may not be written, or is the same file as one of ``protect``;
    `DiskFull` if the space runs out. The earlier content is then unchanged.
    """
    path = check(target, protect=protect)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            with unfinished(path) as file:
                file.write(data)
                finish(file, path)
    except OSError as error:
        raise failure(error, path.name) from error


def check(target: str | os.PathLike[str], *, protect: Iterable[str | os.PathLike[str]] = ()) -> Path:
    """Return the real path of ``target``, for `save`; call it before long work whose result goes there.

    Raises `WriteFailed` as `save` does, as far as that shows beforehand.
    """
    try:
        path = Path(os.path.realpath(target))
        _refuse(path, protect)
    except OSError as error:
        raise failure(error, Path(target).name) from error
    except ValueError as error:  # a NUL character in the name
        raise WriteFailed("the output's name has a character that no file name may have") from error
    return path


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, if they do not exist; raises `WriteFailed`, `DiskFull`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise failure(error, folder.name) from error


def failure(error: OSError, name: str) -> WriteFailed:
    """Return the error for an operating system's refusal to write the file called ``name``."""
    if error.errno in _FULL:
        return DiskFull(f"no space left to write {name}; nothing half-written was kept: free some space and try again")
    if error.errno in _FORBIDDEN:
        return WriteFailed(f"{name} may not be written there: choose another folder or change its permissions")
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return WriteFailed(f"{name} cannot be written: {_in_the_way(error)} is a file, not a folder")
    if error.errno == errno.ENOENT:
        return WriteFailed(f"{name} cannot be written: the folder for it does not exist")
    if error.errno == errno.ENAMETOOLONG:
        return WriteFailed("the output's name is too long for this disk: choose a shorter one")
    if error.errno == errno.EPIPE:
        return WriteFailed(f"{name} was not written: the program that should read it has ended")
    return WriteFailed(f"{name} cannot be written: the disk or device reports an error")


def _refuse(path: Path, protect: Iterable[str | os.PathLike[str]]) -> None:
    """Raise `WriteFailed` if writing to ``path`` would destroy an input or is impossible."""
    if path.is_dir():
        raise WriteFailed(f"{path.name or path} is a folder; name a file in it")
    if not path.parent.is_dir():
        if any(os.path.lexists(parent) and not parent.is_dir() for parent in path.parents):
            raise NotADirectoryError(errno.ENOTDIR, "", str(path))
        folder = path.parent.name
        raise WriteFailed(f"{path.name} cannot be written: the folder {folder} does not exist; create it first")
    if not path.exists():
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, "folder")
        return
    for other in protect:
        with contextlib.suppress(FileNotFoundError):
            if path.samefile(other):
                raise WriteFailed(f"{path.name} is an input, and inputs are never overwritten: choose another name")
    if not os.access(path, os.W_OK):  # os.replace would succeed in any writable folder
        raise WriteFailed(f"{path.name} already exists and is write-protected: choose another name")


def _in_the_way(error: OSError) -> str:
    """Return the name of the file that is where a folder should be."""
    path = Path(os.fsdecode(error.filename or ""))
    return next((each.name for each in (path, *path.parents) if os.path.lexists(each) and not each.is_dir()), "it")


@contextlib.contextmanager
def unfinished(target: Path) -> Iterator[BinaryIO]:
    """Yield a new file beside ``target``, with its mode if it exists, for `finish`; otherwise it is removed at the end.

    It is locked as long as it is open, so that `sweep` leaves it alone.
    """
    sweep(target.parent)
    part = target.with_name(f".pinxit-{os.urandom(8).hex()}.part")  # short: it fits wherever the final name does
    try:
        with open(part, "xb") as file:
            _lock(file)
            if target.is_file():  # and no link that leads to itself
                os.chmod(part, target.stat().st_mode & 0o777)
            yield file
    finally:  # including Ctrl-C
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def finish(file: BinaryIO, target: Path) -> None:
    """Give an `unfinished` file its final name, once its bytes have reached the disk."""
    file.flush()
    os.fsync(file.fileno())
    file.close()  # Windows renames no open file
    os.replace(Path(file.name), target)
    sync_folder(target.parent)


@functools.lru_cache
def sweep(folder: Path) -> None:
    """Remove the unfinished files of killed processes, once for each folder and process."""
    for part in folder.glob(f".pinxit-{'[0-9a-f]' * 16}.part"):
        with contextlib.suppress(OSError):
            status = part.lstat()
            if stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > STALE:
                with part.open("rb") as file:
                    abandoned = _lock(file)
                if abandoned:
                    part.unlink()


def _lock(file: BinaryIO) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it.

    Windows needs no locks: it removes no file that is open.
    """
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def sync_folder(folder: Path) -> None:
    """Flush a folder, so that a new name in it survives a crash; file systems without this (EINVAL) are skipped."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open folders
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)
