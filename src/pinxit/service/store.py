"""The folder of the service: uploads, jobs and trained styles, each in a folder with a random name.

::

    uploads/ID/file, ...              an uploaded file
    styles/ID/...                     see `pinxit.service.client_styles`
    jobs/ID/...                       see `pinxit.service.jobs.record`
              record.json             what the service knows of each of these folders
    tmp/                              unfinished folders; emptied at each start
    lock                              held by the one server that may use the folder

A folder gets its final name only once it is complete.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pinxit.errors import DiskFull, NotFound, WriteFailed
from pinxit.files import atomic
from pinxit.service.limits import ServiceLimits

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RECORD = "record.json"
MAX_JSON = 2**20  # Bytes of the largest JSON file that is read
Json = dict[str, Any]  # A JSON object, whose values have many types
T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Return an unguessable name: 128 random bits in hex."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Return whether a text has the form of `new_id`. No other text of a client becomes part of a path."""
    return bool(_ID.fullmatch(text))


class Store:
    """The folder, locked by this server. Raises `WriteFailed` if another one has locked it, or it cannot be used."""

    def __init__(self, root: Path, limits: ServiceLimits) -> None:
        self.root, self.limits = root, limits
        self._reserved, self._mutex = 0, threading.Lock()  # Bytes that will be written soon, by several threads
        self.uploads, self.jobs, self.styles, self.tmp = (root / name for name in ("uploads", "jobs", "styles", "tmp"))
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            used = f"another server uses the folder {root.name!r}: stop it, or give another --store"
            self._lock = lock(root / "lock", used)
            shutil.rmtree(self.tmp, ignore_errors=True)
            for folder in (self.uploads, self.jobs, self.styles, self.tmp):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise atomic.failure(error, root.name) from error
        self.measure()

    def close(self) -> None:
        """Unlock the folder."""
        os.close(self._lock)

    def measure(self) -> None:
        """Update ``used``, the bytes of all uploads, jobs and styles."""
        self.used = sum(size_of(folder) for folder in (self.uploads, self.jobs, self.styles))

    def check_disk(self, size: int) -> None:
        """Raise `DiskFull` if ``size`` more bytes would leave less of the disk free than the floor."""
        if free_bytes(self.root) - self._reserved - size < self.limits.disk_floor:
            raise DiskFull("the server's disk is nearly full: try again later, or tell its operator")

    def reserve(self, size: int) -> None:
        """Reserve bytes of the disk that will be written soon; a negative size takes back. Raises `DiskFull`."""
        with self._mutex:
            if size > 0:
                self.check_disk(size)
            self._reserved += size

    @contextlib.contextmanager
    def building(self, parent: Path, size: int, name: str = "") -> Iterator[tuple[str, Path]]:
        """Yield a name, by default a new one, and a folder for about ``size`` bytes, which moves to ``parent / name``.

        Raises `WriteFailed`, and `DiskFull` if the store or the disk has no room; then the folder is deleted.
        """
        if self.used + size > self.limits.store_bytes:
            raise DiskFull("the service's store is full: delete jobs that you do not need, or try again tomorrow")
        name = name or new_id()
        unfinished = self.tmp / new_id()
        self.reserve(size)
        self.used += size
        try:
            unfinished.mkdir(mode=0o700)
            yield name, unfinished
            os.replace(unfinished, parent / name)
            atomic.sync_folder(parent)
        except BaseException as error:
            self.used -= size
            if isinstance(error, OSError):
                raise atomic.failure(error, "the request") from error
            raise
        finally:
            self.reserve(-size)
            shutil.rmtree(unfinished, ignore_errors=True)

    def folder(self, parent: Path, name: str) -> Path:
        """Return the folder of one upload or job. Raises `NotFound` if there is none, and for symbolic links."""
        path = parent / name if is_id(name) else None
        if path is None or path.is_symlink() or not path.is_dir():
            raise NotFound("there is nothing with this id, or it was deleted")
        return path

    def restored(self, parent: Path, load: Callable[[Path], T | None]) -> Iterator[T]:
        """Yield what ``load`` returns for each folder of ``parent``. Folders for which it returns None are deleted."""
        for folder in sorted(path for path in parent.iterdir() if is_id(path.name) and not path.is_symlink()):
            if entry := load(folder):
                yield entry
            else:
                self.remove(parent, folder.name)

    def remove(self, parent: Path, name: str) -> None:
        """Delete one folder: move it away in one step, then delete its files."""
        path = self.folder(parent, name)
        size = size_of(path)
        deleted = self.tmp / f"deleted-{new_id()}"
        try:
            os.replace(path, deleted)
        except OSError as error:
            raise atomic.failure(error, "the store") from error
        self.used = max(0, self.used - size)
        shutil.rmtree(deleted, ignore_errors=True)


def save_record(record: DataclassInstance, folder: Path, without: str = "") -> None:
    """Write a folder's record atomically, except for the field ``without``. Raises `WriteFailed`, `DiskFull`."""
    fields = dataclasses.asdict(record)
    fields.pop(without, None)
    atomic.save(json.dumps(fields).encode(), folder / RECORD)


def load_record(cls: Callable[..., T], folder: Path, **more: object) -> T | None:
    """Return the object of a folder's record and ``more`` fields; None if it is missing, damaged or another's."""
    fields = {**(read_json(folder / RECORD) or {}), **more}
    with contextlib.suppress(TypeError):  # other fields than the class has
        return cls(**fields) if fields.get("id") == folder.name else None
    return None


def read_json(path: Path) -> Json | None:
    """Return the JSON object in a file; None if it is missing, too large or damaged."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_JSON:
            return None
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder. Files that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += 0 if path.is_dir() else path.lstat().st_size
    return total


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the folder's disk."""
    return shutil.disk_usage(folder).free


def lock(path: Path, refusal: str, seconds: float = 0.0) -> int:
    """Open and lock a file, which the system unlocks when this process ends.

    Raises `WriteFailed` with the text ``refusal`` if another process holds the lock for ``seconds``.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    ends = time.monotonic() + seconds
    with contextlib.suppress(ImportError):  # Windows has no flock: its users must not start two servers on one folder
        import fcntl

        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() >= ends:
                    os.close(handle)
                    raise WriteFailed(refusal) from error
                time.sleep(0.1)
    return handle
