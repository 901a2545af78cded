"""The files of a batch, wherever fsspec reaches them: a folder, S3, Google Cloud, Azure, memory."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pinxit.errors import MissingExtra, NotFound, WriteFailed, install
from pinxit.files import atomic

try:
    import fsspec
    from fsspec.implementations.local import LocalFileSystem
except ImportError as error:
    raise MissingExtra("a batch", "batch") from error

T = TypeVar("T")

TRIES, FIRST_PAUSE = 4, 0.5
"""How often storage is asked, and the pause before the second try, s; each pause is twice the one before."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a listing."""

    path: str
    etag: str
    """Changes with the file: the storage's ETag, or size and time of the last change."""


class Storage:
    """The file system of a URL, such as ``photos/`` or ``s3://bucket/photos``. ``path`` is the URL's path there."""

    def __init__(self, url: str) -> None:
        try:
            self.system, self.path = fsspec.core.url_to_fs(str(Path(url).expanduser()) if "://" not in url else url)
        except (ImportError, ValueError) as error:
            scheme = url.partition("://")[0]
            help = f"{install('gcs' if scheme == 'gs' else 's3')} brings s3:// or gs://"
            raise NotFound(f"there is no access to {scheme}:// here: {help}, a package of fsspec the others") from error
        self.local = isinstance(self.system, LocalFileSystem)

    def find(self, path: str) -> Iterator[Found]:
        """Yield the files of a folder and its folders, or those that a pattern such as ``*/*.jpg`` matches."""
        listed = self.retried(lambda: (self.system.glob if "*" in path else self.system.find)(path, detail=True), path)
        for name in sorted(listed):
            if listed[name]["type"] == "file":
                yield Found(name, _etag(listed[name]))

    def named(self, path: str) -> str:
        """Return what a user calls a path of this file system: the local path, or the URL."""
        return path if self.local else str(self.system.unstrip_protocol(path))

    def look(self) -> Found:
        """Return the file of the URL as a listing has it; raises `NotFound`."""
        return Found(self.path, _etag(self.retried(lambda: self.system.info(self.path), self.path)))

    def read(self, path: str, limit: int) -> bytes:
        """Return at most ``limit`` + 1 bytes of a file; raises `NotFound`, also where storage does not answer."""

        def read() -> bytes:
            with self.system.open(path, "rb") as file:
                data: bytes = file.read(limit + 1)
                return data

        return self.retried(read, path)

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all; raises `WriteFailed`."""
        if self.local:
            atomic.make_folder(Path(path).parent)
            return atomic.save(data, path)
        try:
            self.retried(lambda: self.system.pipe_file(path, data), path)
        except NotFound as error:
            raise WriteFailed(f"{path} cannot be written: storage refuses it or does not answer") from error

    def remove(self, path: str) -> None:
        """Delete a file, if it is there."""
        with contextlib.suppress(OSError):
            self.system.rm_file(path)

    def retried(self, ask: Callable[[], T], path: str) -> T:
        """Return what ``ask`` returns, asked again where storage fails; raises `NotFound`."""
        for number in range(TRIES):
            try:
                return ask()
            except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
                raise NotFound(f"{path}: there is no such file, or it may not be read") from error
            except OSError as error:
                if number == TRIES - 1:
                    raise NotFound(f"{path}: storage does not answer; try again later") from error
                time.sleep(FIRST_PAUSE * 2**number)
        raise AssertionError("unreachable")


def _etag(info: dict[str, Any]) -> str:
    """Return the ETag of fsspec's description of a file, whose keys differ from storage to storage, hence `Any`."""
    tag = info.get("ETag") or info.get("etag") or info.get("md5Hash")
    return str(tag or f"{info.get('size')}-{info.get('mtime') or info.get('created') or info.get('LastModified')}")
