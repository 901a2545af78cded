"""The arithmetic in which networks are trained."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

from pinxit.nn import convolution

M = TypeVar("M", bound=nn.Module)


def use_bfloat16(device: torch.device, precision: str) -> bool:
    """Return whether to compute in bfloat16; ``auto`` does where the hardware is faster at it."""
    fast = device.type == "cuda" or (device.type == "cpu" and torch.cpu._is_avx512_bf16_supported())
    return precision == "bfloat16" or (precision == "auto" and fast)


def vgg_convolution(device: torch.device, precision: str) -> convolution.Convolution:
    """Return the convolution that the loss network uses."""
    return convolution.bfloat16 if use_bfloat16(device, precision) else convolution.direct


def channels_last(x: Tensor) -> Tensor:
    """Return ``x`` with its channels last in memory, which makes convolutions faster."""
    return x.contiguous(memory_format=torch.channels_last)


def on_device(network: M, device: torch.device) -> M:
    """Move a network to ``device``, its convolutions channels last; return it."""
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
