"""The basis of style codes: principal components of the features' means and standard deviations.

These statistics (which AdaIN sets, Huang & Belongie 2017) tell one style from another, but there are a thousand of
them. Few principal components over many paintings keep most of what differs. The style encoder's last layer projects
onto them; it is complete before the transform network's first step, and is not trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

WHITENING = 0.5
"""Exponent of the components' standard deviations that they are divided by: 0 leaves them unchanged, 1 whitens."""


class CodeBasis(NamedTuple):
    """An affine map from statistics to codes whose numbers have a root mean square of 1: ``x @ basis + offset``."""

    basis: Tensor
    """(D, code)"""
    offset: Tensor
    """(code,)"""


def principal_components(statistics: Iterable[Tensor], widths: Sequence[int], code: int) -> CodeBasis:
    """Return the map to the ``code`` strongest components of ``statistics``, (N, D) in pieces.

    Every statistic is first divided by the root mean square of those of its layer and kind, so that no layer
    dominates.

    ``widths``  channels of each layer: D is twice their sum, mu and sigma of each channel, layer by layer
    """
    values = torch.cat(list(statistics)).double()
    center = values.mean(0)
    pieces = torch.split(values - center, [width for width in widths for _ in range(2)], 1)
    spread = torch.cat([each.square().mean().sqrt().clamp_min(1e-6).expand(each.shape[1]) for each in pieces])
    _, singular_values, directions = torch.linalg.svd((values - center) / spread, full_matrices=False)
    rank = min(code, len(singular_values))
    deviations = singular_values[:rank] / len(values) ** 0.5
    factors = deviations.clamp_min(1e-6 * float(deviations[0])) ** -WHITENING
    size = (deviations * factors).square().mean().sqrt()  # root mean square of the code's numbers, made 1
    basis = values.new_zeros(values.shape[1], code)
    basis[:, :rank] = directions[:rank].T * (factors / size) / spread[:, None]
    return CodeBasis(basis.float(), -(center @ basis).float())
