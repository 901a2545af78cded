"""What a style's code is: principal components of the features' means and deviations.

These statistics (which AdaIN sets, Huang & Belongie 2017) tell one style from another, but there are a thousand of
them. Their principal components over many paintings are few, and differ most where paintings do. So the code is
known before the painter's first step, and stays as it is while the painter learns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

EVENNESS = 0.5
"""Exponent of the components' deviations by which they are divided: 0 leaves them as they are, 1 makes all alike."""


class Principal(NamedTuple):
    """An affine map to codes whose numbers are near 1: ``measures @ basis + offset``."""

    basis: Tensor
    """(D, code)"""
    offset: Tensor
    """(code,)"""


def principal(measures: Iterable[Tensor], widths: Sequence[int], code: int) -> Principal:
    """Return the map to the ``code`` strongest components of ``measures``, (N, D) in pieces.

    Every statistic is first divided by the root mean square of those of its layer and kind, so that no layer rules.

    ``widths``  channels of each layer: D is twice their sum, mu and sigma of each channel, layer by layer
    """
    values = torch.cat(list(measures)).double()
    center = values.mean(0)
    pieces = torch.split(values - center, [width for width in widths for _ in range(2)], 1)
    spread = torch.cat([each.square().mean().sqrt().clamp_min(1e-6).expand(each.shape[1]) for each in pieces])
    _, strengths, directions = torch.linalg.svd((values - center) / spread, full_matrices=False)
    kept = min(code, len(strengths))
    deviations = strengths[:kept] / len(values) ** 0.5
    even = deviations.clamp_min(1e-6 * float(deviations[0])) ** -EVENNESS
    size = (deviations * even).square().mean().sqrt()  # of the code's numbers; made 1
    basis = values.new_zeros(values.shape[1], code)
    basis[:, :kept] = directions[:kept].T * (even / size) / spread[:, None]
    return Principal(basis.float(), -(center @ basis).float())
