"""A server that is being disturbed, honest clients that use it meanwhile, and what became of their requests."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.service_server import Server, picture  # noqa: E402
from support.service_stub import OUTPUT  # noqa: E402

DISK = 64 * 2**20  # Bytes of the disk under the store
FLOOR = 2**20
REFUSALS = (408, 429, 503, 507)  # What an honest client may get while something is wrong
RECOVERY_SECONDS = 60.0
FILM = b"\0\0\0\x18ftypmp42" + bytes(3 * 2**20)


class World:
    """The server, its disk, and its clients."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random, self.folder, self.disk = random.Random(seed), folder, folder / "disk"
        self.disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.disk)]
        self.mounted = subprocess.run(mount, capture_output=True).returncode == 0
        self.floor = FLOOR if self.mounted else max(0, self.free() - DISK)
        self.fault, self.counts, self.wrong = "", Counter[tuple[str, str]](), list[str]()
        self.jobs: set[str] = set()
        self._stop = threading.Event()
        self.picture = picture()
        self.start()
        clients = [self._paint, self._paint, self._upload, self._job]
        self._threads = [threading.Thread(target=self._repeat, args=(client,), daemon=True) for client in clients]
        for thread in self._threads:
            thread.start()

    def start(self) -> None:
        """Start the server, on the store of the one before."""
        paths = [Path(__file__).parent / "disturb", ROOT / "src", ROOT / "tests"]
        env = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "CHAOS": str(self.folder)}
        words = f"--disk-floor {self.floor} --painters 2 --queue 6 --idle-seconds 3 --paint-seconds 5".split()
        many = "--jobs-per-client 100000 --jobs-queued 100000 --jobs-at-once 2".split()
        self.server = Server(self.disk / "store", *words, *many, stub=True, env=env)

    def free(self) -> int:
        """Return the free bytes of the disk."""
        space = os.statvfs(self.disk)
        return space.f_bavail * space.f_frsize

    def end_clients(self) -> None:
        """Let the clients end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        """End the clients and the server, and take the disk away."""
        self.end_clients()
        self.server.stop()
        if self.mounted:
            subprocess.run(["umount", str(self.disk)], check=False)

    def count(self, outcome: str, words: str = "") -> None:
        """Count what became of a request under the present fault."""
        self.counts[self.fault, outcome] += 1
        if outcome == "wrong":
            self.wrong.append(f"{self.fault}: {words}")

    def recovered(self) -> float:
        """Return the seconds until the server paints and stores again; infinity if it does not."""
        begun = time.monotonic()
        while time.monotonic() - begun < RECOVERY_SECONDS:
            with contextlib.suppress(httpx.HTTPError), self._client() as client:
                if self._send_paint(client).status_code == 200 and self._upload(client).status_code == 201:
                    return time.monotonic() - begun
            time.sleep(0.05)
        self.count("wrong", "it does not recover")
        return float("inf")

    def check_jobs(self) -> Counter[str]:
        """Wait until all jobs have ended; return how many ended in which state. A lost one counts as wrong."""
        with self._client() as client:
            states, ends = self._states(client), time.monotonic() + RECOVERY_SECONDS
            while states["queued"] + states["running"] and time.monotonic() < ends:
                time.sleep(0.5)
                before, states = states, self._states(client)
                ends = ends if states == before else time.monotonic() + RECOVERY_SECONDS
            done = [job["id"] for job in client.get("/v1/jobs").json()["jobs"] if job["state"] == "done"]
            states["torn"] += sum(client.get(f"/v1/jobs/{job}/result").content != OUTPUT for job in done)
        for state in ("lost", "torn", "queued", "running"):
            if states[state]:
                self.count("wrong", f"{states[state]} jobs are {state}")
        return +states

    def _states(self, client: httpx.Client) -> Counter[str]:
        jobs = client.get("/v1/jobs").json()["jobs"]
        listed = {job["id"]: f"failed by {job['error']['title']}" if job["error"] else job["state"] for job in jobs}
        return Counter([*listed.values(), *("lost" for job in self.jobs if job not in listed)])

    def _repeat(self, client: object) -> None:
        while not self._stop.wait(0.05):
            try:
                with self._client() as connection:
                    answer: httpx.Response = client(connection)  # type: ignore[operator]
            except httpx.HTTPError:
                self.count("no answer")
                time.sleep(0.2)
                continue
            good = answer.is_success
            outcome = "good" if good else "refused" if answer.status_code in REFUSALS else "wrong"
            self.count(outcome, f"{answer.status_code} {answer.text[:200]}")

    def _client(self) -> httpx.Client:
        return self.server.client(timeout=30)

    def _send_paint(self, client: httpx.Client) -> httpx.Response:
        files = [("content", self.picture), ("style", self.picture)]
        return client.post("/v1/stylize", files=files, data={"style_scale": "0.1"})

    def _paint(self, client: httpx.Client) -> httpx.Response:
        answer = self._send_paint(client)
        if answer.is_success and answer.content != OUTPUT:
            self.count("wrong", "a torn picture")
        return answer

    def _upload(self, client: httpx.Client) -> httpx.Response:
        answer = client.post("/v1/uploads", files={"file": FILM})
        if answer.is_success:
            client.delete(f"/v1/uploads/{answer.json()['id']}")
        return answer

    def _job(self, client: httpx.Client) -> httpx.Response:
        time.sleep(1.5)  # a job takes a process of its own
        files = [("content", self.picture), ("style", self.picture)]
        answer = client.post("/v1/jobs", files=files, data={"kind": "optimize", "style_scale": "0.2"})
        if answer.status_code == 202:
            self.jobs.add(answer.json()["id"])
        return answer
