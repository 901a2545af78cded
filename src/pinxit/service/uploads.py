"""Pictures and films that were sent once, to be used in many requests."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pinxit.errors import NotFound, PinxitError, TooLarge
from pinxit.files import atomic
from pinxit.service.store import Store
from pinxit.styles.code import is_code

FILE, RECORD = "file", "record.json"
HEAD_BYTES = 64
CHUNK = 2**20
FILMS = (
    (4, b"ftyp", "MP4"),
    (0, b"\x1aE\xdf\xa3", "MKV"),
    (4, b"moov", "MOV"),
    (4, b"mdat", "MOV"),
    (4, b"wide", "MOV"),
)
"""Where which bytes begin a film."""
PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"hevc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is known of an upload."""

    id: str
    client: str
    kind: str
    """image, film or code."""
    format: str
    bytes: int
    width: int | None
    height: int | None
    sha256: str
    created: float


class Uploads:
    """All uploads that are kept; found again after a restart."""

    def __init__(self, store: Store) -> None:
        self.store, self.limits = store, store.limits
        self._known = {upload.id: upload for upload in store.restored(store.uploads, _load)}

    def add(self, client: str, file: BinaryIO, kind: str, about: dict[str, Any]) -> Upload:
        """Keep a file. ``about`` has its format, width and height.

        Raises `TooLarge`, `DiskFull`, `WriteFailed`.
        """
        most = self.limits.film_bytes if kind == "film" else self.limits.image_bytes
        size = size_of(file)
        if size > most:
            raise TooLarge(f"the file has {size:,} bytes; at most {most:,} are taken")
        self.store.make_room(size)
        self._drop_oldest(client)
        with self.store.building(self.store.uploads) as (name, folder):
            digest = copy(file, folder / FILE)
            upload = Upload(
                id=name, client=client, kind=kind, bytes=size, sha256=digest, created=time.time(), **_about(about)
            )
            (folder / RECORD).write_text(json.dumps(dataclasses.asdict(upload)), "utf-8")
        self._known[name] = upload
        return upload

    def get(self, client: str, name: str) -> Upload:
        """Return an upload of this client's, and begin its time anew.

        Raises `NotFound`.
        """
        upload = self._known.get(name)
        if upload is None or upload.client != client:
            raise NotFound(
                "there is no such upload: it never was, it was deleted, or its time is over; upload it again"
            )
        try:
            os.utime(self.path(upload))
        except OSError as error:
            self._known.pop(name, None)
            raise NotFound("this upload is gone: upload it again") from error
        return upload

    def path(self, upload: Upload) -> Path:
        """Return where the file lies."""
        return self.store.uploads / upload.id / FILE

    def expires(self, upload: Upload) -> float:
        """Return when it will be deleted."""
        try:
            return self.path(upload).stat().st_mtime + self.limits.upload_seconds
        except OSError:
            return 0.0

    def remove(self, client: str, name: str) -> None:
        """Forget an upload.

        Raises `NotFound`.
        """
        self.get(client, name)
        self._remove(name)

    def sweep(self, now: float) -> None:
        """Forget those whose time is over."""
        for upload in list(self._known.values()):
            if self.expires(upload) < now:
                self._remove(upload.id)

    def _remove(self, name: str) -> None:
        self._known.pop(name, None)
        try:
            self.store.remove(self.store.uploads, name)
        except PinxitError:
            return  # it is gone already

    def _drop_oldest(self, client: str) -> None:
        own = [upload for upload in self._known.values() if upload.client == client]
        if len(own) >= self.limits.uploads_per_client:
            self._remove(min(own, key=self.expires).id)


def public(upload: Upload, expires: float) -> dict[str, Any]:
    """Return what is told of an upload."""
    shown = dataclasses.asdict(upload)
    del shown["client"]
    return {**shown, "created": moment(upload.created), "expires": moment(expires)}


def moment(seconds: float | None) -> str | None:
    """Return a time as ISO 8601, in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def kind_of(head: bytes) -> tuple[str, str]:
    """Return the kind of a file by its first bytes, and the format where it is a film.

    Whether it is what it seems is found out by the process that opens it.
    """
    if is_code(head):
        return "code", "JSON"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "film", "AVI"
    if head[4:8] == b"ftyp" and head[8:12] in PICTURE_BRANDS:
        return "image", ""
    for start, signature, format in FILMS:
        if head[start : start + len(signature)] == signature:
            return "film", "WEBM" if format == "MKV" and b"webm" in head else format
    return "image", ""


def size_of(file: BinaryIO) -> int:
    """Return the bytes of an open file, and wind it back."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def copy(file: BinaryIO, target: Path) -> str:
    """Write a file's bytes to a new one, through to the disk, and return their sha256.

    Raises `DiskFull`, `WriteFailed`.
    """
    digest = hashlib.sha256()
    try:
        with target.open("xb") as out:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise atomic.failure(error, "the file") from error
    return digest.hexdigest()


def _about(about: dict[str, Any]) -> dict[str, Any]:
    return {"format": str(about["format"]), "width": about.get("width"), "height": about.get("height")}


def _load(folder: Path) -> Upload | None:
    """Return the upload that a folder holds; None for anything else."""
    try:
        fields = json.loads((folder / RECORD).read_text("utf-8"))
        upload = Upload(**fields)
        return upload if (folder / FILE).stat().st_size == upload.bytes else None
    except (OSError, ValueError, TypeError):
        return None
