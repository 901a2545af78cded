"""Servers for tests: each a process on a free port that can be killed, with real or fake workers."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

from pinxit import images
from support.pictures import scene_float

HERE = Path(__file__).parent
START_SECONDS = 90.0


def picture(height: int = 40, width: int = 56, format: str = "jpeg") -> bytes:
    """A small picture's file."""
    return images.encode(scene_float(height, width), format)


class Server:
    """``pinxit serve`` (with ``stub`` the same server with fake workers), or a ``program`` of this folder."""

    def __init__(
        self,
        store: Path,
        *words: str,
        stub: bool = False,
        program: str = "",
        env: dict[str, str] | None = None,
        face: str = "serve",
    ) -> None:
        self.store = store
        source = str(HERE.parents[1] / "src")
        paths = os.pathsep.join([source, str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        program = "service_stub.py" if stub else program
        command = [sys.executable, *([str(HERE / program)] if program else ["-m", "pinxit"])]
        limits = ["--disk-floor", "0", "--port", "0", "--store", str(store)]
        self.log = store.with_name(store.name + ".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, face, *limits, *words],
                env={**os.environ, "PYTHONPATH": paths, **(env or {})},
                stderr=log,
                stdout=log,
            )
        self.url = self._address()

    def _address(self) -> str:
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self.process.poll() is None:
            match = re.search(r"pinxit is at (http://\S+?)/(?:v1/)?;", self.said())
            if match:
                return match[1]
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server did not start: {self.said()}")

    def said(self) -> str:
        """Return its standard output and error."""
        return self.log.read_text("utf-8", "replace")

    def client(self, **settings: Any) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.url, trust_env=False, verify=False, **{"timeout": 60, **settings})

    def wait_ready(self, seconds: float = START_SECONDS) -> Self:
        """Wait until it can paint."""
        ends = time.monotonic() + seconds
        with self.client() as client:
            while time.monotonic() < ends:
                with contextlib.suppress(httpx.HTTPError):
                    if client.get("/readyz").status_code == 200:
                        return self
                time.sleep(0.05)
        raise AssertionError(f"the server is not ready: {self.said()}")

    def children(self) -> list[int]:
        """Return the ids of its child processes."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in listed.read_text("ascii").split()]

    def metric(self, name: str) -> float:
        """Return one of its metrics, summed over all labels; 0 if there is none."""
        with self.client() as client:
            lines = client.get("/metrics").text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{re.escape(name)}[ {{]", line))

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        """Stop it with SIGTERM; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.kill()


def wait_for(true: Any, seconds: float, what: str) -> float:
    """Wait until ``true()``; return how long it took, or fail after so many seconds.

    It asks 50 times a second, and less often as time goes by: asking takes the server from its work.
    """
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        if true():
            return time.monotonic() - begun
        time.sleep(min(0.25, max(0.02, waited / 50)))
    raise AssertionError(f"not within {seconds} s: {what}")
