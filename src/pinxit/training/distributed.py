"""One process or several, as ``torchrun`` starts them."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pinxit.nn.device import pick_device


@dataclass(frozen=True, slots=True)
class Group:
    """The processes that train together, each on a device of its own."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def broadcast(self, *values: float) -> list[float]:
        """Return the main process's values in every process: clocks differ, but all must act alike."""
        if self.size == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(tensor, 0)
        return [float(value) for value in tensor]

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of the processes' values."""
        if self.size > 1:
            values = values.clone()
            dist.all_reduce(values)
        return values / self.size

    def data_parallel(self, network: nn.Module) -> nn.Module:
        """Return the network so that its gradients are the mean over all processes."""
        if self.size == 1:
            return network
        devices = [self.device.index] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(network, device_ids=devices)


@contextlib.contextmanager
def init_distributed(device: str) -> Iterator[Group]:
    """Join the processes that ``torchrun`` started, one GPU each; without it, a group of one.

    Raises `BadOption` for a device that does not exist.
    """
    own_device = pick_device(device)
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if own_device.type == "cuda":
        own_device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(own_device)
    if size == 1:
        yield Group(0, 1, own_device)
        return
    if own_device.type == "cuda":
        dist.init_process_group("nccl", device_id=own_device)
    else:
        dist.init_process_group("gloo")
    try:
        yield Group(rank, size, own_device)
        dist.barrier()  # the main process may still be writing: one that leaves earlier closes the connection
    finally:
        gc.collect()  # frees what still holds the group: freed at the interpreter's end, it aborts
        dist.destroy_process_group()
