"""The fuzzing tool: good files pass, damaged ones are refused, and a broken promise is found and saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pinxit.errors import BadImage

sys.path.insert(0, str(Path(__file__).parent.parent / "tools" / "fuzz"))

import changes
import fuzz

if not Path("/proc/self/clear_refs").exists():
    pytest.skip("the tool measures memory as Linux does", allow_module_level=True)


def test_damaged_files_break_no_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--cases", "180", "--seed", "7", "--output", str(tmp_path)]) == 0
    rows = {row.split()[0]: row.split()[1:3] for row in capsys.readouterr().out.splitlines()[1:]}
    assert set(rows) == set(fuzz.TARGETS)
    for cases, refused in rows.values():
        assert 10 < int(refused) <= int(cases) == 30
    assert list(tmp_path.iterdir()) == []


def crash(data: bytes) -> None:
    if data.startswith(b"b"):
        raise KeyError("bug")
    if data:
        raise BadImage("as promised")


def slow(data: bytes) -> None:
    if data.startswith(b"b"):
        sum(range(3_000_000))


def large(data: bytes) -> None:
    if data.startswith(b"b"):
        bytearray(b"x") * 50_000_000


def opens(data: bytes) -> None:
    if data.startswith(b"b"):
        Path("/etc/hostname").read_bytes()


@pytest.mark.parametrize("read", [crash, slow, large, opens])
def test_a_broken_promise_is_found_and_saved(
    read: Callable[[bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if read is opens and not Path("/etc/hostname").exists():
        pytest.skip("needs a file to open")
    target = changes.Target(b"", st.sampled_from([b"a", b"b", b"bb"]), read)
    monkeypatch.setattr(fuzz, "TARGETS", {"one": lambda: target})
    monkeypatch.setattr(fuzz, "SECONDS", 0.01)
    monkeypatch.setattr(fuzz, "BYTES", 20_000_000)
    assert fuzz.main(["--cases", "20", "--output", str(tmp_path)]) == 1
    assert {path.read_bytes()[:1] for path in tmp_path.iterdir()} == {b"b"}
