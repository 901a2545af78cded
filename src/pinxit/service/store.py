"""The folder of all that the service keeps: uploads and jobs, each a folder with a name that the server chose.

::

    uploads/ID/file, record.json      a picture or film, kept for a while after its last use
    styles/ID/...                     see `pinxit.service.client_styles`
    jobs/ID/...                       see `pinxit.service.jobs.record`
    tmp/                              what is on its way; emptied at each start
    lock                              held by the one server that may use the folder

A folder appears under its final name only when all that belongs in it is there.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from pinxit.errors import DiskFull, NotFound, WriteFailed
from pinxit.files import atomic
from pinxit.service.limits import ServiceLimits

KEPT = ("uploads", "jobs", "styles")
_ID = re.compile(r"[0-9a-f]{32}")


class Known(Protocol):
    """What a folder of the store holds."""

    @property
    def id(self) -> str:
        """The folder's name."""
        ...


Found = TypeVar("Found", bound=Known)


def new_id() -> str:
    """Return a name that nobody can guess: 128 random bits in hex."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Return whether a text is a name of ours; nothing else ever becomes part of a path."""
    return bool(_ID.fullmatch(text))


class Store:
    """The folder, locked for one server.

    Raises `WriteFailed` where it cannot be used, or another server does.
    """

    def __init__(self, root: Path, limits: ServiceLimits) -> None:
        self.root, self.limits = root, limits
        self.uploads, self.jobs, self.styles, self.tmp = (root / name for name in (*KEPT, "tmp"))
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(root / "lock")
            shutil.rmtree(self.tmp, ignore_errors=True)
            for folder in (self.uploads, self.jobs, self.styles, self.tmp):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise atomic.failure(error, root.name) from error
        self.used = 0
        self.measure()

    def close(self) -> None:
        """Let another server have it."""
        os.close(self._lock)

    def measure(self) -> int:
        """Find out, and return, how many bytes are kept."""
        self.used = sum(size_of(folder) for folder in (self.uploads, self.jobs, self.styles))
        return self.used

    def make_room(self, size: int) -> None:
        """Count ``size`` bytes that are about to be kept.

        Raises `DiskFull` where they would leave less than the limits say.
        """
        if self.used + size > self.limits.store_bytes:
            raise DiskFull(
                "the service keeps as much as it may: delete jobs that you do not need, or come again tomorrow"
            )
        if free_bytes(self.root) - size < self.limits.disk_floor:
            raise DiskFull("the server's disk is nearly full: come again later, or tell its operator")
        self.used += size

    @contextlib.contextmanager
    def building(self, parent: Path, name: str = "") -> Iterator[tuple[str, Path]]:
        """Yield a name, a new one unless it is given, and a folder to fill, which then appears under it in ``parent``.

        Raises `DiskFull`, `WriteFailed`; then there is no such folder.
        """
        name = name or new_id()
        unfinished = self.tmp / new_id()
        try:
            unfinished.mkdir(mode=0o700)
            yield name, unfinished
            os.replace(unfinished, parent / name)
            atomic.sync_folder(parent)
        except OSError as error:
            raise atomic.failure(error, "the request") from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def folder(self, parent: Path, name: str) -> Path:
        """Return the folder of one upload or job.

        Raises `NotFound` for everything else, links among it.
        """
        path = parent / name if is_id(name) else None
        if path is None or path.is_symlink() or not path.is_dir():
            raise NotFound("there is nothing of this id here: it never was, or it was deleted")
        return path

    def names(self, parent: Path) -> list[str]:
        """Return the names of all that is kept in ``parent``."""
        return sorted(path.name for path in parent.iterdir() if is_id(path.name) and not path.is_symlink())

    def restored(self, parent: Path, load: Callable[[Path], Found | None]) -> Iterator[Found]:
        """Yield what ``load`` finds in each folder of ``parent``; what holds nothing, or another's, is deleted."""
        for name in self.names(parent):
            found = load(parent / name)
            if found is None or found.id != name:
                self.remove(parent, name)
            else:
                yield found

    def remove(self, parent: Path, name: str) -> None:
        """Delete one upload or job: out of sight in one step, then for good."""
        path = self.folder(parent, name)
        size = size_of(path)
        gone = self.tmp / f"gone-{new_id()}"
        try:
            os.replace(path, gone)
        except OSError as error:
            raise atomic.failure(error, "the store") from error
        self.used = max(0, self.used - size)
        shutil.rmtree(gone, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder; of a file that vanishes meanwhile, none."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            total += status.st_size if not path.is_dir() else 0
    return total


def free_bytes(folder: Path) -> int:
    """Return the bytes of disk that are free."""
    return shutil.disk_usage(folder).free


def _locked(path: Path) -> int:
    """Open and lock a file until this process ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows: two servers on one folder are the operator's to avoid
        pass
    except OSError as error:
        os.close(handle)
        raise WriteFailed(
            f"another server uses the folder {path.parent.name!r}: stop it, or give another --store"
        ) from error
    return handle
