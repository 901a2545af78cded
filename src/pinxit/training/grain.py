"""The grain that photos get before they are painted (`pinxit.methods.onepass.grain`), for batches.

A network is trained with the grain that it will see.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.methods.onepass.grain import BLOCK, DETAIL, GRAIN, PERIODS, GrainNoise, band_noise, rotation_field

FULL_SHARE = 0.5
"""Share of the photos that get all of the grain; the others get less, as at low strengths."""


def add_random_grain(contents: Tensor, random: np.random.Generator) -> Tensor:
    """Return photos (B, 3, H, W) with grain from random positions of the noise, some with less of it than others."""
    count, _, height, width = contents.shape
    offsets = random.integers(0, np.prod(PERIODS), (2, count, 1))
    rows, columns = (
        torch.from_numpy(offset + np.arange(side)) for offset, side in zip(offsets, (height, width), strict=True)
    )
    strengths = np.minimum(1, random.random(count) / (1 - FULL_SHARE)).astype(np.float32)
    grain = _grain(rows.to(contents.device), columns.to(contents.device))
    amounts = GRAIN * torch.from_numpy(strengths).to(contents.device)
    return contents + amounts[:, None, None, None] * flatness(contents) * grain[:, None]


def add_grain(contents: Tensor) -> Tensor:
    """Return photos (B, 3, H, W) with the grain that they get when they are painted."""
    height, width = (np.arange(side) for side in contents.shape[2:])
    grain = [GrainNoise(each.permute(1, 2, 0).cpu().numpy()).at(height, width) for each in contents]
    return contents + torch.from_numpy(np.stack(grain))[:, None].to(contents)


def flatness(contents: Tensor) -> Tensor:
    """Return how flat photos (B, 3, H, W) are, (B, 1, H, W): `pinxit.methods.onepass.grain.flatness`, interpolated."""
    height, width = contents.shape[2:]
    padded = F.pad(contents, (0, -width % BLOCK, 0, -height % BLOCK), mode="replicate")
    moments = F.avg_pool2d(torch.cat([padded, padded * padded], 1), BLOCK)
    mean, square = F.avg_pool2d(F.pad(moments, (1, 1, 1, 1), mode="replicate"), 3, 1).chunk(2, 1)
    flat = torch.exp(-(square - mean * mean).mean(1, keepdim=True).clamp_min(0) / DETAIL**2)
    flat = F.interpolate(flat, scale_factor=float(BLOCK), mode="bilinear", align_corners=False)
    return flat[:, :, :height, :width]


def _grain(rows: Tensor, columns: Tensor) -> Tensor:
    """Return the grain at rows (B, H) and columns (B, W), (B, H, W): `pinxit.methods.onepass.grain.grain`."""
    noises, angles = (
        squares[:, (rows % period)[:, :, None], (columns % period)[:, None]]
        for squares, period in zip(_noise_squares(rows.device), PERIODS, strict=True)
    )
    return (noises * angles).sum(0)


@functools.cache
def _noise_squares(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the noises, and the cosines and sines of their angles, (2, period, period) each."""
    noises, angles = (
        torch.from_numpy(np.stack(make(period))).to(device)
        for make, period in zip((band_noise, rotation_field), PERIODS, strict=True)
    )
    return noises, angles
