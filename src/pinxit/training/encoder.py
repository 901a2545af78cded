"""Teaches the style encoder by itself to predict measured codes (`pinxit.training.codes`).

Beside the painter it would see three paintings in the time of a step. Alone, on crops whose codes are measured once,
it sees a hundred times as many, and knows most of its trade before the painter begins to follow it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pinxit.training.codes import Principal
from pinxit.training.networks import StyleEncoder

BATCH = 32
"""Crops a step."""
WARMUP = 50
"""Steps over which the learning rate rises."""


class Lessons(NamedTuple):
    """Crops of paintings, and what their codes should be."""

    crops: Tensor
    """(N, 3, S, S) uint8, sRGB."""
    measures: Tensor
    """(N, D): `pinxit.training.codes.measured` of each."""


def lessons(batches: Iterable[Tensor], measure: Callable[[Tensor], Tensor]) -> Lessons:
    """Measure ``batches`` of crops, (B, 3, S, S) in [0, 1]."""
    crops, measures = [], []
    with torch.no_grad():
        for batch in batches:
            crops.append((255 * batch).round().to(torch.uint8))
            measures.append(measure(batch))
    return Lessons(torch.cat(crops), torch.cat(measures))


@torch.no_grad()
def codes(encoder: StyleEncoder, given: Lessons) -> Tensor:
    """Return the codes (N, code) that ``encoder`` has for all crops."""
    return torch.cat([encoder(crops.float() / 255) for crops in torch.split(given.crops, BATCH)])


def teach(
    encoder: StyleEncoder, given: Lessons, guide: Principal, steps: int, learning_rate: float, seed: int, half: bool
) -> float:
    """Teach ``encoder`` for so many steps; return the mean squared error of its codes in the last tenth of them.

    The codes' own mean square is 1. Adam, with half a cosine down to a hundredth of the learning rate.
    """
    optimizer = torch.optim.Adam(encoder.parameters(), betas=(0.9, 0.99))
    codes = guide(given.measures)
    generator = torch.Generator().manual_seed(seed)
    errors: list[Tensor] = []
    for step in range(steps):
        rate = learning_rate * min(1.0, (step + 1) / WARMUP) * (0.505 + 0.495 * math.cos(math.pi * step / steps))
        chosen = torch.randint(len(codes), (BATCH,), generator=generator).to(codes.device)
        crops = given.crops[chosen].float() / 255
        crops = crops.flip(3) if step % 2 else crops  # the code of a mirrored picture is nearly the same
        with torch.autocast(codes.device.type, torch.bfloat16, enabled=half):
            found = encoder(crops.contiguous(memory_format=torch.channels_last))
        error = (found - codes[chosen]).square().mean()
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        errors.append(error.detach())
    last = errors[-max(1, steps // 10) :]
    return float(torch.stack(last).mean()) if last else math.nan
