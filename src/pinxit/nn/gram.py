"""The Gram matrix of a layer's features, by which styles are compared (Gatys et al. 2016, eq. 3)."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from pinxit.nn.device import fixed_sum

BLOCKS = 16
"""Blocks of positions that are summed one by one."""


class _Gram(torch.autograd.Function):
    """F F^T with one matrix product backward, where autograd would take two equal ones."""

    @staticmethod
    def forward(ctx: FunctionCtx, f: Tensor) -> Tensor:
        ctx.save_for_backward(f)
        return _product(f)

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> Tensor:
        (f,) = ctx.saved_tensors  # type: ignore[attr-defined]
        grad: Tensor = (grads[0] + grads[0].mT) @ f
        return grad


def _product(f: Tensor) -> Tensor:
    """Return F F^T, (..., C, C), of features (..., C, M), the same with any number of threads.

    One product of long rows is divided among threads along the rows, and their sums then differ.
    """
    if f.shape[-1] % BLOCKS:
        f = F.pad(f, (0, -f.shape[-1] % BLOCKS))
    f = f.reshape(*f.shape[:-1], BLOCKS, -1).transpose(-3, -2)
    return (f @ f.mT).sum(-3)  # (..., BLOCKS, C, M / BLOCKS) -> (..., C, C)


def gram(features: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return G_ij = sum_k F_ik F_jk / M of each picture, (..., C, C), from its features (..., C, H, W).

    M, the number of positions, makes pictures of different sizes comparable. With a ``mask`` (H, W) in [0, 1]
    each position counts by its mask, and M is the mask's sum (guided Gram matrices; Gatys et al., "Controlling
    Perceptual Factors in Neural Style Transfer", CVPR 2017, eq. 5, with T^2 = mask).
    """
    f = features.flatten(-2)
    if mask is not None:
        f = f * mask.flatten().sqrt()
    g: Tensor = _Gram.apply(f)  # type: ignore[no-untyped-call]
    return g / (f.shape[-1] if mask is None else fixed_sum(mask).clamp_min(1e-6))
