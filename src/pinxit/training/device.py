"""What networks are trained on, and in which arithmetic: one process or several, as ``torchrun`` starts them."""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pinxit.errors import PinxitError
from pinxit.nn import vgg_weights
from pinxit.nn.convolution import bfloat16, direct
from pinxit.nn.device import pick_device
from pinxit.nn.vgg import VGG19

M = TypeVar("M", bound=nn.Module)
T = TypeVar("T")


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

    def from_main(self, load: Callable[[], T]) -> T:
        """Return in every process what ``load`` returns in the main one, or raise its error: only that one need have
        the files.
        """
        if self.size == 1:
            return load()
        result: list[T | PinxitError | None] = [None]
        if self.is_main:
            try:
                result = [load()]
            except PinxitError as error:
                result = [error]
        dist.broadcast_object_list(result, 0, device=self.device)
        if isinstance(result[0], PinxitError):
            raise result[0]
        return cast(T, result[0])

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
    is_cuda = own_device.type == "cuda"
    dist.init_process_group("nccl" if is_cuda else "gloo", device_id=own_device if is_cuda else None)
    try:
        yield Group(rank, size, own_device)
        dist.barrier()  # the main process may still be writing: one that leaves earlier closes the connection
    finally:
        gc.collect()  # frees what still holds the group: freed at the interpreter's end, it aborts
        dist.destroy_process_group()


def use_bfloat16(device: torch.device, precision: str) -> bool:
    """Return whether to compute in bfloat16; ``auto`` does where the hardware is faster at it."""
    is_fast = device.type == "cuda" or (device.type == "cpu" and torch.cpu._is_avx512_bf16_supported())
    return precision == "bfloat16" or (precision == "auto" and is_fast)


def loss_network(weights: str, layers: set[str], device: torch.device, precision: str) -> VGG19:
    """Return VGG-19 with the features of ``layers``, on ``device``."""
    convolution = bfloat16 if use_bfloat16(device, precision) else direct
    return VGG19(vgg_weights.load(weights), layers, convolution=convolution).to(device)


def channels_last(x: Tensor) -> Tensor:
    """Return ``x`` with its channels last in memory, which makes convolutions faster."""
    return x.contiguous(memory_format=torch.channels_last)


def on_device(network: M, device: torch.device) -> M:
    """Move a network to ``device``, its convolutions channels last; return it."""
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
