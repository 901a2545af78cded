"""How many cores there are to compute with."""

from __future__ import annotations

import os


def allowed() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
