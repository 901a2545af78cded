"""Files that clients upload once and use in many requests."""

import contextlib
import dataclasses
import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from pinxit.errors import NotFound, PinxitError, TooLarge
from pinxit.files import atomic
from pinxit.service import schemas
from pinxit.service.store import Store, load_record, save_record
from pinxit.styles.code import is_code

FILE = "file"
HEAD_BYTES = 64
CHUNK = 2**20
FILMS = {b"ftyp": "MP4", b"moov": "MOV", b"mdat": "MOV", b"wide": "MOV"}
"""Formats of films by their bytes 4 to 8."""
MATROSKA = b"\x1aE\xdf\xa3"
PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"hevc")


@dataclass(frozen=True, slots=True)
class FileInfo:
    """The kind and format of a file, and the upright size of a picture."""

    kind: Literal["image", "film", "code"]
    format: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(FileInfo):
    """The record of an uploaded file."""

    id: str
    client: str
    bytes: int
    sha256: str
    created: float


class Uploads:
    """All uploads. They survive a restart of the server."""

    def __init__(self, store: Store) -> None:
        self.store, self.limits = store, store.limits
        self._uploads = {upload.id: upload for upload in store.restored(store.uploads, _load)}

    def add(self, client: str, file: BinaryIO, info: FileInfo) -> Upload:
        """Store a file. Raises `TooLarge`, `DiskFull`, `WriteFailed`."""
        allowed = self.limits.film_bytes if info.kind == "film" else self.limits.image_bytes
        size = size_of(file)
        if size > allowed:
            raise TooLarge(f"the file has {size:,} bytes; at most {allowed:,} are allowed")
        with self.store.building(self.store.uploads, size) as (name, folder):
            digest = copy(file, folder / FILE)
            fields = {"bytes": size, "sha256": digest, "created": time.time(), **dataclasses.asdict(info)}
            upload = Upload(id=name, client=client, **fields)
            save_record(upload, folder)
        self._drop_oldest(client)
        self._uploads[name] = upload
        return upload

    def get(self, client: str, name: str) -> Upload:
        """Return an upload of this client, and restart its time. Raises `NotFound`."""
        upload = self._uploads.get(name)
        if upload is None or upload.client != client:
            raise NotFound("there is no such upload, or it was deleted or has expired: upload it again")
        try:
            os.utime(self.path(upload))
        except OSError as error:
            self._remove(name)
            raise NotFound("this upload was deleted: upload it again") from error
        return upload

    def path(self, upload: Upload) -> Path:
        """Return the path of the file."""
        return self.store.uploads / upload.id / FILE

    def public(self, upload: Upload) -> schemas.Upload:
        """Return what a client sees of an upload."""
        return schemas.Upload.model_validate({**dataclasses.asdict(upload), "expires": self._expires(upload)})

    def _expires(self, upload: Upload) -> float:
        """Return when it will be deleted, as a Unix time; 0 if its file is gone."""
        with contextlib.suppress(OSError):
            return self.path(upload).stat().st_mtime + self.limits.upload_seconds
        return 0.0

    def remove(self, client: str, name: str) -> None:
        """Delete an upload. Raises `NotFound`."""
        self._remove(self.get(client, name).id)

    def sweep(self, now: float) -> None:
        """Delete the uploads that have expired."""
        for upload in list(self._uploads.values()):
            if self._expires(upload) < now:
                self._remove(upload.id)

    def _remove(self, name: str) -> None:
        self._uploads.pop(name, None)
        with contextlib.suppress(PinxitError):  # it may be deleted already
            self.store.remove(self.store.uploads, name)

    def _drop_oldest(self, client: str) -> None:
        uploads = [upload for upload in self._uploads.values() if upload.client == client]
        if len(uploads) >= self.limits.uploads_per_client:
            self._remove(min(uploads, key=self._expires).id)


def sniff(head: bytes) -> FileInfo:
    """Return the kind of a file by its first bytes, and the format of a film. A worker checks the rest."""
    if is_code(head):
        return FileInfo("code", "JSON")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return FileInfo("film", "AVI")
    if head[:4] == MATROSKA:
        return FileInfo("film", "WEBM" if b"webm" in head else "MKV")
    if head[4:8] in FILMS and not (head[4:8] == b"ftyp" and head[8:12] in PICTURE_BRANDS):
        return FileInfo("film", FILMS[head[4:8]])
    return FileInfo("image", "")


def size_of(file: BinaryIO) -> int:
    """Return the size of an open file in bytes, and rewind it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def copy(file: BinaryIO, target: Path) -> str:
    """Copy a file to a new one, flushed to the disk, and return its sha256. Raises `DiskFull`, `WriteFailed`."""
    try:
        with target.open("xb+") as out:
            shutil.copyfileobj(file, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
            out.seek(0)
            return hashlib.file_digest(out, "sha256").hexdigest()
    except OSError as error:
        raise atomic.failure(error, "the file") from error


def _load(folder: Path) -> Upload | None:
    """Return the upload in a folder; None if its files are missing or damaged."""
    upload = load_record(Upload, folder)
    with contextlib.suppress(OSError):
        if upload and (folder / FILE).stat().st_size == upload.bytes:
            return upload
    return None
