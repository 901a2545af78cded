"""Model files: fetched, checked, kept, and never half there."""

from __future__ import annotations

import errno
import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, DiskFull, NotFound, WriteFailed
from pinxit.files import cache as model_cache

DATA = bytes(range(256)) * 400
SHA256 = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA well, short of its announced length, or not at all."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/absent":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[:1000] if self.path == "/short" else DATA)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PINXIT_CACHE", str(folder))
    return folder


def url(server: http.server.HTTPServer, path: str = "/model") -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_folder_is_the_users_cache_or_the_environments(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    assert model_cache.folder() == cache
    monkeypatch.delenv("PINXIT_CACHE")
    assert model_cache.folder().name == "pinxit"
    monkeypatch.setenv("PINXIT_CACHE", "")
    assert model_cache.folder().name == "pinxit"


def test_fetch_downloads_once(server: http.server.HTTPServer, cache: Path) -> None:
    for start in (SHA256, SHA256[:8]):
        path = model_cache.fetch(url(server), start, "net.pth")
        assert path == cache / "net.pth"
        assert path.read_bytes() == DATA
    assert server.asked == ["/model"]  # type: ignore[attr-defined]
    assert names(cache) == ["net.pth"]


def test_fetch_replaces_a_damaged_file(server: http.server.HTTPServer, cache: Path) -> None:
    cache.mkdir()
    (cache / "net.pth").write_bytes(DATA[:-1])
    assert model_cache.fetch(url(server), SHA256, "net.pth").read_bytes() == DATA


@pytest.mark.parametrize(
    ("path", "sha256", "limit", "error", "says"),
    [
        ("/model", "0" * 64, 1_000_000, BadWeights, "damaged or changed"),
        ("/model", SHA256, len(DATA) - 1, BadWeights, "larger than the 102,399 bytes"),
        ("/absent", SHA256, 1_000_000, NotFound, "could not be downloaded"),
    ],
)
def test_fetch_refuses_and_leaves_nothing(
    server: http.server.HTTPServer,
    cache: Path,
    path: str,
    sha256: str,
    limit: int,
    error: type[Exception],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_cache, "Limits", lambda: Limits(weights_bytes=limit))
    with pytest.raises(error, match=says) as caught:
        model_cache.fetch(url(server, path), sha256, "net.pth")
    assert "net.pth" in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert names(cache) == []


def test_fetch_cut_short(server: http.server.HTTPServer, cache: Path) -> None:
    with pytest.raises((BadWeights, NotFound)):
        model_cache.fetch(url(server, "/short"), SHA256, "net.pth")
    assert names(cache) == []


def test_fetch_without_a_connection(server: http.server.HTTPServer, cache: Path) -> None:
    closed = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    closed.server_close()
    with pytest.raises(NotFound, match="check the connection"):
        model_cache.fetch(url(closed), SHA256, "net.pth")
    assert names(cache) == []


def test_fetch_on_a_full_disk(server: http.server.HTTPServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        model_cache.fetch(url(server), SHA256, "net.pth")
    assert names(cache) == []


def test_cache_get_returns_what_cache_put_stored(cache: Path) -> None:
    assert model_cache.cache_get("net-v1") is None
    path = model_cache.cache_put("net-v1", DATA)
    assert model_cache.cache_get("net-v1") == path
    assert path.read_bytes() == DATA
    assert path.name == f"net-v1-{SHA256}.safetensors"
    assert model_cache.cache_get("net") is None
    assert path.exists()


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "flipped"])
def test_a_damaged_cached_file_is_removed(damage: str) -> None:
    path = model_cache.cache_put("net", DATA)
    changed = {"empty": b"", "cut": DATA[:-1], "longer": DATA + b"\0", "flipped": b"\x01" + DATA[1:]}[damage]
    path.write_bytes(changed)
    assert model_cache.cache_get("net") is None
    assert not path.exists()
    assert model_cache.cache_get(model_cache.cache_put("net", DATA).stem.rpartition("-")[0]) == path


def test_cache_put_without_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PINXIT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(WriteFailed):
        model_cache.cache_put("net", DATA)
    with pytest.raises(WriteFailed):
        model_cache.fetch("http://127.0.0.1:1/", SHA256, "net.pth")
    assert model_cache.cache_get("net") is None
