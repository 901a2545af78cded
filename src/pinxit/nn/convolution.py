"""The 3x3 convolution, nine tenths of a step's time, by the fastest implementation for this machine.

Each implementation computes ``relu(x * w + b)`` with zero padding 1 and stride 1, and its gradient with respect to
``x`` (VGG-19 itself is never trained):

``winograd``   NNPACK's F(6x6, 3x3) minimal filtering (Lavin & Gray, "Fast Algorithms for Convolutional Neural
               Networks", 2016), on x86 CPUs: 5 times fewer multiplications, errors near 1e-5 of the largest value
``bfloat16``   oneDNN in bfloat16 and channels_last, on CPUs with AVX-512 BF16 or AMX
``direct``     `torch.nn.functional.conv2d`, on GPUs and all other CPUs

The choice depends on the machine's features and the sizes, never on timing, so that equal inputs give equal bytes.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

Convolution = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(B, I, H, W), (O, I, 3, 3), (O,) -> relu of the convolution, (B, O, H, W)."""

WORKSPACE_BYTES = 96 * 2**20
"""Limit of NNPACK's buffer for its transformed pictures. At 1024 px 320 MiB took up to a third longer (caches), and 48
MiB a third longer at 512 channels, whose many weights are transformed again for every strip."""
TRANSFORMED_BYTES = 4 * 64 / 36  # float32 bytes of NNPACK's transform for each value: tiles of 8x8 for 6x6 results
WINOGRAD_MIN_PIXELS = 32 * 32  # with fewer, the transform of the weights costs more than the multiplications saved


def direct(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution of PyTorch."""
    return F.relu(F.conv2d(x, weight, bias, padding=1))


def bfloat16(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The convolution in bfloat16 and channels_last; input and output are bfloat16 from the second layer on."""
    x = x.to(torch.bfloat16, memory_format=torch.channels_last)
    weight = weight.to(torch.bfloat16, memory_format=torch.channels_last)
    return F.relu(F.conv2d(x, weight, bias.to(torch.bfloat16), padding=1))


class _Winograd(torch.autograd.Function):
    """relu(conv(x)) by NNPACK; the backward pass needs only the result, not the input."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor, flipped: Tensor) -> Tensor:
        y = _nnpack(x, weight, bias).relu_()
        ctx.save_for_backward(y, flipped)
        return y

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, flipped = ctx.saved_tensors  # type: ignore[attr-defined]
        return _nnpack(grads[0], flipped, None, active=y), None, None, None


def _nnpack(x: Tensor, weight: Tensor, bias: Tensor | None, active: Tensor | None = None) -> Tensor:
    """Convolve in strips, since NNPACK transforms its whole input at once and its buffer should stay small.

    With ``active``, x is set to 0 wherever that is not above 0: the gradient of the ReLU.
    """
    _, channels, height, width = x.shape
    rows = max(8, int(WORKSPACE_BYTES / ((channels + weight.shape[0]) * width * TRANSFORMED_BYTES)))

    def convolved(first: int, last: int) -> Tensor:
        strip = x[:, :, first:last].contiguous()
        if active is not None:
            strip = torch.ops.aten.threshold_backward(strip, active[:, :, first:last], 0)
        return torch._nnpack_spatial_convolution(strip, weight, bias, 1)

    if rows >= height:
        return convolved(0, height)
    y = x.new_empty(1, weight.shape[0], height, width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        first = max(0, top - 1)  # the strip's edge rows need one more row on either side
        y[:, :, top:bottom] = convolved(first, bottom + 1)[:, :, top - first : bottom - first]
    return y


class Winograd:
    """The convolution by Winograd's minimal filtering, for pictures that are large enough to gain by it.

    Each network needs its own object, which stores its weights flipped.
    """

    def __init__(self) -> None:
        self._flipped: dict[int, Tensor] = {}

    def __call__(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        small = x.shape[-1] * x.shape[-2] < WINOGRAD_MIN_PIXELS
        if small or x.shape[0] != 1 or x.dtype != torch.float32:  # NNPACK supports only float32
            return direct(x, weight, bias)
        result: Tensor = _Winograd.apply(x, weight, bias, self._flip(weight))  # type: ignore[no-untyped-call]
        return result

    def _flip(self, weight: Tensor) -> Tensor:
        """Return the weights (O, I, 3, 3) as (I, O, 3, 3), rotated by 180 degrees: those of the gradient."""
        if weight.data_ptr() not in self._flipped:
            self._flipped[weight.data_ptr()] = weight.detach().flip(2, 3).transpose(0, 1).contiguous()
        return self._flipped[weight.data_ptr()]


def choose(device: torch.device, precision: str) -> Convolution:
    """Return the fastest implementation for ``device`` that ``precision`` (`Optimize.precision`) allows."""
    quick = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    if precision == "bfloat16" or (precision == "auto" and quick):
        return bfloat16
    # `is_available` also initializes NNPACK: its convolution fails before the first call.
    if device.type == "cpu" and torch.backends.nnpack.is_available():  # type: ignore[no-untyped-call]
        return Winograd()
    return direct
