"""Penalizes grids whose periods are the strides of the transform network.

A network whose features lie 2, 4 and 8 px apart can paint a grid of these periods over flat regions. In windows of
`WINDOW` px that overlap by half, with P the power of the luminance's Fourier transform under a Hann window,

    loss = mean over windows, periods p and directions of  max(0, ln P(1/p) - mean of ln P around 1/p - TOLERANCE)

so the strength of a texture does not matter, only whether it is tuned to the grid.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from pinxit.config.training import WINDOW
from pinxit.images.color import LUMA

PERIODS = (2, 4, 8)
"""Periods of the grid, px."""
RING = (3, 4)
"""Nearest and farthest frequencies around a peak that it is compared with: beyond the reach of a Hann window's peak."""
TOLERANCE = 1.0
"""Excess of a peak that costs nothing: in noise the logarithm of one power has a standard deviation of 1.3."""
FLOOR = 1e-6
"""Power added everywhere: the mean square of invisible noise, in [0, 1] squared."""


def grid_artifact_loss(painted: Tensor) -> Tensor:
    """Return the loss of each picture, (B,), 0 for no grid, from (B, 3, H, W) in [0, 1], no side below `WINDOW` px."""
    luma = torch.tensor(LUMA, dtype=torch.float32, device=painted.device)
    luminance = torch.einsum("bchw,c->bhw", painted.float(), luma)
    step = WINDOW // 2
    windows = luminance.unfold(1, WINDOW, step).unfold(2, WINDOW, step).flatten(1, 2)  # (B, N, WINDOW, WINDOW)
    windows = windows - windows.mean((2, 3), keepdim=True)
    hann = torch.hann_window(WINDOW, device=painted.device)
    taper = hann[:, None] * hann
    spectrum = torch.fft.fft2(windows * taper)
    power = (spectrum.real.square() + spectrum.imag.square()) / taper.square().sum() + FLOOR
    logs = power.log()
    excesses = []
    for period, (down, across) in itertools.product(PERIODS, ((0, 1), (1, 0), (1, 1))):
        row, column = down * WINDOW // period, across * WINDOW // period
        rows, columns = zip(*_ring(row, column), strict=True)
        surroundings = logs[..., list(rows), list(columns)].mean(-1)
        excesses.append((logs[..., row % WINDOW, column % WINDOW] - surroundings - TOLERANCE).clamp_min(0))
    return torch.stack(excesses).mean(0).mean(1)


def _ring(row: int, column: int) -> list[tuple[int, int]]:
    """Return the frequencies around one of the spectrum, which wraps around at its edges."""
    near, far = RING
    offsets = itertools.product(range(-far, far + 1), repeat=2)
    return [((row + y) % WINDOW, (column + x) % WINDOW) for y, x in offsets if max(abs(y), abs(x)) >= near]
