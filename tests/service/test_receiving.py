"""What is received: broken requests, room on the disk, and clients that send slowly or much."""

from __future__ import annotations

import asyncio
import errno
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

from pinxit.errors import Busy, DiskFull, PinxitError, TooLarge, TooSlow
from pinxit.service import store as stores
from pinxit.service.app import make
from pinxit.service.context import Setup
from pinxit.service.limits import ServiceLimits
from pinxit.service.receiving import AHEAD, AHEAD_FACTOR, BodyReader, Intake
from pinxit.service.store import Store

MIB = 2**20
FILM = b"\0\0\0\x18ftypmp42" + bytes(100)
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + FILM + b"\r\n"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    app = make(Setup(store=tmp_path / "store", limits=ServiceLimits(disk_floor=0)))
    yield app
    app.state.service.store.close()


@pytest.fixture
def ask(app: Any) -> Ask:
    """Returns a function that sends one request to the application, in this process and without its workers."""

    def ask(method: str, path: str, **request: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **request)

        return asyncio.run(run())

    return ask


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    assert len(answer.content) == int(answer.headers["content-length"])
    return answer.status_code, answer.json()["title"]


def upload(ask: Ask, body: bytes, kind: str = "multipart/form-data; boundary=b") -> httpx.Response:
    return ask("POST", "/v1/uploads", content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "http://evil.example"])
def test_a_strange_origin_is_forbidden(ask: Ask, origin: str) -> None:
    assert problem(ask("POST", "/v1/uploads", headers={"Origin": origin})) == (403, "Forbidden")


def test_a_charset_that_reads_nothing_is_a_bad_request(ask: Ask) -> None:
    kind = "multipart/form-data; boundary=b; charset=undefined"
    assert problem(upload(ask, PART + b"--b--\r\n", kind)) == (400, "BadRequest")


def test_a_body_without_its_last_boundary_is_a_bad_request(ask: Ask) -> None:
    assert upload(ask, PART + b"--b--\r\n").status_code == 201
    assert upload(ask, PART + b"--b--").status_code == 201, "the last line may lack its end"
    for cut in (PART, PART + b"--b", PART + b"--b-", PART[:-40]):
        assert problem(upload(ask, cut)) == (400, "BadRequest")


def test_a_range_that_a_file_lacks_is_a_problem(ask: Ask) -> None:
    assert ask("GET", "/docs/start.js", headers={"Range": "bytes=0-3"}).status_code == 206
    missing = ask("GET", "/docs/start.js", headers={"Range": "bytes=99999999-"})
    assert problem(missing) == (416, "BadRequest")
    assert "*/" in missing.headers["content-range"]
    assert problem(ask("GET", "/docs/start.js", headers={"Range": "lines=1-2"})) == (400, "BadRequest")


# ------------------------------------------------------------------------------------------ room on the disk


def disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(stores, "free_bytes", lambda folder: free)


def test_a_body_that_leaves_no_room_is_refused_before_it_comes(
    ask: Ask, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, 5 * MIB)
    body = PART[:-2] + bytes(3 * MIB) + b"\r\n--b--\r\n"
    assert problem(upload(ask, body)) == (507, "DiskFull"), "its copy in the store would not fit"
    disk(monkeypatch, 8 * MIB)
    assert upload(ask, body).status_code == 201
    assert app.state.service.store._reserved == 0
    assert app.state.service.intake.bytes.total() == 0


def test_a_disk_that_fills_up_meanwhile_is_a_507(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", full)
    assert problem(upload(ask, PART + b"--b--\r\n")) == (507, "DiskFull")


def test_two_that_write_at_once_do_not_count_on_the_same_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store", ServiceLimits(disk_floor=MIB))
    disk(monkeypatch, 10 * MIB)
    with store.building(store.jobs, 6 * MIB):
        with pytest.raises(DiskFull), store.building(store.jobs, 6 * MIB):
            pass
        with store.building(store.jobs, 3 * MIB):
            pass
    assert store._reserved == 0
    assert store.used == 9 * MIB, "what failed does not count"
    store.close()


# ------------------------------------------------------------------------------------------ slow and greedy clients


class Sender:
    """The ``receive`` of a client that sends pieces of a body, each after a pause."""

    def __init__(self, piece: bytes, pause: float, pieces: int = 10**9) -> None:
        self.piece, self.pause, self.pieces = piece, pause, pieces

    async def __call__(self) -> dict[str, object]:
        await asyncio.sleep(self.pause)
        self.pieces -= 1
        return {"type": "http.request", "body": self.piece, "more_body": self.pieces > 0}


def limited(tmp_path: Path, **limits: Any) -> Intake:
    return Intake(Store(tmp_path / "store", ServiceLimits(disk_floor=0, **limits)))


async def read(body: BodyReader) -> None:
    while (await body())["more_body"]:
        pass


def raised(work: Awaitable[None]) -> PinxitError:
    async def run() -> None:
        await work

    with pytest.raises(PinxitError) as caught:
        asyncio.run(run())
    return caught.value


def test_a_sender_below_the_least_rate_is_too_slow(tmp_path: Path) -> None:
    intake = limited(tmp_path, idle_seconds=0.3, receive_rate=1000)
    body = BodyReader(Sender(b"x", 0.05), MIB, intake)  # never as slow as the longest pause
    body.begin("a", 1000, 1)
    assert isinstance(raised(read(body)), TooSlow)
    body = BodyReader(Sender(bytes(100), 0.05, 12), MIB, intake)  # 2,000 bytes a second, for longer than one pause
    body.begin("a", 1200, 1)
    asyncio.run(read(body))


def test_a_slow_sender_holds_little_of_the_room(tmp_path: Path) -> None:
    intake = limited(tmp_path)
    body = BodyReader(Sender(b"x", 0.0), 2**30, intake)
    body.begin("slow", 500 * MIB, 1)
    asyncio.run(_once(body))
    assert intake.bytes["slow"] == intake.store._reserved + AHEAD == AHEAD + AHEAD_FACTOR
    body.close()
    assert intake.bytes.total() == intake.store._reserved == 0


async def _once(body: BodyReader) -> None:
    await body()


def test_a_client_has_half_of_what_is_received_at_once(tmp_path: Path) -> None:
    intake = limited(tmp_path, receive_bytes=8 * MIB)
    bodies = [BodyReader(Sender(bytes(MIB), 0.0, 3), MIB * 100, intake) for _ in range(3)]
    for body, client in zip(bodies[:2], ("a", "b"), strict=True):
        body.begin(client, 3 * MIB, 1)
        asyncio.run(read(body))
        assert intake.bytes[client] == 3 * MIB, "until its response"
    with pytest.raises(Busy):
        bodies[2].begin("a", 2 * MIB, 1)
    bodies[2].begin("c", 2 * MIB, 1)
    with pytest.raises(TooLarge):
        bodies[2].begin("c", 5 * MIB, 1)
    for body in bodies:
        body.close()
    assert intake.bytes.total() == 0


def test_a_body_of_unknown_length_is_counted_as_it_comes(tmp_path: Path) -> None:
    intake = limited(tmp_path, receive_bytes=8 * MIB)
    other = BodyReader(Sender(b"", 0.0), 100 * MIB, intake)
    other.begin("a", 3 * MIB, 1)
    for _ in range(3):
        intake.add("a", MIB)
    body = BodyReader(Sender(bytes(MIB), 0.0), 100 * MIB, intake)
    body.begin("a", 0, 1)
    assert isinstance(raised(read(body)), Busy)
