"""Feeds pinxit damaged files and checks what it promises: a result or a `PinxitError`, within 5 s of CPU time and 1 GB.

Hypothesis changes good files: their bytes, or their fields, with checksums that fit again. Nothing but the file that is
given may be opened. An input that breaks a promise is made as small as possible and saved; it should become a test.
Films are read in processes of their own, which a decoder may crash.

    python tools/fuzz/fuzz.py --seconds 60
    python tools/fuzz/fuzz.py network style recipe --cases 20000
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import logging
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import films
import forms
import targets
from changes import Target
from hypothesis import HealthCheck, Phase, given, seed, settings

import pinxit
from pinxit.errors import PinxitError

SECONDS, BYTES = 5.0, 1 << 30
HANG = 60.0  # seconds after which a case that never ends is given up, and the process with it
ROOM = 4 * BYTES  # of address space that a process of its own may take beyond what it has
BATCH = 100  # cases between two looks at the clock
HARMLESS = ("/proc/", "/dev/null", "/sys/", str(Path(sys.prefix)), str(Path(pinxit.__file__).parent), sys.base_prefix)
"""Where files may be opened whatever the input says: libraries, and what they ask the system."""
TARGETS: dict[str, Callable[[], Target]] = {
    "network": targets.networks,
    "style": targets.codes,
    "recipe": targets.recipes,
    "picture": targets.pictures,
    "film": films.films,
    "form": forms.requests,
}


@dataclass(slots=True)
class Worst:
    """The number of cases, and the most that one of them took."""

    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Broken(AssertionError):
    """A promise that an input broke."""


class Watcher:
    """Runs one case after the other, and raises `Broken` for one that breaks a promise."""

    def __init__(self, current: Path) -> None:
        self.current, self.worst, self.opened = current, Worst(), set[str]()
        self.active = False
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.active and isinstance(arguments[0], str | bytes):
            self.opened.add(os.fsdecode(arguments[0]))

    def check(self, target: Target, data: bytes) -> None:
        """Read one input."""
        self.current.write_bytes(data)
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
        before, started, self.active = peak_bytes(), time.process_time(), True
        faulthandler.dump_traceback_later(HANG, exit=True, file=sys.__stderr__ or sys.stderr)
        refused = 0
        try:
            target.read(data)
        except PinxitError:
            refused = 1
        finally:
            faulthandler.cancel_dump_traceback_later()
            self.active = False
        seconds, memory = time.process_time() - started, peak_bytes() - before
        worst, temporary = self.worst, tempfile.gettempdir()
        worst.cases, worst.refused = worst.cases + 1, worst.refused + refused
        worst.seconds, worst.bytes = max(worst.seconds, seconds), max(worst.bytes, memory)
        escaped = {path for path in self.opened if not path.startswith((*HARMLESS, temporary))}
        self.opened.clear()
        if escaped or seconds > SECONDS or memory > BYTES:
            raise Broken(f"{seconds:.1f} s, {memory / 1e6:.0f} MB, opened {sorted(escaped)}")


def peak_bytes() -> int:
    """Return the most memory that this process had since its peak was reset."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def batch(watcher: Watcher, target: Target, cases: int, number: int) -> str:
    """Check so many inputs; return what was wrong with one. The last one that failed is the smallest."""

    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(target.inputs)
    def run(data: bytes) -> None:
        watcher.check(target, data)

    try:
        run()
    except Exception as error:  # whatever is no PinxitError
        causes = error.exceptions if isinstance(error, ExceptionGroup) else [error]  # of a flaky failure
        return "; ".join(f"{type(each).__name__}: {each}"[:300] for each in causes)
    return ""


def batch_apart(watcher: Watcher, target: Target, cases: int, number: int) -> str:
    """Do as `batch`, in a process of its own with limits."""

    def run(answer: Connection) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with this process
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))
        answer.send((batch(watcher, target, cases, number), watcher.worst))

    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=run, args=(sending,), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other targets' threads are not needed there
        process.start()
    sending.close()
    try:
        wrong, watcher.worst = receiving.recv()
    except EOFError:
        process.join()
        return f"its process ended with {process.exitcode}"
    process.join()
    return str(wrong)


def turns(names: Sequence[str], cases: int, seconds: float) -> Iterator[tuple[str, int]]:
    """Yield a target and a number of cases, turn about, until the cases or the seconds are used up."""
    started, left = time.monotonic(), dict.fromkeys(names, -(-cases // len(names)) if cases else 10**12)
    while any(left.values()):
        for name in names:
            count = min(BATCH, left[name])
            if not cases and time.monotonic() - started > seconds:
                return
            if count:
                left[name] -= count
                yield name, count


def save(data: bytes, name: str, folder: Path) -> Path:
    """Save an input that failed; return its path."""
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, print a table, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help=f"what to damage: {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--cases", type=int, default=0, help="how many, in all, instead of a time")
    parser.add_argument("--seed", type=int, default=0, help="number to begin with; the same one gives the same inputs")
    parser.add_argument("--output", type=Path, default=Path("fuzz-failures"), help="folder for inputs that fail")
    asked = parser.parse_args(arguments)
    logging.getLogger().addHandler(logging.NullHandler())  # of what libraries say of damaged input
    names = asked.targets or list(TARGETS)
    chosen = {name: TARGETS[name]() for name in names}
    for target in chosen.values():
        target.read(target.good)  # also loads what is loaded once
    worst, failures = dict[str, Worst](), 0
    with tempfile.TemporaryDirectory() as folder:
        watcher = Watcher(Path(folder) / "current")
        for number, (name, cases) in enumerate(turns(names, asked.cases, asked.seconds), asked.seed):
            watcher.worst = worst.setdefault(name, Worst())
            run = batch_apart if chosen[name].apart else batch
            try:
                wrong = run(watcher, chosen[name], cases, number)
            except KeyboardInterrupt:
                break
            worst[name] = watcher.worst
            if wrong:
                failures += 1
                print(f"{save(watcher.current.read_bytes(), name, asked.output)}: {wrong}", file=sys.stderr)
    print(f"{'target':10} {'cases':>8} {'refused':>8} {'slowest':>9} {'memory':>9}")
    for name, each in worst.items():
        print(f"{name:10} {each.cases:8} {each.refused:8} {each.seconds:7.2f} s {each.bytes / 1e6:6.0f} MB")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
