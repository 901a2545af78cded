"""In what arithmetic the networks are taught."""

from __future__ import annotations

import torch
from torch import Tensor

from pinxit.nn import convolution


def half(device: torch.device, precision: str) -> bool:
    """Return whether to compute in bfloat16; ``auto`` does where the hardware gains by it."""
    quick = device.type == "cuda" or (device.type == "cpu" and torch.cpu._is_avx512_bf16_supported())
    return precision == "bfloat16" or (precision == "auto" and quick)


def convolved(device: torch.device, precision: str) -> convolution.Convolution:
    """Return how the loss network convolves."""
    return convolution.bfloat16 if half(device, precision) else convolution.direct


def last(x: Tensor) -> Tensor:
    """Return ``x`` with its channels last in memory, as convolutions like it."""
    return x.contiguous(memory_format=torch.channels_last)
