"""Disturbs a running service in every way it should survive, and prints what became of its requests: ``make chaos``.

::

    python tools/chaos/run.py [SECONDS]        # 600 by default

The server is the real one with workers that only pretend to paint. Its store lies on a disk of 64 MB of its own where
that may be mounted; elsewhere the service's own limit stands in for it. Honest clients paint, upload and start jobs
meanwhile. They may be refused (408, 429, 503, 507) or cut off by a kill, but never get anything else; no job may be
lost or torn; and after each fault the service must paint and store again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from world import RECOVERY_SECONDS, World  # which adds the tests to the path

from support import service_clients
from support.service_clients import HEAD, connect

OUTCOMES = ("good", "refused", "no answer", "wrong")


def kill_server(world: World) -> None:
    """Kill the server at once, and start another one on its store."""
    world.server.kill()
    world.start()


def stop_server(world: World) -> None:
    """Stop the server in order, and start another one on its store."""
    world.server.stop()
    world.start()


def kill_workers(world: World) -> None:
    """Kill processes that paint or run jobs."""
    for _ in range(8):
        if children := world.server.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(world.random.choice(children), signal.SIGKILL)
        time.sleep(0.3)


def freeze(world: World) -> None:
    """Halt the server, then a worker, for a while."""
    for process in (world.server.process.pid, *world.server.children()[:1]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
            time.sleep(1.5)
            os.kill(process, signal.SIGCONT)


def fill_disk(world: World) -> None:
    """Fill the disk to the last byte, for a while."""
    filler = world.disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while world.mounted or world.free() > world.floor:
            file.write(bytes(2**20 if world.free() > 2**20 else 2**12))
    time.sleep(3)
    filler.unlink()


def slow_disk(world: World) -> None:
    """Let each flush to the disk take up to a second."""
    (world.folder / "slow").write_text("1.0")
    time.sleep(4)
    (world.folder / "slow").unlink()


def jump_clock(world: World) -> None:
    """Set the clock half an hour forward, then back by an hour, then right again."""
    for seconds in (1800, -1800):
        (world.folder / "clock").write_text(str(seconds))
        time.sleep(2)
    (world.folder / "clock").unlink()


def hang_up(world: World) -> None:
    """Let sixty clients disconnect at once, each somewhere else in its request."""
    body = HEAD + b"Content-Length: 400\r\n\r\n--b\r\nContent-Disposition: form-data; name=content; filename=f\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            with contextlib.suppress(OSError):
                link = stack.enter_context(connect(world.server.url))
                link.sendall((body + bytes(400))[: world.random.randrange(len(body) + 400)])
        time.sleep(0.5)


def send_slowly(world: World) -> None:
    """Let fifty clients send a byte at a time, each of them a body of 30 MB."""
    stop = threading.Event()
    threading.Timer(6, stop.set).start()
    service_clients.send_slowly(world.server.url, stop, 30_000_000)


FAULTS: tuple[Callable[[World], None], ...] = (
    *(kill_server, stop_server, kill_workers, freeze),
    *(fill_disk, slow_disk, jump_clock, hang_up, send_slowly),
)


def main() -> None:
    """Disturb the service until the time is over; exit with 1 if anything went wrong."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    seed = int.from_bytes(os.urandom(4))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: the disk and the server go with it
    times, recovery = dict.fromkeys(FAULTS, 0), dict.fromkeys(FAULTS, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), seed)
        ends = time.monotonic() + seconds
        try:
            world.recovered()
            while time.monotonic() < ends:
                fault = min(FAULTS, key=lambda each: (times[each], world.random.random()))
                world.fault = fault.__name__
                fault(world)
                times[fault] += 1
                recovery[fault] = max(recovery[fault], world.recovered())
            world.end_clients()
            world.fault = "at the end"
            states = world.check_jobs()
            kind = "a disk of its own" if world.mounted else "its own limit for a disk"
        finally:
            world.close()
    print(f"{seconds:g} s, seed {seed}, {kind}")
    print(f"{'fault':14} {'times':>6}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES) + f"{'recovery':>10}")
    for fault in FAULTS:
        counts = "".join(f"{world.counts[fault.__name__, outcome]:>11}" for outcome in OUTCOMES)
        print(f"{fault.__name__:14} {times[fault]:>6}{counts}{recovery[fault]:>8.1f} s")
    print("jobs:", ", ".join(f"{number} {state}" for state, number in states.items()))
    for words in world.wrong[:20]:
        print("wrong:", words)
    if world.wrong or max(recovery.values()) > RECOVERY_SECONDS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
