"""The service's benchmark: its clients ask as often as they are told, and tell what they got."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.service import __main__ as service
from benchmarks.service import clients
from benchmarks.service.clients import Client, Load

from support.service_server import Server

pytest.importorskip("fastapi")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("service") / "store", "--painters", "1", "--queue", "1", stub=True) as one:
        yield one.wait_ready()


def test_every_request_is_sent_at_its_time_and_the_server_counts_as_many(server: Server) -> None:
    answers, took = service.load(server, Load(5, 2, 40.0, 60.0), 2)
    assert took >= 9 / 40, "the tenth was due by then"
    counted = Counter(status for status, *_ in answers)
    assert sorted(counted) == [200, 429], "two are let in at a time"
    assert counted.total() == 10
    for status, count in counted.items():
        assert service.at_server(server, status)["+Inf s"] == count


def test_a_load_ends_by_the_clock(server: Server) -> None:
    answers, _ = service.load(server, Load(2, service.MANY, 10.0, 0.45), 1)
    assert 1 <= len(answers) <= 6


def test_what_nobody_answers_is_told(tmp_path: Path) -> None:
    status, seconds, _ = asyncio.run(Client("127.0.0.1:1", b"GET / HTTP/1.1\r\n\r\n").ask())
    assert status == 0
    assert seconds < clients.PATIENCE
