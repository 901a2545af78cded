"""``python -m benchmarks.service``: the service under load. README.md explains the figures.

The queue is measured with the fake workers of the tests, which sleep for a fixed time, so that the figures are those of
the server alone. Latency is measured with the real network.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks import folders

sys.path.insert(0, str(folders.ROOT / "tests"))

from benchmarks.service import clients
from benchmarks.service.clients import Answers, Load
from pinxit import images
from pinxit.service.workers.process import resident
from support.service_server import Server, picture

SECONDS = 0.1
"""Time of a fake painting; the shortest that the options of the service allow."""
FORM = [("content", picture()), ("style", picture())]
MANY, ENDLESS = 10**9, 1e9
"""The requests of a client that stops by time, and the seconds of one that stops by requests."""


async def ask(client: httpx.AsyncClient, data: dict[str, str]) -> None:
    """Send one request and discard its response."""
    with contextlib.suppress(httpx.HTTPError):
        await client.post("/v1/stylize", files=FORM, data=data)


def capacity(server: Server, settings: argparse.Namespace) -> tuple[float, float]:
    """Return the most requests a second that the server answers, and the seconds of a single request."""
    alone, _ = load(server, Load(1, 20, ENDLESS, ENDLESS), 1)
    busy = Load(2 * settings.painters, 50, ENDLESS, ENDLESS)
    answers, duration = load(server, busy, 1)
    return len(answers) / duration, statistics.median(seconds for _, seconds, _ in alone)


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of ``values`` does not exceed; NaN for none."""
    return float(np.percentile(values, 100 * share)) if values else float("nan")


def load(server: Server, load: Load, processes: int) -> tuple[Answers, float]:
    """Send requests from several client processes; return the responses and the total seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.jpg"
        file.write_bytes(picture())
        return clients.send(server.url, load, {"style_scale": str(SECONDS)}, file, processes)


async def steady(server: Server, settings: argparse.Namespace) -> dict[str, Any]:
    """Measure errors, latency and memory at 80% of the capacity."""
    maximum, service = capacity(server, settings)
    pids = [server.process.pid, *server.children()]
    load(server, Load(settings.clients, 25, 0.8 * maximum, ENDLESS), settings.processes)  # fills the caches
    before = sum(resident(pid) for pid in pids)
    answers, _ = load(server, Load(settings.clients, settings.each, 0.8 * maximum, ENDLESS), settings.processes)
    grown = sum(resident(pid) for pid in pids) - before
    latencies = [seconds for status, seconds, _ in answers if status == 200]
    return {
        "requests": len(answers),
        "statuses": dict(Counter(status for status, *_ in answers)),
        "capacity_per_second": round(maximum, 1),
        "service_ms": round(1000 * service),
        "p50_ms": round(1000 * percentile(latencies, 0.5)),
        "p95_ms": round(1000 * percentile(latencies, 0.95)),
        "p95_by_service": round(percentile(latencies, 0.95) / service, 2),
        "memory_mb_per_1000": round(grown / 1e6 / len(answers) * 1000, 3),
    }


async def overload(server: Server, settings: argparse.Namespace) -> dict[str, Any]:
    """Measure the goodput and the time of a refusal at four times the capacity."""
    maximum, _ = capacity(server, settings)
    answers, duration = load(server, Load(settings.clients, MANY, 4 * maximum, settings.seconds), settings.processes)
    refused = [seconds for status, seconds, _ in answers if status == 429]
    done = sum(status == 200 for status, *_ in answers)
    return {
        "offered_per_second": round(len(answers) / duration, 1),
        "capacity_per_second": round(maximum, 1),
        "goodput_share": round(done / duration / maximum, 3),
        "statuses": dict(Counter(status for status, *_ in answers)),
        **{
            f"sent_away_p{name}_ms": round(1000 * percentile(refused, float(f"0.{name}")), 1)
            for name in ("50", "99", "999")
        },
        "sent_away_max_ms": round(1000 * max(refused, default=float("nan")), 1),
        "sent_away_by_the_server": at_server(server, 429),
    }


def at_server(server: Server, status: int) -> dict[str, int]:
    """Return, for each bound of the server's histogram, how many responses of this status took no longer."""
    with server.client() as client:
        lines = client.get("/metrics").text.splitlines()
    bucket = re.compile(rf'pinxit_request_seconds_bucket{{le="(.+?)",path="/v1/stylize",status="{status}"}} (\S+)')
    matches = [match for line in lines if (match := bucket.match(line))]
    return {f"{match[1]} s": int(float(match[2])) for match in matches}


async def disconnects(server: Server, count: int) -> dict[str, Any]:
    """Measure how soon a process is free after its client has disconnected, and count the files left behind."""
    before = {path for path in server.store.rglob("*") if path.is_file()}
    freed = []
    for _ in range(count):
        timeout = httpx.Timeout(30, read=0.2)
        async with httpx.AsyncClient(base_url=server.url, timeout=timeout, trust_env=False) as client:
            await ask(client, {"style_scale": "4"})
        begun = time.perf_counter()
        while await asyncio.to_thread(server.metric, "pinxit_busy_processes"):
            await asyncio.sleep(0.01)
        freed.append(time.perf_counter() - begun)
    left = {path for path in server.store.rglob("*") if path.is_file()} - before
    return {"hang_ups": count, "freed_max_ms": round(1000 * max(freed)), "files_left": len(left)}


async def latency(server: Server) -> dict[str, Any]:
    """Measure the first result of a 12-megapixel photo with the real network, and those after changes of an option."""
    photo = images.encode(
        images.resize(np.random.default_rng(0).random((300, 400, 3), np.float32), (3000, 4000)), "jpeg"
    )
    style = picture(512, 512)
    figures: dict[str, Any] = {"photo_bytes": len(photo)}
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        for size in (512, 768, 1024):
            begun = time.perf_counter()
            upload = (await client.post("/v1/uploads", files={"file": photo})).json()["id"]
            data = {"content": upload, "size": str(size), "format": "jpeg"}
            times = []
            for strength in ("1", "0.9", "0.8", "0.7"):
                answer = await client.post(
                    "/v1/stylize", files={"style": io.BytesIO(style)}, data={**data, "strength": strength}
                )
                answer.raise_for_status()
                times.append(time.perf_counter() - begun)
                begun = time.perf_counter()
            figures[f"first_s_{size}"] = round(times[0], 2)
            figures[f"change_s_{size}"] = round(statistics.median(times[1:]), 2)
    return figures


def main() -> None:
    """Run one measurement and print it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("what", choices=["steady", "overload", "hang-ups", "latency"])
    parser.add_argument("--clients", type=int, default=0, help="default: 20, or 100 for overload")
    parser.add_argument("--processes", type=int, default=4, help="processes that share the clients")
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--painters", type=int, default=2)
    settings = parser.parse_args()
    settings.clients = settings.clients or (100 if settings.what == "overload" else 20)
    measurements: dict[str, Callable[[Server], Coroutine[Any, Any, dict[str, Any]]]] = {
        "steady": lambda server: steady(server, settings),
        "overload": lambda server: overload(server, settings),
        "hang-ups": lambda server: disconnects(server, 200),
        "latency": latency,
    }
    real = settings.what == "latency"
    words = [] if real else ["--painters", str(settings.painters)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "store", *words, stub=not real) as server,
    ):
        server.wait_ready()
        print(json.dumps({settings.what: asyncio.run(measurements[settings.what](server))}, indent=1))


if __name__ == "__main__":
    main()
