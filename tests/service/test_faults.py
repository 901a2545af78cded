"""Faults: processes that die, hang or grow, clients that disconnect, and clients that send slowly."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.service_clients import HEAD, connect, send_slowly
from support.service_server import Server, picture, wait_for
from support.service_stub import DIES, GROWS, HANGS, LOOPS, OUTPUT, RAISES

pytest.importorskip("fastapi")

PICTURE = picture()
FILES = [("content", PICTURE), ("style", PICTURE)]
PLACES = 2 * (1 + 4)  # as many as two processes and their queues hold


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("service") / "store"
    words = ["--painter-bytes", str(400 * 2**20), "--paint-seconds", "4", "--painters", "2", "--queue", "4"]
    with Server(store, *words, "--idle-seconds", "1", "--silent-seconds", "8", stub=True) as one:
        yield one.wait_ready()


@pytest.fixture(autouse=True)
def _idle(server: Server) -> None:
    """Begin each test with both processes idle."""
    wait_for(lambda: server.metric("pinxit_painters") == 2, 20, "both processes")
    wait_for(lambda: server.metric("pinxit_admitted") == 0 and server.metric("pinxit_busy_processes") == 0, 10, "rest")


def paint(server: Server, seconds: float = 0.0, seed: int = 0) -> httpx.Response:
    with server.client() as client:
        return client.post("/v1/stylize", files=FILES, data=fields(seconds, seed))


def fields(seconds: float = 0.0, seed: int = 0) -> dict[str, str]:
    return {"seed": str(seed), **({"style_scale": str(seconds)} if seconds else {})}


def asking(server: Server, seconds: float) -> socket.socket:
    """Return a connection on which a picture was asked for."""
    request = httpx.Request("POST", f"{server.url}/v1/stylize", files=FILES, data=fields(seconds))
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    link = connect(server.url)
    link.sendall(f"POST /v1/stylize HTTP/1.1\r\n{head}\r\n".encode() + request.read())
    return link


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["title"]


def files_of(store: Path) -> set[Path]:
    return {path for path in store.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_worker_that_dies_while_idle_is_replaced_within_five_seconds(server: Server) -> None:
    before = server.children()
    os.kill(before[0], signal.SIGKILL)
    took = wait_for(lambda: len(set(server.children()) - {before[0]}) == 2 and _ready(server), 5, "a new process")
    assert took < 5
    assert paint(server).content == OUTPUT


def test_a_worker_killed_at_work_does_not_fail_the_request(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(paint, server, 2.0) for _ in range(2)]
        wait_for(lambda: server.metric("pinxit_busy_processes") == 2, 5, "both at work")
        os.kill(server.children()[0], signal.SIGKILL)
        assert [one.result().content for one in asked] == [OUTPUT, OUTPUT]


def test_a_request_that_kills_two_workers_fails_alone(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        bad = threads.submit(paint, server, 0, DIES)
        good = [threads.submit(paint, server, 0.1) for _ in range(5)]
        assert [one.result().content for one in good] == [OUTPUT] * 5
        assert problem(bad.result()) == (503, "WorkerDied")


def test_a_worker_that_grows_is_killed_with_out_of_memory(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        bad = threads.submit(paint, server, 0, GROWS)
        assert paint(server, 0.1).content == OUTPUT
        assert problem(bad.result()) == (503, "OutOfMemory")
    assert paint(server).content == OUTPUT


def test_a_worker_that_hangs_is_killed_at_its_deadline(server: Server) -> None:
    begun = time.monotonic()
    assert problem(paint(server, 0, HANGS)) == (503, "Deadline")
    assert time.monotonic() - begun < 4 + 1
    assert paint(server).content == OUTPUT


def test_an_endless_network_ends_at_its_deadline_and_its_process_is_replaced(server: Server) -> None:
    pytest.importorskip("onnx")
    before, begun = set(server.children()), time.monotonic()
    answer = paint(server, 0, LOOPS)
    assert problem(answer) == (503, "Deadline")
    assert "longer than the 4 s allowed" in answer.text
    assert time.monotonic() - begun < 4 + 2
    wait_for(lambda: len(before - set(server.children())) == 1, 5, "the end of the process")
    assert paint(server).content == OUTPUT


def test_a_job_of_an_endless_network_ends_and_the_next_one_runs(server: Server) -> None:
    pytest.importorskip("onnx")
    with server.client() as client:
        jobs = [
            client.post("/v1/jobs", files=FILES, data={"kind": "optimize", "seed": str(seed)}).json()
            for seed in (LOOPS, 1)
        ]

        def ended() -> bool:
            jobs[:] = [client.get(job["links"]["self"]).json() for job in jobs]
            return not {"queued", "running"} & {job["state"] for job in jobs}

        wait_for(ended, 90, "the end of both")
    assert [job["state"] for job in jobs] == ["failed", "done"]
    assert jobs[0]["error"]["title"] == "Deadline"
    assert "nothing came of this for 8 s" in jobs[0]["error"]["detail"]


def test_a_bug_is_a_500_without_details(server: Server) -> None:
    answer = paint(server, 0, RAISES)
    assert problem(answer)[0] == 500
    assert "secret" not in answer.text


def test_a_full_queue_refuses_with_a_retry_time(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(40) as threads:
        answers = [one.result() for one in [threads.submit(paint, server, 0.3) for _ in range(40)]]
    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {200, 429}
    assert counted[200] >= PLACES
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == 429)


def test_a_full_queue_refuses_as_fast_as_limits_are_listed(server: Server) -> None:
    """And so before anything is painted. Both are timed in turn, since another process may slow any of them."""

    def timed(expected: int, *request: str, **form: Any) -> float:
        begun = time.monotonic()
        assert client.request(*request, **form).status_code == expected
        return time.monotonic() - begun

    with contextlib.ExitStack() as stack:
        client = stack.enter_context(server.client())
        for _ in range(PLACES):
            stack.enter_context(asking(server, 3.5))
        wait_for(lambda: server.metric("pinxit_admitted") == PLACES, 3, "a full queue")
        pairs = [(timed(429, "POST", "/v1/stylize", files=FILES), timed(200, "GET", "/v1/limits")) for _ in range(5)]
        assert server.metric("pinxit_admitted") == PLACES, "nothing was painted meanwhile"
    assert min(refused - listed for refused, listed in pairs) < 0.3


@pytest.mark.parametrize("seed", [0, HANGS], ids=["gentle", "deaf"])
def test_a_client_that_disconnects_frees_its_process_within_a_second(server: Server, seed: int) -> None:
    before = files_of(server.store)
    for _ in range(3):
        with server.client(headers={"connection": "close"}) as client, contextlib.suppress(httpx.HTTPError):
            client.post("/v1/stylize", files=FILES, data=fields(3, seed), timeout=httpx.Timeout(30, read=0.3))
        took = wait_for(lambda: server.metric("pinxit_busy_processes") == 0, 2, "a free process")
        assert took <= 1.1
    assert files_of(server.store) == before
    assert paint(server).content == OUTPUT


def test_clients_that_disconnect_in_the_queue_leave_it(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        working = [threads.submit(paint, server, 2.0) for _ in range(2)]
        wait_for(lambda: server.metric("pinxit_busy_processes") == 2, 5, "both at work")
        for _ in range(3):
            with server.client() as client, contextlib.suppress(httpx.HTTPError):
                client.post("/v1/stylize", files=FILES, timeout=httpx.Timeout(30, read=0.05))
        wait_for(lambda: server.metric("pinxit_admitted") == 2, 1, "only those at work")
        assert [one.result().status_code for one in working] == [200, 200]


def _ready(server: Server) -> bool:
    with server.client() as client:
        return client.get("/readyz").status_code == 200


# ------------------------------------------------------------------------------------------ slow and lying clients


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /healthz HTT",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\nX-Sl",
    ],
    ids=["silent", "in the line", "in a header", "in the second request"],
)
def test_a_slow_sender_is_disconnected(server: Server, head: bytes) -> None:
    with connect(server.url) as wire:
        wire.sendall(head)
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < 5:
                wire.settimeout(0.2)
                try:
                    if not wire.recv(4096):
                        break
                except TimeoutError:
                    wire.sendall(b"x" if head else b"")
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "head", [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + bytes([97]) * 2**20, b"\x16\x03\x01 hello\r\n\r\n"]
)
def test_a_head_that_is_too_large_or_none_is_a_400(server: Server, head: bytes) -> None:
    with connect(server.url) as link:
        with contextlib.suppress(OSError):
            link.sendall(head)
        answer = b""
        with contextlib.suppress(OSError):
            while data := link.recv(4096):
                answer += data
        assert answer.startswith(b"HTTP/1.1 400 ") or not answer  # a reset overtakes what was sent
        assert not answer or b"application/problem+json" in answer
    assert health(server) < 10


def test_small_answers_are_sent_at_once() -> None:
    """Where the socket does not say that it is TCP, asyncio leaves Nagle's algorithm on: 40 ms for each answer."""
    from pinxit.service import server as http_server

    with http_server._bound(http_server.Address(port=0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_body_that_stops_coming_is_a_408(server: Server) -> None:
    with connect(server.url) as wire:
        wire.sendall(HEAD + b"Content-Length: 1000\r\n\r\n--b\r\n")
        wire.settimeout(5)
        assert b" 408 " in wire.recv(4096)


def test_a_chunked_body_without_end_is_cut_at_the_limit(server: Server) -> None:
    with connect(server.url) as wire:
        head = b"POST /v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        wire.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        sent, answer = 0, b""
        wire.settimeout(5)
        with contextlib.suppress(OSError):
            for _ in range(100):
                wire.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
                sent += 0x4000
        with contextlib.suppress(OSError):
            answer = wire.recv(4096)
        assert b" 413 " in answer or sent < 100 * 0x4000


@pytest.mark.parametrize("length", [b"-5", b"1e3", b"99999999999999999999", b"5, 6"])
def test_a_lying_length_is_refused(server: Server, length: bytes) -> None:
    with connect(server.url) as wire:
        wire.sendall(b"POST /v1/stylize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length + b"\r\n\r\n")
        wire.settimeout(5)
        assert wire.recv(4096).split(b" ")[1] in (b"400", b"413")


def health(server: Server) -> float:
    begun = time.monotonic()
    with server.client() as client:
        assert client.get("/healthz").status_code == 200
    return time.monotonic() - begun


def test_a_hundred_idle_connections_do_not_keep_others_out(server: Server) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(100):
            open_ones.enter_context(connect(server.url)).sendall(b"POST /v1/stylize HTTP/1.1\r\nX: ")
        assert health(server) < 2


def test_fifty_slow_senders_do_not_keep_others_from_painting(server: Server) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=send_slowly, args=(server.url, stop, 100_000_000))
    thread.start()
    try:
        wait_for(lambda: server.metric("pinxit_receiving_bytes") > 40 * 2**20, 10, "the slow ones")
        answers = Counter(paint(server).status_code for _ in range(40))
        assert server.metric("pinxit_receiving_bytes") < 60 * 2**20, "they hold a megabyte each"
    finally:
        stop.set()
        thread.join()
    assert answers[200] >= 38, answers
