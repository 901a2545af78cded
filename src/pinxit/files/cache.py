"""The cache of model files: download, verification, storage.

The name of a cached file contains its checksum, ``vgg19-<source>-<sha256>.safetensors``, so that one file, replaced
in one step, is both the data and the proof that it is complete.
"""

import contextlib
import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, NotFound
from pinxit.files import atomic
from pinxit.files.fingerprint import fingerprint

CHUNK = 2**20
TIMEOUT = 30.0  # seconds without a byte after which a download fails


def folder() -> Path:
    """Return the folder for model files: ``$PINXIT_CACHE``, or pinxit's folder in the user's cache."""
    if chosen := os.environ.get("PINXIT_CACHE"):
        return Path(chosen)
    import platformdirs  # here, so that training from a checkout does not need it

    return platformdirs.user_cache_path("pinxit")


def cache_put(key: str, data: bytes) -> Path:
    """Store ``data`` under ``key`` in the model folder, for `cache_get`; raises `DiskFull` or `WriteFailed`."""
    path = folder() / f"{key}-{hashlib.sha256(data).hexdigest()}.safetensors"
    atomic.make_folder(path.parent)
    atomic.save(data, path)
    return path


def cache_get(key: str) -> Path | None:
    """Return the file stored under ``key``, or None; a damaged file is removed."""
    for path in sorted(folder().glob(f"{key}-{'[0-9a-f]' * 64}.safetensors")):
        with contextlib.suppress(NotFound, OSError):
            if path.stem == f"{key}-{fingerprint(path).sha256}":
                return path
            path.unlink()
    return None


def fetch(url: str, sha256_start: str, name: str) -> Path:
    """Return the file ``name`` of the model folder, downloaded from ``url`` the first time.

    ``sha256_start`` is the sha256 that it must have, or its first digits where no more is published.

    Raises `NotFound` for a failed download, `BadWeights` for another file than expected, `DiskFull`, `WriteFailed`.
    """
    path = folder() / name
    if path.is_file() and fingerprint(path).sha256.startswith(sha256_start):
        return path
    digest = hashlib.sha256()
    atomic.make_folder(path.parent)
    try:
        with atomic.unfinished(path) as file:
            for chunk in _download(url, name):
                digest.update(chunk)
                file.write(chunk)
            if not digest.hexdigest().startswith(sha256_start):
                raise BadWeights(
                    f"{name} arrived damaged or changed: its sha256 does not begin with {sha256_start}; try again"
                )
            atomic.finish(file, path)
    except OSError as error:
        raise atomic.failure(error, name) from error
    return path


def _download(url: str, name: str) -> Iterator[bytes]:
    """Yield the content of ``url``, at most `Limits.weights_bytes`."""
    total, limit = 0, Limits().weights_bytes
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            while chunk := response.read(CHUNK):
                total += len(chunk)
                if total > limit:
                    raise BadWeights(f"{name} is larger than the {limit:,} bytes allowed: not the file expected")
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the response, too, and holds its socket
        raise NotFound(
            f"{name} could not be downloaded: check the connection, or download it yourself and give the file's name"
        ) from error
