"""``python -m benchmarks.service``: load on the service, with figures; README.md beside this file tells what they mean.

The queue is measured with processes that pretend to paint for a fixed time (those of the tests), so that the figures
are the server's own; the latency of the first result and of later changes with the real network.
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
"""Time for which a pretended painting takes its process; the least that the service's options allow."""
FORM = [("content", picture()), ("style", picture())]
MOST_EACH, ENDLESS = 10**9, 1e9
"""Requests of a client whose load ends by the clock; seconds of one that ends by its requests."""


async def ask(client: httpx.AsyncClient, data: dict[str, str]) -> None:
    """Send one request, and forget its answer."""
    with contextlib.suppress(httpx.HTTPError):
        await client.post("/v1/stylize", files=FORM, data=data)


def capacity(server: Server, wanted: argparse.Namespace) -> tuple[float, float]:
    """Return the requests a second that the server does at most, and the seconds that one takes alone."""
    alone, _ = load(server, Load(1, 20, ENDLESS, ENDLESS), 1)
    busy = Load(2 * wanted.painters, 50, ENDLESS, ENDLESS)
    answers, took = load(server, busy, 1)
    return len(answers) / took, statistics.median(seconds for _, seconds, _ in alone)


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of ``values`` does not exceed; NaN for none."""
    return float(np.percentile(values, 100 * share)) if values else float("nan")


def load(server: Server, load: Load, processes: int) -> tuple[Answers, float]:
    """Let clients in processes of their own ask for paintings; return the answers, and the seconds of it all."""
    with tempfile.TemporaryDirectory() as folder:
        sent = Path(folder) / "picture.jpg"
        sent.write_bytes(picture())
        return clients.send(server.url, load, {"style_scale": str(SECONDS)}, sent, processes)


async def steady(server: Server, wanted: argparse.Namespace) -> dict[str, Any]:
    """80% of the capacity: errors, latency, memory."""
    most, service = capacity(server, wanted)
    pids = [server.process.pid, *server.children()]
    load(server, Load(wanted.clients, 25, 0.8 * most, ENDLESS), wanted.processes)  # what is loaded once is loaded
    before = sum(resident(pid) for pid in pids)
    answers, _ = load(server, Load(wanted.clients, wanted.each, 0.8 * most, ENDLESS), wanted.processes)
    grown = sum(resident(pid) for pid in pids) - before
    took = [seconds for status, seconds, _ in answers if status == 200]
    return {
        "requests": len(answers),
        "statuses": dict(Counter(status for status, *_ in answers)),
        "capacity_per_second": round(most, 1),
        "service_ms": round(1000 * service),
        "p50_ms": round(1000 * percentile(took, 0.5)),
        "p95_ms": round(1000 * percentile(took, 0.95)),
        "p95_by_service": round(percentile(took, 0.95) / service, 2),
        "memory_mb_per_1000": round(grown / 1e6 / len(answers) * 1000, 3),
    }


async def overload(server: Server, wanted: argparse.Namespace) -> dict[str, Any]:
    """Four times the capacity: what is still done, and how fast the rest is sent away."""
    most, _ = capacity(server, wanted)
    answers, took = load(server, Load(wanted.clients, MOST_EACH, 4 * most, wanted.seconds), wanted.processes)
    away = [seconds for status, seconds, _ in answers if status == 429]
    done = sum(status == 200 for status, *_ in answers)
    return {
        "offered_per_second": round(len(answers) / took, 1),
        "capacity_per_second": round(most, 1),
        "goodput_share": round(done / took / most, 3),
        "statuses": dict(Counter(status for status, *_ in answers)),
        **{
            f"sent_away_p{name}_ms": round(1000 * percentile(away, float(f"0.{name}")), 1)
            for name in ("50", "99", "999")
        },
        "sent_away_max_ms": round(1000 * max(away, default=float("nan")), 1),
        "sent_away_by_the_server": at_server(server, 429),
    }


def at_server(server: Server, status: int) -> dict[str, int]:
    """Return how many answers of this status took the server at most so long, by its own account."""
    with server.client() as client:
        lines = client.get("/metrics").text.splitlines()
    own = re.compile(rf'pinxit_request_seconds_bucket{{le="(.+?)",path="/v1/stylize",status="{status}"}} (\S+)')
    found = [match for line in lines if (match := own.match(line))]
    return {f"{match[1]} s": int(float(match[2])) for match in found}


async def hang_ups(server: Server, count: int) -> dict[str, Any]:
    """Clients that leave while their picture is painted: how soon the process is free, and what is left behind."""
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
    """The page's way with the real network: a 12-megapixel photo, and then other options."""
    photo = images.encode(
        images.resize(np.random.default_rng(0).random((300, 400, 3), np.float32), (3000, 4000)), "jpeg"
    )
    style = picture(512, 512)
    figures: dict[str, Any] = {"photo_bytes": len(photo)}
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        for size in (512, 768, 1024):
            begun = time.perf_counter()
            kept = (await client.post("/v1/uploads", files={"file": photo})).json()["id"]
            data = {"content": kept, "size": str(size), "format": "jpeg"}
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
    """Measure what was asked for, and print it as JSON."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    asked.add_argument("what", choices=["steady", "overload", "hang-ups", "latency"])
    asked.add_argument("--clients", type=int, default=0, help="20, or 100 of the overload")
    asked.add_argument("--processes", type=int, default=4, help="among which the clients are spread")
    asked.add_argument("--each", type=int, default=500)
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--painters", type=int, default=2)
    wanted = asked.parse_args()
    wanted.clients = wanted.clients or (100 if wanted.what == "overload" else 20)
    ways: dict[str, Callable[[Server], Coroutine[Any, Any, dict[str, Any]]]] = {
        "steady": lambda server: steady(server, wanted),
        "overload": lambda server: overload(server, wanted),
        "hang-ups": lambda server: hang_ups(server, 200),
        "latency": latency,
    }
    real = wanted.what == "latency"
    words = [] if real else ["--painters", str(wanted.painters)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "store", *words, stub=not real) as server,
    ):
        server.wait_ready()
        print(json.dumps({wanted.what: asyncio.run(ways[wanted.what](server))}, indent=1))


if __name__ == "__main__":
    main()
