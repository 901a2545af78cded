"""Runs a program as a process, from start to exit, and measures it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes: getrusage(2) counts in bytes on macOS, else in KiB


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used, by the kernel's account (``wait4``), with its finished children."""

    exit_code: int
    """As `subprocess.Popen.returncode`: negative is the signal that ended it."""
    started: float
    """Seconds since the epoch, as files' dates count."""
    seconds: float
    cpu_seconds: float
    """User and system time of all its threads."""
    peak_bytes: int | None
    """Largest resident memory; None where it cannot be measured: see `measure`."""
    output: tuple[tuple[float, str], ...]
    """Every line that it printed, with the seconds from its start to the line's arrival."""


def measure(command: list[str], log: Path) -> Usage:
    """Run ``command`` to its end, its output and errors going to the file ``log``.

    Call it from a small process: a child's peak memory starts at that of the process it was forked from, so one not
    above the caller's own is no measurement, and is None.
    """
    # A line arrives when it is printed; and a checkout keeps its bytecode, as an installed program does.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
    started, clock = time.time(), time.perf_counter()
    with (
        log.open("wb") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as process,
    ):
        try:
            output = _follow(process.stdout, file, clock)
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()  # leaving the block waits for it
            raise
        seconds = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait again for who is gone
    peak = used.ru_maxrss * _MAXRSS_UNIT
    return Usage(
        exit_code=process.returncode,
        started=started,
        seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_bytes=peak if peak > own_peak() else None,
        output=output,
    )


def _follow(stream: IO[bytes] | None, file: IO[bytes], clock: float) -> tuple[tuple[float, str], ...]:
    """Copy ``stream`` to ``file`` to its end; return its lines, each with its time of arrival."""
    lines: list[tuple[float, str]] = []
    for line in stream or ():
        lines.append((time.perf_counter() - clock, line.decode(errors="replace").rstrip()))
        file.write(line)
        file.flush()
    return tuple(lines)


def own_peak() -> int:
    """Return the largest resident memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
