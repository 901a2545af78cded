"""Adaptive instance normalization, and its statistics.

Huang & Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017, eq. 8::

    AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y)
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

EPSILON = 1e-5  # added to the variance, so that flat features do not divide by zero


def adain(x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return ``scale (x - mean) / std + shift``: eq. 8 with scale = sigma(y), shift = mu(y).

    ``x`` is (B, C, H, W); the others are (B, C, 1, 1), or (B, C, H, W) where masks mix styles.
    """
    gain = scale / std
    return x * gain.to(x.dtype) + (shift - mean * gain).to(x.dtype)


def statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mu(x) and sigma(x) of each channel, both (B, C, 1, 1) float32, from (B, C, H, W)."""
    variance, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    return mean, (variance + EPSILON).sqrt()


class ConditionalNorm:
    """Normalizes layer after layer with the scales and shifts of N styles, and collects each layer's statistics.

    ``modulation``  scales and shifts, each (B, N, channels of all layers)
    ``masks``       for each level, from 1, the shares of the styles, (B, N, h, w)
    ``statistics``  (B, 2, channels): normalize by these + ``own_share`` x the picture's own. None: by its own.
    """

    def __init__(
        self, modulation: Sequence[Tensor], masks: Sequence[Tensor], statistics: Tensor | None, own_share: float
    ) -> None:
        self.scales, self.shifts = modulation
        self.masks, self.statistics, self.own_share = masks, statistics, own_share
        self.own_statistics: list[Tensor] = []
        self.start = 0

    def normalize(self, x: Tensor, level: int) -> Tensor:
        """Return the next layer's features (B, C, h, w), normalized; their stride is 2 to the power of ``level``."""
        channels = slice(self.start, self.start + x.shape[1])
        self.start = channels.stop
        mean, std = statistics(x)
        self.own_statistics.append(torch.cat([mean, std], 3)[:, :, 0])  # (B, C, 2)
        if self.statistics is not None:
            shared_mean, shared_std = self.statistics[:, :, channels, None, None].unbind(1)
            mean = shared_mean + self.own_share * mean
            std = (shared_std + self.own_share * std).clamp(min=EPSILON**0.5)
        mask = self.masks[level - 1]
        return adain(x, _mix(self.scales[..., channels], mask), _mix(self.shifts[..., channels], mask), mean, std)


def _mix(values: Tensor, masks: Tensor) -> Tensor:
    """(B, N, C) values of N styles, (B, N, h, w) shares -> (B, C, h, w)."""
    return (values[..., None, None] * masks[:, :, None]).sum(1)


class Float32Linear(nn.Linear):
    """A linear layer that stays in float32 under autocast: its outputs scale every feature of a network."""

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())
