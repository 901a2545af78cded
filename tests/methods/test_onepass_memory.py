"""A process that may have little memory paints all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pinxit
from pinxit.errors import OutOfMemory
from pinxit.methods.onepass import network as model

resource = pytest.importorskip("resource", reason="Windows sets no such limits")

PROGRAM = """
import resource, sys
import numpy as np
import pinxit
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
picture = np.random.default_rng(0).random((48, 64, 3), np.float32)
print(pinxit.stylize(picture, picture[::-1].copy(), method="adain", threads=1).image.shape)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts all memory in this limit")
def test_it_paints_within_a_limit_that_what_is_shared_would_not_fit(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, str(program), str(400 << 20)], capture_output=True, text=True)
    assert done.stdout.strip() == "(48, 64, 3)", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts all memory in this limit")
def test_what_does_not_fit_is_said_to_be_too_large(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    large = PROGRAM.replace("(48, 64, 3)", "(1500, 2000, 3)").replace("threads=1", "threads=1, size=2000")
    program.write_text(large, encoding="utf-8")
    done = subprocess.run([sys.executable, str(program), str(500 << 20)], capture_output=True, text=True)
    assert "OutOfMemory: memory ran out while painting" in done.stderr


@pytest.mark.parametrize(("which", "factor", "room"), [("DATA", 4, True), ("DATA", 3.9, False), ("AS", 3.9, False)])
def test_who_has_little_room_shares_nothing(
    which: str, factor: float, room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {getattr(resource, f"RLIMIT_{which}"): int(factor * model.ARENA)}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limits.get(kind, resource.RLIM_INFINITY),) * 2)
    assert model._has_room() is room


def test_memory_that_runs_out_beside_the_network_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(*arguments: object, **options: object) -> None:
        raise MemoryError("Unable to allocate 26.7 MiB for an array")

    monkeypatch.setattr("pinxit.methods.onepass.any_style.AnyStyleStylizer.steps", steps)
    picture = np.full((48, 64, 3), 0.5, np.float32)
    with pytest.raises(OutOfMemory, match="a smaller --size"):
        pinxit.stylize(picture, picture, method="adain")
