"""What a style's code should be, measured: principal components of VGG-19's statistics.

Means and deviations of the features (the statistics that AdaIN sets, Huang & Belongie 2017) tell one style from
another, but there are two thousand of them. Their principal components over many paintings are few, and differ most
where paintings do. A painter that is steered by these from its first step on need not wait for a style encoder
to find out what matters; the encoder learns meanwhile to predict them from a small network's features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

MEASURED = ("conv1_1", "conv2_1", "conv3_1", "conv4_1")
"""Layers whose statistics are taken: those whose Gram matrices the style is judged by, but the last."""
EVENNESS = 0.5
"""Exponent of the components' deviations by which they are divided: 0 leaves them as they are, 1 makes all alike."""
RIDGE = 1e-3
"""Weight of the ridge in `regressed`, in units of the statistics' variance."""


def measured(features: Mapping[str, Tensor]) -> Tensor:
    """Return mu and sigma of every channel at the layers `MEASURED`, (B, D), from (B, C, H, W) each."""
    found = []
    for name in MEASURED:
        variance, mean = torch.var_mean(features[name].flatten(2), 2, correction=0)
        found += [mean, (variance + 1e-6).sqrt()]
    return torch.cat(found, 1)


class Principal(NamedTuple):
    """An affine map from what `measured` returns to codes whose numbers are near 1."""

    center: Tensor
    """(D,)"""
    basis: Tensor
    """(D, code)"""
    offset: Tensor
    """(code,)"""

    def __call__(self, measures: Tensor) -> Tensor:
        """(B, D) -> (B, code)."""
        return (measures - self.center) @ self.basis + self.offset


def principal(measures: Iterable[Tensor], code: int) -> Principal:
    """Return the map to the ``code`` strongest components of ``measures``, (N, D) in pieces.

    Every statistic is first divided by the root mean square of those of its layer and kind, so that no layer rules.
    """
    values = torch.cat(list(measures)).double()
    center = values.mean(0)
    spread = _spread(values - center)
    _, strengths, directions = torch.linalg.svd((values - center) / spread, full_matrices=False)
    kept = min(code, len(strengths))
    deviations = strengths[:kept] / len(values) ** 0.5
    basis = values.new_zeros(values.shape[1], code)
    even = deviations.clamp_min(1e-6 * float(deviations[0])) ** -EVENNESS
    size = (deviations * even).square().mean().sqrt()  # of the code's numbers; made 1
    basis[:, :kept] = directions[:kept].T * (even / size) / spread[:, None]
    return Principal(center.float(), basis.float(), basis.new_zeros(code).float())


def regressed(measures: Tensor, codes: Tensor) -> Principal:
    """Return the map that comes nearest to the ``codes``, (N, code), of what has the ``measures``, (N, D).

    For a style encoder that knows its codes already. Ridge regression on the statistics, scaled as in `principal`.
    """
    values, wanted = measures.double(), codes.double()
    center, offset = values.mean(0), wanted.mean(0)
    spread = _spread(values - center)
    x = (values - center) / spread
    ridge = RIDGE * len(x) * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    basis = torch.linalg.solve(x.T @ x + ridge, x.T @ (wanted - offset)) / spread[:, None]
    return Principal(center.float(), basis.float(), offset.float())


def _spread(centered: Tensor) -> Tensor:
    """Return for each statistic, (D,), the root mean square of all of its layer and kind."""
    widths = _widths(centered.shape[1])
    pieces = torch.split(centered, widths, 1)
    return torch.cat([piece.square().mean().sqrt().clamp_min(1e-6).expand(piece.shape[1]) for piece in pieces])


def _widths(total: int) -> list[int]:
    """Return how many statistics each layer has of each kind; VGG-19's layers have 1 : 2 : 4 : 8 times the channels."""
    unit = total // 30
    return [width * unit for width in (1, 1, 2, 2, 4, 4, 8, 8)]
