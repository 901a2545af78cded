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

WORKSPACE_BYTES = 96 * 2**20
"""Most that NNPACK may take for its transformed pictures. At 1024 px 320 MiB took up to a third longer (caches), and 48
MiB a third longer at 512 channels, where the weights, transformed anew for every strip, are many."""

TRANSFORMED_BYTES = 4 * 64 / 36
"""float32 bytes of NNPACK's transform for each value: tiles of 8x8 for 6x6 results."""

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
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, turned: Tensor) -> Tensor:
        y = _nnpack(x, weight, bias).relu_()
        ctx.save_for_backward(y, turned)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, turned = ctx.saved_tensors
        return _nnpack(grads[0], turned, None, passed=y), None, None, None


def _nnpack(x: Tensor, weight: Tensor, bias: Tensor | None, passed: Tensor | None = None) -> Tensor:
    """Convolve in as many strips as keep NNPACK's workspace small: it transforms its whole input at once.

    Where ``passed`` is given, x counts only where that is above 0: the ReLU's gradient.
    """
    _, channels, height, width = x.shape
    rows = max(8, int(WORKSPACE_BYTES / ((channels + weight.shape[0]) * width * TRANSFORMED_BYTES)))

    def convolved(first: int, last: int) -> Tensor:
        strip = x[:, :, first:last].contiguous()
        if passed is not None:
            strip = torch.ops.aten.threshold_backward(strip, passed[:, :, first:last], 0)
        return torch._nnpack_spatial_convolution(strip, weight, bias, 1)

    if rows >= height:
        return convolved(0, height)
    y = x.new_empty(1, weight.shape[0], height, width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        first = max(0, top - 1)  # one row more on either side is what the strip's edge rows see
        y[:, :, top:bottom] = convolved(first, bottom + 1)[:, :, top - first : bottom - first]
    return y


class Winograd:
    """The convolution by Winograd's minimal filtering, where the picture is large enough to gain by it.

    One object serves one network, since it keeps the weights as the backward pass needs them.
    """

    def __init__(self) -> None:
        self._turned: dict[int, Tensor] = {}

    def __call__(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        small = x.shape[-1] * x.shape[-2] < WINOGRAD_MIN_PIXELS
        if small or x.shape[0] != 1 or x.dtype != torch.float32:  # NNPACK knows float32 only
            return direct(x, weight, bias)
        result: Tensor = _Winograd.apply(x, weight, bias, self._turn(weight))  # type: ignore[no-untyped-call]
        return result

    def _turn(self, weight: Tensor) -> Tensor:
        """Return (O, I, 3, 3) -> (I, O, 3, 3), turned by 180 degrees.

        The gradient of a correlation is the correlation with these.
        """
        if weight.data_ptr() not in self._turned:
            self._turned[weight.data_ptr()] = weight.detach().flip(2, 3).transpose(0, 1).contiguous()
        return self._turned[weight.data_ptr()]


def choose(device: torch.device, precision: str) -> Convolution:
    """Return the fastest of the ways that ``device`` has and ``precision`` (`Optimize.precision`) allows."""
    quick = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    if precision == "bfloat16" or (precision == "auto" and quick):
        return bfloat16
    # Asking also sets NNPACK up: its convolution fails before the first question.
    if device.type == "cpu" and torch.backends.nnpack.is_available():  # type: ignore[no-untyped-call]
        return Winograd()
    return direct
