"""The real server with processes that only pretend: what they do is told by the options of the request.

Run as a program it is ``pinxit``, with the stand-ins in place of both kinds of processes. ``painter`` sleeps for
``style_scale`` seconds, if it is given; the ``seed`` lets it die, hang, or take memory. ``job`` sleeps likewise, and
writes a line for each job that it finished into the file ``ledger`` in the store.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

DIES, HANGS, GROWS, RAISES = 4_210_000_001, 4_210_000_002, 4_210_000_003, 4_210_000_004
"""Seeds."""
TRAINS_SECONDS = 6.0
OUTPUT = b"\x89PNG painted"


def misbehave(options: dict[str, Any], memory: list[bytearray]) -> None:
    """Do what the seed asks for."""
    seed = options.get("seed", 0)
    if seed == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == HANGS:
        time.sleep(3600)
    if seed == GROWS:
        while True:
            memory.append(bytearray(os.urandom(1)) * 2**26)
            time.sleep(0.02)
    if seed == RAISES:
        raise RuntimeError("/etc/secret is not for the public")


def painter() -> None:
    """Stand in for `pinxit.service.workers.one_pass`."""
    from pinxit.service.workers import one_pass as painter

    class Pretender(painter.Painter):
        def warm(self) -> None:
            pass

        def look(self, head: dict[str, Any], parts: Any) -> dict[str, Any]:
            return {"format": "JPEG", "height": 1, "width": 1}

        def paint(self, head: dict[str, Any], parts: Any) -> tuple[bytes, tuple[int, int]]:
            misbehave(head["options"], [])
            ends = time.monotonic() + head["options"].get("style_scale", 0)
            while time.monotonic() < ends:
                self._go_on()
                time.sleep(0.005)
            return OUTPUT, (1, 1)

    painter.Painter = Pretender  # type: ignore[misc]
    painter.main()


def job() -> None:
    """Stand in for `pinxit.service.workers.job`."""
    from pinxit.files import atomic
    from pinxit.service.workers import job as jobwork
    from pinxit.service.workers import runtime as child

    class Pretender(jobwork.Work):
        def optimize(self) -> dict[str, Any]:
            options = self.request["options"]
            misbehave(options, [])
            for index in range(1, 11):
                self.teller.step(index / 10, index, 10, (8, 8))
                time.sleep(options.get("style_scale", 0) / 10)
                if self.stopped.is_set():
                    break
            atomic.save(OUTPUT, "result.png")
            return {"file": "result.png", "height": 1, "width": 1, "stopped": index % 10}

        def train(self) -> dict[str, Any]:
            time.sleep(TRAINS_SECONDS)
            atomic.save(OUTPUT, "result.pinxit")
            return {"file": "result.pinxit", "height": None, "width": None, "stopped": 0}

    last_step, outcome, die = threading.Lock(), jobwork._outcome, child.die

    def noted(told: dict[str, Any]) -> dict[str, Any]:
        with last_step:
            whole = outcome(told)
            with Path("../../ledger").open("a", encoding="utf-8") as ledger:
                ledger.write(Path.cwd().name + "\n")
            return whole

    def die_between_steps() -> None:  # what is written down as done is in the ledger too, and the other way round
        with last_step:
            die()

    jobwork.Work, jobwork._outcome, child.die = Pretender, noted, die_between_steps  # type: ignore[misc]
    jobwork.main()


def main() -> None:
    """Run the command line, or one of the processes."""
    from pinxit.cli import main as pinxit
    from pinxit.service.jobs import queue as jobs
    from pinxit.service.workers import pool

    pool.MODULE, jobs.MODULE = "support.service_stub_painter", "support.service_stub_job"
    pinxit(sys.argv[1:])


if __name__ == "__main__":
    main()
