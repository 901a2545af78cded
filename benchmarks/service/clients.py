"""``python -m benchmarks.service.clients``: cheap clients of a service, for `benchmarks.service`.

One process runs several clients, each with one connection that stays open and one request under way at
most. A request's bytes are made once, and of an answer only the status line and the length are read, so that a time
is the service's and the network's, not that of a client library. It prints a JSON list of [status, seconds, begun].
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

import httpx

Answers = list[tuple[int, float, float]]
"""(status, seconds from the request's first byte to the answer's last, `time.time` then); status 0: no answer."""
READY = "ready\n"
START_SECONDS = 0.5
"""Seconds from the start signal to the first request."""
PATIENCE = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients send."""

    clients: int
    each: int
    """Requests per client."""
    rate: float
    """Requests per second, of all clients together."""
    stop: float
    """Seconds after which no more requests are sent."""


def request_bytes(host: str, data: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    """Return the bytes of a ``POST /v1/stylize``."""
    request = httpx.Request("POST", f"http://{host}/v1/stylize", data=data, files=files)
    request.read()
    head = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(["POST /v1/stylize HTTP/1.1", *head, "", ""]).encode() + request.content


class Client:
    """One client and its connection."""

    def __init__(self, host: str, message: bytes) -> None:
        self.host, self.message = host, message
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> tuple[int, float, float]:
        """Send the request; on a new connection where there is none, the time to make it counted in."""
        begun, moment = time.perf_counter(), time.time()
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._exchange()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status = 0
        if not status:
            self.close()
        return status, time.perf_counter() - begun, moment

    async def _exchange(self) -> int:
        if self._streams is None:
            name, port = self.host.split(":")
            self._streams = await asyncio.open_connection(name, int(port))
        reader, writer = self._streams
        writer.write(self.message)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def paced(clients: list[Client], dues: list[Iterable[float]], stop: float) -> Answers:
    """Let every client send its requests when they are due, or as soon as its last one is answered, until ``stop``."""
    answers: Answers = []

    async def one(client: Client, times: Iterable[float]) -> None:
        for due in times:
            await asyncio.sleep(max(0.0, due - time.time()))
            if time.time() > stop:
                break
            answers.append(await client.ask())
        client.close()

    await asyncio.gather(*map(one, clients, dues))
    return answers


def send(url: str, load: Load, data: dict[str, str], picture: Path, processes: int) -> tuple[Answers, float]:
    """Let clients, spread over so many processes, put a load on a service.

    Returns the answers, and the seconds from the first request to the last answer.
    """
    words = {f"--{name}": str(value) for name, value in dataclasses.asdict(load).items()}
    words |= {"--data": json.dumps(data), "--picture": str(picture), "--processes": str(processes)}
    program = [sys.executable, "-m", "benchmarks.service.clients", url, *itertools.chain(*words.items())]
    running = [_started([*program, "--process", str(number)]) for number in range(processes)]
    for _, _, out in running:  # none begins before all are there
        if out.readline() != READY:
            raise RuntimeError("the clients ended early")
    begin = time.time() + START_SECONDS
    for _, into, _ in running:
        into.write(f"{begin}\n")
        into.flush()
    outputs = [process.communicate()[0] for process, _, _ in running]
    answers: Answers = [tuple(each) for text in outputs for each in json.loads(text)]
    return answers, max(moment + seconds for _, seconds, moment in answers) - begin


def _started(command: list[str]) -> tuple[subprocess.Popen[str], IO[str], IO[str]]:
    """Start a process; return it with its standard input and output."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, cast(IO[str], process.stdin), cast(IO[str], process.stdout)


def main() -> None:
    """Be one of the processes: say so, and wait for the moment to begin."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.service.clients", description=__doc__)
    options.add_argument("url")
    options.add_argument("--data", type=json.loads, required=True)
    options.add_argument("--picture", type=Path, required=True)
    for name in ("clients", "each", "processes", "process"):
        options.add_argument(f"--{name}", type=int, required=True)
    for name in ("rate", "stop"):
        options.add_argument(f"--{name}", type=float, required=True)
    arguments = options.parse_args()
    host, picture = urlsplit(arguments.url).netloc, arguments.picture.read_bytes()
    message = request_bytes(host, arguments.data, [("content", picture), ("style", picture)])
    mine = range(arguments.process, arguments.clients, arguments.processes)
    gc.disable()  # a collection in here is not the service's time
    clients = [Client(host, message) for _ in mine]
    print(READY, end="", flush=True)
    begin = float(sys.stdin.readline())

    def dues(number: int) -> Iterator[float]:
        return (begin + (index * arguments.clients + number) / arguments.rate for index in range(arguments.each))

    print(json.dumps(asyncio.run(paced(clients, [dues(number) for number in mine], begin + arguments.stop))))


if __name__ == "__main__":
    main()
