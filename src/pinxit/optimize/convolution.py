"""The 3x3 convolution, which takes nine tenths of a step's time, by the fastest way this machine has.

Each way computes the same thing, ``relu(x * w + b)`` with zero padding 1 and stride 1, and its
gradient with respect to ``x`` (VGG-19 itself is never trained):

``winograd``   NNPACK's F(6x6, 3x3) minimal filtering (Lavin & Gray, "Fast Algorithms for
               Convolutional Neural Networks", 2016), on x86 CPUs: about 5 times fewer
               multiplications, at an error near 1e-5 of the largest value
``bfloat16``   oneDNN in bfloat16 and channels_last, on CPUs with AVX-512 BF16 or AMX
``direct``     whatever `torch.nn.functional.conv2d` chooses: GPUs, and all other CPUs

The choice depends on the machine's abilities and the sizes alone, never on timing, so that the
same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Convolution = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(B, I, H, W), (O, I, 3, 3), (O,) -> relu of the convolution, (B, O, H, W)."""

WINOGRAD_MIN_PIXELS = 32 * 32
"""Below this many pixels the transform of the weights costs more than the multiplications saved."""


def direct(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution as PyTorch does it."""
    return F.relu(F.conv2d(x, weight, bias, padding=1))


def bfloat16(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution in bfloat16 and channels_last; takes and gives bfloat16 from the second layer on."""
    x = x.to(torch.bfloat16, memory_format=torch.channels_last)
    weight = weight.to(torch.bfloat16, memory_format=torch.channels_last)
    return F.relu(F.conv2d(x, weight, bias.to(torch.bfloat16), padding=1))


class _Winograd(torch.autograd.Function):
    """relu(conv(x)) by NNPACK; only the result is kept for the backward pass, not the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        y = torch._nnpack_spatial_convolution(x.contiguous(), weight, bias, 1).relu_()
        ctx.save_for_backward(y, weight)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        y, weight = ctx.saved_tensors
        grad = torch.where(y > 0, grads[0], 0.0)
        # The gradient of a correlation is the correlation with the weights turned by 180 degrees, channels swapped.
        turned = weight.flip(2, 3).transpose(0, 1).contiguous()
        return torch._nnpack_spatial_convolution(grad, turned, None, 1), None, None


def winograd(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution by Winograd's minimal filtering, where the picture is large enough to gain by it."""
    if x.shape[-1] * x.shape[-2] < WINOGRAD_MIN_PIXELS:
        return direct(x, weight, bias)
    result: Tensor = _Winograd.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return result


def choose(device: torch.device, precision: str) -> Convolution:
    """Return the fastest of the ways that ``device`` has and ``precision`` (`Optimize.precision`) allows."""
    quick = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    if precision == "bfloat16" or (precision == "auto" and quick):
        return bfloat16
    # Asking also sets NNPACK up: its convolution fails before the first question.
    if device.type == "cpu" and torch.backends.nnpack.is_available():  # type: ignore[no-untyped-call]
        return winograd
    return direct
