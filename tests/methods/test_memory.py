"""How much memory a descent is planned for, and how much there is."""

from __future__ import annotations

import ctypes
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.config.options import Look
from pinxit.errors import OutOfMemory
from pinxit.images import fit
from pinxit.methods.optimize import memory
from pinxit.methods.optimize.memory import plan_memory
from pinxit.methods.optimize.plan import SHORTEST

GIB = 2**30
sides = st.integers(SHORTEST, 8192)
sizes = st.tuples(sides, sides)


def test_memory_chooses_the_faster_way_that_fits() -> None:
    keeping = plan_memory((512, 512), Look(), 64 * GIB)
    again = plan_memory((512, 512), Look(), keeping.needed - 1)
    assert not keeping.recompute
    assert again.recompute
    assert again.needed < keeping.needed


def test_a_large_picture_of_strokes_counts_too() -> None:
    small, large = (plan_memory((256, 256), Look(style_scale=scale), 512 * GIB).needed for scale in (0.1, 4.0))
    assert large > small


def refusal(size: tuple[int, int], budget: int, look: Look) -> str:
    """The message, or '' where it fits."""
    try:
        plan_memory(size, look, budget)
    except OutOfMemory as error:
        return str(error)
    return ""


def painted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size of a picture of ``size`` painted with ``--size side``, padded."""
    height, width = fit(size, side)
    return max(SHORTEST, height), max(SHORTEST, width)


@given(sizes, st.integers(0, 64 * GIB), st.sampled_from([0.1, 0.5, 1.0, 2.0, 4.0]))
def test_a_refusal_names_a_size_that_fits(size: tuple[int, int], budget: int, scale: float) -> None:
    look = Look(style_scale=scale)
    said = refusal(size, budget, look)
    named = re.search(r"--size (\d+) fits", said)
    if named:
        side = int(named[1])
        assert SHORTEST <= side < max(size)
        assert refusal(painted(size, side), budget, look) == ""
        assert side + 32 >= max(size) or refusal(painted(size, side + 32), budget, look), "and hardly a larger one"
    else:
        assert not said or "free some memory" in said


@given(st.tuples(st.integers(SHORTEST, 20_000), st.integers(SHORTEST, 20_000)), st.integers(500, 4096), st.data())
def test_a_refusal_names_a_size_that_fits_the_content_not_only_the_picture_refused(
    content: tuple[int, int], asked: int, data: st.DataObject
) -> None:
    """Budgets of exactly as many pixels as some smaller size has before its sides are rounded, up or down."""
    size = painted(content, asked)
    side = 16 * data.draw(st.integers(1, max(size) // 16))
    pixels = math.ceil(size[0] * size[1] * (side / max(size)) ** 2)
    budget = memory.BASE_BYTES + pixels * memory.GRAM["float32"][1]
    named = re.search(r"--size (\d+) fits", refusal(size, budget, Look()))
    if named:
        assert refusal(painted(content, int(named[1])), budget, Look()) == ""


@given(sizes, st.integers(0, 64 * GIB))
def test_more_memory_never_hurts(size: tuple[int, int], budget: int) -> None:
    if not refusal(size, budget, Look()):
        assert plan_memory(size, Look(), budget).needed <= budget
        assert not refusal(size, budget + GIB, Look())


def test_half_precision_needs_less_so_that_8_gb_hold_2048_px() -> None:
    whole, half = (plan_memory((2048, 2048), Look(), 512 * GIB, each).needed for each in memory.GRAM.values())
    assert half < whole
    assert plan_memory((2048, 2048), Look(), 8 * 10**9, memory.GRAM["bfloat16"]).recompute
    with pytest.raises(OutOfMemory):
        plan_memory((2048, 2048), Look(), 8 * 10**9)


def test_a_refusal_says_what_is_needed_and_what_is_there() -> None:
    said = refusal((8192, 8192), 4 * GIB, Look())
    assert re.fullmatch(r"painting 8192x8192 px by descent needs about [\d.]+ GiB of memory, .* 4\.0 GiB .*", said)


def test_the_free_memory_of_this_machine() -> None:
    assert 0 < memory.free_main_memory() < 2**50


def test_a_control_group_limits_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": ["MemTotal: 99 kB", "MemAvailable:   2097152 kB"],
        "/sys/fs/cgroup/memory.max": ["max"],
        "/sys/fs/cgroup/memory.current": ["1000"],
    }
    monkeypatch.setattr(memory, "_lines", lambda path: files.get(path, []))
    assert memory.free_main_memory() == 2 * GIB
    files["/sys/fs/cgroup/memory.max"] = [str(GIB)]
    assert memory.free_main_memory() == GIB - 1000


def test_a_limit_of_data_limits_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": ["MemAvailable:   8388608 kB"],
        "/proc/self/status": ["VmData:    1048576 kB"],
        "/proc/self/limits": [f"Max data size             {3 * GIB}           unlimited            bytes     "],
    }
    monkeypatch.setattr(memory, "_lines", lambda path: files.get(path, []))
    assert memory.free_main_memory() == 2 * GIB
    files["/proc/self/limits"] = ["Max data size             unlimited            unlimited            bytes     "]
    assert memory.free_main_memory() == 8 * GIB


def test_what_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    assert memory._lines(str(tmp_path / "none")) == []


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs the GNU C library")
def test_freed_memory_goes_back_to_the_system() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    pieces = [np.ones(2**13, np.float32) for _ in range(4000)]  # 128 MB in pieces that are too small for mmap
    remaining = pieces[::100]
    del pieces
    before = resident()
    memory.trim_heap()
    assert resident() < before - 60 * 2**20
    assert len(remaining) == 40


def test_losses_that_take_more_memory_fit_smaller_pictures() -> None:
    usual, more = (plan_memory((512, 512), Look(), 64 * GIB, (factor * 1000, 900)).needed for factor in (1, 2))
    assert more - memory.BASE_BYTES == 2 * (usual - memory.BASE_BYTES)
    with pytest.raises(OutOfMemory, match=r"--size \d+ fits"):
        plan_memory((1024, 1024), Look(), usual, (2000, 1800))


def test_a_large_picture_takes_little_memory_however_much_there_is() -> None:
    planned = plan_memory((1056, 1056), Look(), 512 * GIB, memory.NEIGHBORS["float32"])
    assert planned.recompute
    assert planned.needed < 3.2e9
