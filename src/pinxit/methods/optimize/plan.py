"""The plan of a painting, made before it begins: the sizes from coarse to fine, the steps at each, the memory."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pinxit.config.options import Look, Optimize
from pinxit.errors import OutOfMemory
from pinxit.images import fit

COARSEST = 128
"""Long side, px, of the first of the levels that pinxit chooses: an eighth of the strokes' usual reach in conv5_1."""

SHORTEST = 16
"""Least side of a level, px: conv5_1 has one position for each 16."""

STEPS_AT_COARSEST = 60
"""Steps at 128 px; larger levels take fewer, since they only refine: 60, 42, 30, 21, 15 at 128, 256 ... 2048 px."""

HISTORY = 10
"""Pairs of vectors that L-BFGS keeps; 30 measured no better. Most programs keep 100, at ten times the memory."""


@dataclass(frozen=True, slots=True)
class Level:
    """One size on the way."""

    size: tuple[int, int]
    """(height, width), px."""
    steps: int


def levels(size: tuple[int, int], options: Optimize) -> tuple[Level, ...]:
    """Return the levels from coarse to fine for a picture of ``size``, (height, width), each half the next."""
    long_side = max(size)
    wanted = options.levels or 1 + max(0, (long_side // COARSEST).bit_length() - 1)
    sides = [long_side >> power for power in reversed(range(wanted))]
    sizes = [size if side == long_side else fit(size, side) for side in sides]
    large = [each for each in sizes[:-1] if min(each) >= SHORTEST]
    return tuple(Level(each, steps_at(each, size, options)) for each in [*large, size])


def steps_at(level: tuple[int, int], size: tuple[int, int], options: Optimize) -> int:
    """Return the steps of one level: as many as are asked for at the full ``size``, by the same rule elsewhere."""

    def rule(side: int) -> float:
        return STEPS_AT_COARSEST * math.sqrt(COARSEST / max(side, COARSEST))

    asked = options.steps / rule(max(size)) if options.steps else 1.0
    return max(1, round(asked * rule(max(level))))


BASE_BYTES = 700 * 2**20
"""Python, PyTorch and VGG-19 with its weights turned for the backward pass."""

BYTES_PER_PIXEL = {"float32": (2100, 1900), "bfloat16": (1750, 1500)}
"""Bytes of a step for each pixel of the picture, as measured at 512 to 2048 px, by the convolutions' precision.

First: keeping every feature of conv1_1 to conv5_1 for the backward pass. Second: computing them again block by block
(Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016), which costs a third more time."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How a picture fits into memory."""

    recompute: bool
    """Whether features are computed again in the backward pass instead of being kept."""
    needed: int
    """Bytes, estimated."""


def plan_memory(size: tuple[int, int], look: Look, budget: int, precision: str = "float32") -> Memory:
    """Choose how to paint a picture of ``size`` within ``budget`` bytes; convolutions are computed in ``precision``.

    Raises `OutOfMemory` with the size that would fit.
    """
    ways = [Memory(recompute, _needed(size, look, recompute, precision)) for recompute in (False, True)]
    for way in ways:
        if way.needed <= budget:
            return way
    side = _largest(size, look, budget, precision)
    raise OutOfMemory(
        f"painting {size[1]}x{size[0]} px by descent needs about {_gib(ways[-1].needed)} GiB of memory, "
        f"and {_gib(budget)} GiB are free; {f'--size {side} fits' if side else 'free some memory'}"
    )


def _needed(size: tuple[int, int], look: Look, recompute: bool, precision: str) -> int:
    pixels = max(size[0] * size[1], round(max(size) * look.style_scale) ** 2 // 3)  # the style's features are not kept
    return BASE_BYTES + pixels * BYTES_PER_PIXEL[precision][recompute]


def _largest(size: tuple[int, int], look: Look, budget: int, precision: str) -> int:
    """Return the largest long side of 16, 32 ... px, below that of ``size``, that fits; 0 if none does."""
    for side in range((max(size) - 1) // 16 * 16, SHORTEST - 1, -16):
        short = min(fit(size, side)) + 1  # a content's own proportions may round up where those of ``size`` do not
        if _needed((side, max(SHORTEST, short)), look, True, precision) <= budget:
            return side
    return 0


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"


def give_back() -> None:
    """Return to the system what is freed but still held: glibc keeps pieces below 32 MiB for smaller levels to come."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries lack it, and need it less
        if trim:
            trim(0)


UNKNOWN_FREE = 8 * 2**30
"""What is taken for free where the system does not tell."""


def free_memory() -> int:
    """Return the bytes that this process may still take: what the system and its control group leave free."""
    known = getattr(os, "sysconf_names", {})  # macOS tells its pages but not the free ones, Windows neither
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_AVPHYS_PAGES" in known else UNKNOWN_FREE
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    limit, used = (_lines(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit and used and limit[0].isdigit():
        free = min(free, int(limit[0]) - int(used[0]))
    return min(free, _unlimited())


def _unlimited() -> int:
    """Return the bytes that this process' own limit of data (``ulimit -d``) leaves it; very many where it has none."""
    data = [line.split()[1] for line in _lines("/proc/self/status") if line.startswith("VmData:")]
    for line in _lines("/proc/self/limits"):
        if line.startswith("Max data size") and (soft := line.split()[3]).isdigit() and data:
            return max(0, int(soft) - 1024 * int(data[0]))
    return sys.maxsize


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("ascii").splitlines()
    except OSError:
        return []
