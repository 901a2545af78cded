"""How much a picture is woven: how far patterns stand out in it that repeat with the strides of its painter.

A painter whose features lie 2, 4 and 8 px apart can lay a grid of these periods over what is flat. In windows of
`WINDOW` px, each half over the next, P being the power of the luminance's Fourier transform under a Hann window,

    weave = mean over windows, periods p and directions of  max(0, ln P(1/p) - mean of ln P around 1/p - CHANCE)

so that it does not matter how strong a texture is, only whether it is tuned to the grid.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from pinxit.config.training import WINDOW
from pinxit.images.color import LUMA

PERIODS = (2, 4, 8)
"""Of the grid, px."""
AROUND = (3, 4)
"""How far from a peak its surroundings begin and end: beyond what a Hann window makes of it."""
CHANCE = 1.0
"""By how much a peak may stand out: in noise the logarithm of one power varies by 1.3."""
FLOOR = 1e-6
"""Mean square of noise that shows nothing, in [0, 1] squared; it is added everywhere."""


def weave(painted: Tensor) -> Tensor:
    """Return the weave of pictures (B, 3, H, W) in [0, 1], no side below `WINDOW` px: (B,), 0 for none."""
    luma = torch.tensor(LUMA, dtype=torch.float32, device=painted.device)
    luminance = torch.einsum("bchw,c->bhw", painted.float(), luma)
    step = WINDOW // 2
    windows = luminance.unfold(1, WINDOW, step).unfold(2, WINDOW, step).flatten(1, 2)  # (B, N, WINDOW, WINDOW)
    windows = windows - windows.mean((2, 3), keepdim=True)
    hann = torch.hann_window(WINDOW, device=painted.device)
    shape = hann[:, None] * hann
    spectrum = torch.fft.fft2(windows * shape)
    power = (spectrum.real.square() + spectrum.imag.square()) / shape.square().sum() + FLOOR
    logs = power.log()
    found = []
    for period, (down, across) in itertools.product(PERIODS, ((0, 1), (1, 0), (1, 1))):
        row, column = down * WINDOW // period, across * WINDOW // period
        rows, columns = zip(*_ring(row, column), strict=True)
        surroundings = logs[..., list(rows), list(columns)].mean(-1)
        found.append((logs[..., row % WINDOW, column % WINDOW] - surroundings - CHANCE).clamp_min(0))
    return torch.stack(found).mean(0).mean(1)


def _ring(row: int, column: int) -> list[tuple[int, int]]:
    """Return the places around one in the spectrum, which goes on at its edges."""
    near, far = AROUND
    offsets = itertools.product(range(-far, far + 1), repeat=2)
    return [((row + y) % WINDOW, (column + x) % WINDOW) for y, x in offsets if max(abs(y), abs(x)) >= near]
