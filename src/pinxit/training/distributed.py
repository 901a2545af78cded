"""One process or several, as ``torchrun`` starts them: who am I, and what do the others say?"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pinxit.nn.device import pick_device


@dataclass(frozen=True, slots=True)
class Group:
    """The processes that train together; each has a device of its own."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def leader_says(self, *values: float) -> list[float]:
        """Return the first process' values in every process: clocks differ, and all must act alike."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(told, 0)
        return [float(value) for value in told]

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of the processes' values."""
        if self.size > 1:
            values = values.clone()
            dist.all_reduce(values)
        return values / self.size

    def together(self, network: nn.Module) -> nn.Module:
        """Return the network so that its gradients are the mean over all processes."""
        if self.size == 1:
            return network
        places = [self.device.index] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(network, device_ids=places)


@contextlib.contextmanager
def joined(device: str) -> Iterator[Group]:
    """Join the processes that ``torchrun`` started, one GPU each; alone where it did not.

    Raises `BadOption` for a device that is not there.
    """
    place = pick_device(device)
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if place.type == "cuda":
        place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(place)
    if size == 1:
        yield Group(0, 1, place)
        return
    how: dict[str, Any] = {"device_id": place} if place.type == "cuda" else {}
    dist.init_process_group("nccl" if place.type == "cuda" else "gloo", **how)
    try:
        yield Group(rank, size, place)
        dist.barrier()  # the leader may still be writing: a process that leaves earlier takes the connection with it
    finally:
        gc.collect()  # what still holds the group must not outlive it: freed at the interpreter's end, it aborts
        dist.destroy_process_group()
