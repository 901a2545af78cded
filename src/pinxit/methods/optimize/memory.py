"""How much memory a descent needs, how much there is, and the error where it runs out."""

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from pinxit.config.options import Look
from pinxit.errors import OutOfMemory
from pinxit.images import fit
from pinxit.methods.optimize.plan import SHORTEST

BASE_BYTES = 700 * 2**20
"""Python, PyTorch and VGG-19 with its weights flipped for the backward pass."""

BYTES_PER_PIXEL = {"float32": (2100, 1900), "bfloat16": (1750, 1500)}
"""Bytes of a step for each pixel of the picture, measured at 512 to 2048 px, by the precision of the convolutions.

First: all features of conv1_1 to conv5_1 are stored for the backward pass. Second: they are recomputed block by block
(Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016), which takes a third more time."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How a picture fits into memory."""

    recompute: bool
    """Whether features are recomputed in the backward pass instead of being stored."""
    needed: int
    """Bytes, estimated."""


def plan_memory(
    size: tuple[int, int], look: Look, budget: int, precision: str = "float32", factor: float = 1.0
) -> Memory:
    """Choose how to paint a picture of ``size`` within ``budget`` bytes; convolutions are computed in ``precision``.

    ``factor``  memory of the losses for each pixel, relative to `BYTES_PER_PIXEL`

    Raises `OutOfMemory` with the size that would fit.
    """
    choices = [Memory(recompute, _needed(size, look, recompute, precision, factor)) for recompute in (False, True)]
    for choice in choices:
        if choice.needed <= budget:
            return choice
    side = _largest(size, look, budget, precision, factor)
    raise OutOfMemory(
        f"painting {size[1]}x{size[0]} px by descent needs about {_gib(choices[-1].needed)} GiB of memory, "
        f"and {_gib(budget)} GiB are free; {f'--size {side} fits' if side else 'free some memory'}"
    )


def _needed(size: tuple[int, int], look: Look, recompute: bool, precision: str, factor: float) -> int:
    pixels = max(size[0] * size[1], round(max(size) * look.style_scale) ** 2 // 3)  # the style's features are not kept
    return BASE_BYTES + round(factor * pixels * BYTES_PER_PIXEL[precision][recompute])


def _largest(size: tuple[int, int], look: Look, budget: int, precision: str, factor: float) -> int:
    """Return the largest long side of 16, 32 ... px, below that of ``size``, that fits; 0 if none does."""
    for side in range((max(size) - 1) // 16 * 16, SHORTEST - 1, -16):
        short = min(fit(size, side)) + 1  # a content's own proportions may round up where those of ``size`` do not
        if _needed((side, max(SHORTEST, short)), look, True, precision, factor) <= budget:
            return side
    return 0


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"


def trim_heap() -> None:
    """Return freed memory to the system: glibc keeps freed blocks below 32 MiB, which earlier levels left."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries lack it, and need it less
        if trim:
            trim(0)


UNKNOWN_FREE = 8 * 2**30
"""Bytes assumed free where the system does not tell."""


def free_memory(device: torch.device) -> int:
    """Return the bytes that painting on ``device`` may still take."""
    if device.type != "cuda":  # MPS shares the machine's memory
        return free_main_memory()
    return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def free_main_memory() -> int:
    """Return the bytes that this process may still take: what the system, its control group and ulimit leave free."""
    names = getattr(os, "sysconf_names", {})  # macOS tells its pages but not the free ones, Windows neither
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_AVPHYS_PAGES" in names else UNKNOWN_FREE
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    limit, used = (_lines(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit and used and limit[0].isdigit():
        free = min(free, int(limit[0]) - int(used[0]))
    return min(free, _left_by_ulimit())


def _left_by_ulimit() -> int:
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
