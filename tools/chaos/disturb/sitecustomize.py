"""Disturbs every Python process that has this folder in its path: a slow disk, and a clock that jumps.

The files ``slow`` and ``clock`` in the folder CHAOS, while they exist, hold the seconds that each flush to the disk
takes at most, and those by which the clock is wrong.
"""

import os
import random
import time
from pathlib import Path

FOLDER = Path(os.environ.get("CHAOS", "/nowhere"))
_fsync, _time, _time_ns = os.fsync, time.time, time.time_ns


def _seconds(name: str) -> float:
    try:
        return float((FOLDER / name).read_text("ascii"))
    except (OSError, ValueError):
        return 0.0


def fsync(fd: int) -> None:
    """Flush a file, late."""
    time.sleep(random.random() * _seconds("slow"))
    _fsync(fd)


def wrong_time() -> float:
    """Return the wrong time."""
    return _time() + _seconds("clock")


def wrong_time_ns() -> int:
    """Return the wrong time in nanoseconds."""
    return _time_ns() + int(_seconds("clock") * 1e9)


os.fsync, time.time, time.time_ns = fsync, wrong_time, wrong_time_ns  # type: ignore[assignment]
