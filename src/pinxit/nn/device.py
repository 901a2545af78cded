"""Where PyTorch computes: the device, the number of threads, and sums that do not depend on that number."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from pinxit.errors import BadOption


def pick_device(name: str) -> torch.device:
    """Return the device of that name; ``auto`` takes CUDA, else MPS, else the CPU.

    Raises `BadOption` for a device that this machine does not have.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(device for device, present in available.items() if present))
    if not available.get(name):
        present = ", ".join(device for device in available if available[device])
        raise BadOption(f"no {name} device on this machine; it has {present}")
    return torch.device(name)


@contextmanager
def thread_count(count: int) -> Iterator[None]:
    """Let PyTorch compute with ``count`` threads, at most one per core; 0 leaves the number as it is."""
    before = torch.get_num_threads()
    threads = min(count, os.cpu_count() or count) or before
    if threads == before:
        yield
        return
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fixed_sum(values: Tensor) -> Tensor:
    """Return the sum of all values, (), the same with any number of threads.

    PyTorch divides a sum to one number among its threads. Along one axis at a time, each number is one thread's sum.
    """
    while values.ndim:
        values = values.sum(-1)
    return values
