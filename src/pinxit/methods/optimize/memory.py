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

BytesPerPixel = tuple[int, int]
"""Bytes of a step for each pixel of the picture.

First: all features are stored for the backward pass. Second: they are recomputed block by block (Chen et al., "Training
Deep Nets with Sublinear Memory Cost", 2016), which takes a third more time."""
GRAM: dict[str, BytesPerPixel] = {"float32": (2100, 1900), "bfloat16": (1750, 1500)}
"""Of Gram matrices up to conv5_1, measured at 512 to 2048 px, by the precision of the convolutions."""
NEIGHBORS: dict[str, BytesPerPixel] = {"float32": (3800, 2150), "bfloat16": (2900, 2000)}
"""Of the losses ``neighbors``: 1.8 GB measured at 512 px in float32, and recomputed 2.9 GB in the first steps of
1024 px. bfloat16 was not measured."""
STORED_MOST = 3 * 2**30
"""Features are stored only where the whole picture then needs at most so many bytes."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How a picture fits into memory."""

    recompute: bool
    """Whether features are recomputed in the backward pass instead of being stored."""
    needed: int
    """Bytes, estimated."""


def plan_memory(size: tuple[int, int], look: Look, budget: int, per_pixel: BytesPerPixel = GRAM["float32"]) -> Memory:
    """Choose how to paint a picture of ``size`` within ``budget`` bytes.

    Raises `OutOfMemory` with the size that would fit.
    """
    stored, recomputed = (Memory(recompute, _needed(size, look, per_pixel[recompute])) for recompute in (False, True))
    if stored.needed <= min(budget, STORED_MOST):
        return stored
    if recomputed.needed <= budget:
        return recomputed
    side = _largest(size, look, budget, per_pixel[True])
    raise OutOfMemory(
        f"painting {size[1]}x{size[0]} px by descent needs about {_gib(recomputed.needed)} GiB of memory, "
        f"and {_gib(budget)} GiB are free; {f'--size {side} fits' if side else 'free some memory'}"
    )


def _needed(size: tuple[int, int], look: Look, per_pixel: int) -> int:
    pixels = max(size[0] * size[1], round(max(size) * look.style_scale) ** 2 // 3)  # the style's features are not kept
    return BASE_BYTES + pixels * per_pixel


def _largest(size: tuple[int, int], look: Look, budget: int, per_pixel: int) -> int:
    """Return the largest long side of 16, 32 ... px, below that of ``size``, that fits; 0 if none does."""
    for side in range((max(size) - 1) // 16 * 16, SHORTEST - 1, -16):
        short = min(fit(size, side)) + 1  # a content's own proportions may round up where those of ``size`` do not
        if _needed((side, max(SHORTEST, short)), look, per_pixel) <= budget:
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
