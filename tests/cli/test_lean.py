"""How the command line loads numpy: as lean as it can be, and leaving nothing of that to others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pinxit.cli import LEAN

PROBE = """
import json, os, sys
from pinxit import cli
cli._import_numpy()
import numpy
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
print(json.dumps([threads, {name: os.environ.get(name) for name in cli.LEAN}]))
"""


def probe(**environment: str) -> tuple[int, dict[str, str | None]]:
    bare = {name: value for name, value in os.environ.items() if name not in LEAN}
    found = subprocess.run(
        [sys.executable, "-c", PROBE], check=True, capture_output=True, text=True, env={**bare, **environment}
    )
    threads, left = json.loads(found.stdout)
    return threads, left


def test_numpy_starts_no_threads_and_nothing_is_left_behind() -> None:
    assert probe() == (1, dict.fromkeys(LEAN))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir() or (os.cpu_count() or 1) < 2, reason="threads are not seen")
def test_what_the_user_set_stays() -> None:
    threads, left = probe(OPENBLAS_NUM_THREADS="2")
    assert threads == 2
    assert left == {"OPENBLAS_NUM_THREADS": "2", "NUMPY_MADVISE_HUGEPAGE": None}


def after(word: str, what: str) -> str:
    """Return what a process prints that runs pinxit with one word, and then prints ``what``."""
    program = f"import gc\nfrom pinxit import cli\ntry:\n  cli.main([{word!r}])\nexcept SystemExit:\n  print({what})"
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_garbage_is_looked_for_again_once_the_command_is_there() -> None:
    assert after("methods", "gc.isenabled(), gc.get_freeze_count() > 1000").endswith("True True\n")


def test_whoever_calls_has_its_garbage_looked_for_again_where_there_was_no_command() -> None:
    assert after("--version", "gc.isenabled()").endswith("True\n")
