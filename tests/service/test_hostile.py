"""Hostile input: broken pictures, decompression bombs, paths as names, URLs as pictures, endless multipart bodies."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pinxit import images
from pinxit.service.limits import ServiceLimits
from support.service_server import HERE, Server, picture

pytest.importorskip("fastapi")

GOOD = picture()
BAD = Path(__file__).parents[3] / "shared" / "data" / "bad_images"
"""Collections of broken pictures, where they lie beside the repository."""
WATCH = """
import os, sys
log, roots = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT), (os.environ["WATCHED"], "/etc")

def heard(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if path.startswith(roots):
            os.write(log, path.encode(errors="replace") + b"\\n")

sys.addaudithook(heard)
"""
"""Logs every file that Python opens in the watched folders, in the server and all its processes."""
BAD_FILES = sorted(path for path in BAD.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "secret.txt").write_text("the secret")
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    paths = os.pathsep.join([str(folder / "watch"), str(HERE.parents[1] / "src"), str(HERE.parent)])
    env = {"PYTHONPATH": paths, "WATCHED": str(folder), "OPENED": str(folder / "opened")}
    with Server(folder / "store", "--jobs-per-client", "100", env=env) as one:
        yield one.wait_ready()


def opened(server: Server) -> list[str]:
    """Return every watched file that was opened."""
    return server.store.with_name("opened").read_text("utf-8").splitlines()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


@pytest.fixture(scope="module", autouse=True)
def _nothing_died(server: Server) -> Iterator[None]:
    yield
    assert server.metric("pinxit_replaced_processes_total") == 0, "no process died of anything in this file"
    allowed = (str(server.store), str(server.store.with_name("watch")), "/etc/mime.types", "/etc/localtime")
    outside = [path for path in opened(server) if not path.startswith(allowed)]
    assert outside == [], "nothing outside the store was opened"
    assert list((server.store / "tmp").iterdir()) == []


def refused(answer: httpx.Response, *allowed: int) -> dict[str, Any]:
    """Check that a response is a refusal that reveals nothing internal."""
    assert 400 <= answer.status_code < 500, answer.text
    assert not allowed or answer.status_code in allowed, answer.text
    problem = dict(answer.json())
    for word in ("0x", "Traceback", "PIL", "object at", "store", "tmp", "secret"):
        assert word not in problem["detail"]
    return problem


def send(client: httpx.Client, content: bytes, style: bytes = GOOD, **data: str) -> httpx.Response:
    return client.post("/v1/stylize", files=[("content", content), ("style", style)], data={"size": "32", **data})


# ------------------------------------------------------------------------------------------ pictures


@pytest.mark.skipif(not BAD_FILES, reason="the collections of broken pictures are not beside the repository")
@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.name[:40])
def test_a_broken_picture_is_a_refusal_wherever_it_comes_in(client: httpx.Client, path: Path) -> None:
    data = path.read_bytes()
    for answer in (
        send(client, data),
        send(client, GOOD, data),
        client.post("/v1/stylize", files=[("content", GOOD), ("style", GOOD), ("mask", data)], data={"size": "32"}),
    ):
        if answer.status_code != 200:
            refused(answer, 413, 415, 422)
    upload = client.post("/v1/uploads", files={"file": data})
    if upload.status_code != 201:
        refused(upload, 413, 415, 422)
        refused(client.post("/v1/jobs", files=[("content", data), ("style", GOOD)], data={"kind": "optimize"}))


def bomb(width: int, height: int, bits: int = 1) -> bytes:
    """A PNG of very many pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([bits, 0, 0, 0, 0])
    packer = zlib.compressobj(9)
    row = bytes(1 + (width * bits + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(min(height, 5000))) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (bomb(20_000, 20_000), 413),
        (bomb(16_384, 3_000), 413),
        (bomb(16_385, 1_000), 413),
        (bomb(2_000, 30), 413),
        (bomb(15, 15), 422),
        (b"", 422),
        (b"\xff\xd8\xff", 422),
        (GOOD[: len(GOOD) // 2], 422),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', 415),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n", 415),
        (b"%PDF-1.7\n", 415),
        (b"GIF89a\x01\0\x01\0\0\0\0;", 415),
        (b"BM" + bytes(60), 415),
        (b"II*\0" + bytes(60), 415),
        (b"#EXTM3U\nfile:///etc/passwd\n", 415),
        (b"PK\x03\x04" + GOOD, 415),
        (b"<html>" + GOOD, 415),
        (b"\x80\x04\x95pickle", 415),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bombs_and_other_formats_are_refused(client: httpx.Client, data: bytes, status: int) -> None:
    problem = refused(send(client, data), status)
    assert problem["field"] == "content"
    assert refused(send(client, GOOD, data), status)["field"] == "style"


def test_every_piece_of_a_picture_is_a_picture_or_a_refusal(client: httpx.Client) -> None:
    whole = images.encode(np.random.default_rng(0).random((40, 40, 3), dtype=np.float32), "png")
    for part in range(0, 64, 4):
        answer = send(client, whole[: len(whole) * part // 64])
        assert answer.status_code in (200, 422, 415)


def test_more_bytes_than_allowed_are_refused(client: httpx.Client) -> None:
    most = ServiceLimits().image_bytes
    assert refused(send(client, GOOD, GOOD + bytes(most)), 413)["field"] == "style"
    assert refused(send(client, GOOD + bytes(most)), 413)["title"] == "TooLarge"


# ------------------------------------------------------------------------------------------ names and ids

HOSTILE_NAMES = [
    "../secret.txt",
    "../../secret.txt",
    "..%2f..%2fsecret.txt",
    "%2e%2e/%2e%2e/secret.txt",
    "..%252f..%252fsecret.txt",
    "..\\..\\secret.txt",
    "....//....//secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "\\\\host\\share\\x.png",
    "C:\\Windows\\win.ini",
    "/proc/self/environ",
    "/dev/stdin",
    ".",
    "..",
    "~",
    "~root",
    "-",
    "*",
    "record.json",
    "0" * 31,
    "0" * 33,
    "0" * 32,
    "G" * 32,
    "A" * 32,
    "0" * 32 + "/../../secret.txt",
    "0" * 32 + "%00.png",
    "x" * 4000,
    "\u202egnp.exe",
    "\uff10" * 32,
    "wave\r\nX-Evil: 1",
    "http://127.0.0.1:1/x.png",
    "https://evil.example/x.png",
    "gopher://127.0.0.1:1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "ftp://evil.example/x.png",
    "data:image/png;base64,iVBORw0KGgo=",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: name[:24].encode("ascii", "replace").decode())
def test_a_path_or_url_as_a_name_is_refused_and_reads_nothing(client: httpx.Client, server: Server, name: str) -> None:
    before = sorted(str(path) for path in server.store.rglob("*"))
    for data in ({"content": name, "style": name}, {"style": name}, {"mask": name}, {"init": name, "kind": "optimize"}):
        files = [(field, GOOD) for field in ("content", "style") if field not in data]
        files = files or [("other", b"x")]
        refused(client.post("/v1/stylize", files=files, data=data), 404, 422)
        refused(client.post("/v1/jobs", files=files, data={"kind": "optimize", **data}), 404, 422)
    for path in ("/v1/jobs/", "/v1/uploads/", "/v1/styles/", "/"):
        for method in ("GET", "DELETE"):
            raw = httpx.URL(server.url).copy_with(raw_path=_raw(path + name))
            answer = client.request(method, raw)
            assert 400 <= answer.status_code < 500 or answer.status_code in (200, 307), answer.text
            assert "the secret" not in answer.text
            assert "root:" not in answer.text
    refused(client.post("/v1/uploads", files={"file": (name.replace("\r\n", ""), b"no picture")}), 415)
    assert sorted(str(path) for path in server.store.rglob("*")) == before


def _raw(path: str) -> bytes:
    """Return a path as a client sends it that does not normalize it."""
    return "".join(
        c if c.isascii() and c.isprintable() and c not in " #?" else "".join(f"%{b:02X}" for b in c.encode())
        for c in path
    ).encode()


# ------------------------------------------------------------------------------------------ requests


def multipart(client: httpx.Client, body: bytes, border: str = "b") -> httpx.Response:
    return client.post("/v1/stylize", content=body, headers={"Content-Type": f"multipart/form-data; boundary={border}"})


def part(name: str, value: bytes = b"x", more: bytes = b"") -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n' + more + b"\r\n" + value + b"\r\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        b"no border at all",
        b"--b\r\n\r\n\r\n--b--",
        part("content", GOOD),
        b"".join(part(f"f{index}") for index in range(1001)) + b"--b--\r\n",
        b"".join(part("style") for _ in range(1001)) + b"--b--\r\n",
        part("content", more=b"".join(b"X-%d: y\r\n" % index for index in range(10_000))) + b"--b--\r\n",
        part("size", b"9" * 100_000) + b"--b--\r\n",
        part("n" * 100_000) + b"--b--\r\n",
        part("content", more=b"Content-Transfer-Encoding: base64\r\n") + b"--b--\r\n",
        part("content", GOOD) + part("style", GOOD) + b"--b--\r\n" + part("size", b"64") + b"--b--\r\n",
    ],
    ids="nothing,parts,border,name,end,fields,styles,headers,long field,long name,encoded,two ends".split(","),
)
def test_broken_multipart_is_refused_and_others_do_not_notice(client: httpx.Client, body: bytes) -> None:
    refused(multipart(client, body), 400, 413, 415, 422)
    assert client.get("/healthz", timeout=2).status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "multipart/mixed; boundary=b", ""]
)
def test_other_kinds_of_requests_are_refused(client: httpx.Client, kind: str) -> None:
    refused(client.post("/v1/stylize", content=b"--b--\r\n", headers={"Content-Type": kind}), 400, 415, 422)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"key": 5}', b'{"key": "\\ud800"}', b"[" * 60_000, b"\xff\xfe"])
def test_a_broken_sign_in_is_refused(client: httpx.Client, body: bytes) -> None:
    refused(client.post("/v1/session", content=body, headers={"Content-Type": "application/json"}), 422)


def test_fake_films_fail_as_jobs_and_read_no_other_file(server: Server, client: httpx.Client) -> None:
    concat = b"ffconcat version 1.0\nfile '../../../secret.txt'\n"
    refused(client.post("/v1/jobs", files=[("content", concat), ("style", GOOD)], data={"kind": "video"}), 415)
    film = b"\0\0\0\x18ftypmp42" + concat + bytes(100)
    answer = client.post("/v1/jobs", files=[("content", film), ("style", GOOD)], data={"kind": "video"})
    if answer.status_code == 501:
        pytest.skip("what films need is not installed")
    assert answer.status_code == 202
    with client.stream("GET", answer.json()["links"]["events"]) as stream:
        lines = [line for line in stream.iter_lines() if line.startswith(("event", "data"))]
    assert lines[-2] == "event: error"
    ended = json.loads(lines[-1].removeprefix("data: "))
    assert ended["state"] == "failed"
    assert ended["error"]["status"] in (415, 422)
    assert "secret" not in ended["error"]["detail"]
    assert any(path.endswith("/content") for path in opened(server)), "the processes that work are watched too"


def test_a_picture_is_no_film_and_a_film_no_picture(client: httpx.Client) -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(100)
    assert refused(client.post("/v1/jobs", files=[("content", GOOD), ("style", GOOD)], data={"kind": "video"}), 422)
    assert refused(client.post("/v1/jobs", files=[("content", film), ("style", GOOD)], data={"kind": "optimize"}), 422)
    assert refused(client.post("/v1/jobs", files=[("content", GOOD), ("style", film)], data={"kind": "optimize"}), 422)
    upload = client.post("/v1/uploads", files={"file": film}).json()
    assert upload["kind"] == "film"
    assert refused(client.post("/v1/stylize", files=[("style", GOOD)], data={"content": upload["id"]}), 422)
    assert client.delete(f"/v1/uploads/{upload['id']}").status_code == 204
