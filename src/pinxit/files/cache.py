"""Model files: where they are kept, how they are fetched, checked and saved.

Knows bytes and checksums, but no network: what is inside a file is its reader's matter.

A file that pinxit keeps carries its own checksum in its name, ``vgg19-<source>-<sha256>.safetensors``,
so that one file, replaced in one step, is both the data and the proof that it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, NotFound
from pinxit.files import atomic

CHUNK = 2**20
TIMEOUT = 30.0
"""Seconds without a byte before a download is given up."""
STALE = 24 * 3600.0
"""Age in seconds at which an unfinished file is a dead process' and no longer a living one's."""


def folder() -> Path:
    """Return the folder for model files: ``$PINXIT_CACHE``, or pinxit's place in the user's cache."""
    if chosen := os.environ.get("PINXIT_CACHE"):
        return Path(chosen)
    import platformdirs  # here, so that training runs from a checkout on machines without it

    return platformdirs.user_cache_path("pinxit")


def sha256(path: Path) -> str:
    """Return the sha256 of a file, in 64 hexadecimal digits.

    Raises `NotFound` if it is not there or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotFound(f"{path.name} is not there, or cannot be read: check its name and its permissions") from error


def keep(key: str, data: bytes) -> Path:
    """Save ``data`` under ``key`` in the model folder, where `kept` finds it again.

    Raises `DiskFull` or `WriteFailed`.
    """
    sweep()
    path = folder() / f"{key}-{hashlib.sha256(data).hexdigest()}.safetensors"
    atomic.make_folder(path.parent)
    atomic.save(data, path)
    return path


def kept(key: str) -> Path | None:
    """Return the whole file that was kept under ``key``; a damaged one is removed, and None returned."""
    for path in sorted(folder().glob(f"{key}-{'[0-9a-f]' * 64}.safetensors")):
        with contextlib.suppress(NotFound, OSError):
            if path.stem == f"{key}-{sha256(path)}":
                return path
            path.unlink()
    return None


def sweep() -> None:
    """Remove the unfinished files that killed processes left in the model folder."""
    for path in folder().glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()


def fetch(url: str, sha256_start: str, name: str, limit: int | None = None) -> Path:
    """Return the file ``name`` of the model folder, downloading it from ``url`` the first time.

    ``sha256_start`` is the sha256 that it must have, or its first digits where no more is published.
    ``limit`` is the most bytes accepted; None takes `Limits.weights_bytes`.

    Raises `NotFound` where the download fails, `BadWeights` where something else arrives, `DiskFull`, `WriteFailed`.
    """
    path = folder() / name
    if path.is_file() and sha256(path).startswith(sha256_start):
        return path
    sweep()
    part = path.with_name(f".{name}-{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_start(name, sha256_start, _stream(url, part, name, Limits().weights_bytes if limit is None else limit))
        os.replace(part, path)
    except OSError as error:
        raise atomic.failure(error, name) from error
    finally:
        with contextlib.suppress(OSError):  # it is gone, once it has taken its final name
            part.unlink()
    return path


def _check_start(name: str, expected: str, found: str) -> None:
    if not found.startswith(expected):
        raise BadWeights(f"{name} arrived damaged or changed: its sha256 does not begin with {expected}; try again")


def _stream(url: str, part: Path, name: str, limit: int) -> str:
    """Download ``url`` to the new file ``part``, through to the disk, and return its sha256."""
    digest = hashlib.sha256()
    with part.open("xb") as file:
        for chunk in _download(url, name, limit):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _download(url: str, name: str, limit: int) -> Iterator[bytes]:
    """Yield what ``url`` serves, at most ``limit`` bytes of it."""
    total = 0
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            while chunk := response.read(CHUNK):
                total += len(chunk)
                if total > limit:
                    raise BadWeights(f"{name} is larger than the {limit:,} bytes allowed: not the file expected")
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the server's answer as well, and would keep its socket
        raise NotFound(
            f"{name} could not be downloaded: check the connection, or download it yourself and give its file name"
        ) from error
