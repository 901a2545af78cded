"""Where measurements find the project, and where they leave what they made."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The project."""
OUT = ROOT / "benchmarks" / "out"
"""Pictures, records and logs; not part of the repository."""
RESULTS = ROOT / "benchmarks" / "results"
"""Pages of figures, written with ``--report`` or ``--publish``."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, '' where there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
