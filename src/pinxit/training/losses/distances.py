"""Distances between the features of two pictures, one value per picture of a batch.

Relative to the target, because the features of layers differ by orders of magnitude::

    content    ||F - P|| / ||P||
    style      ||G/M - A/M'||_F / ||A/M'||_F
    moments    ||mu - mu'|| / ||mu'|| + ||sigma - sigma'|| / ||sigma'||

`pinxit.metrics.distances` reports the first two. The moments (Li et al., "Demystifying Neural Style Transfer", 2017)
add nothing once the Gram matrices agree, but their gradient leads there from far away, as an untrained network needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from pinxit.nn.gram import gram


class StyleStats(NamedTuple):
    """The statistics of one layer that the style and moments losses compare."""

    gram: Tensor
    """(B, C, C)"""
    mean: Tensor
    """(B, C)"""
    std: Tensor
    """(B, C)"""

    @classmethod
    def of(cls, features: Tensor) -> StyleStats:
        """Compute them from (B, C, H, W): sigma^2 = E[x^2] - mu^2, and E[x^2] is the Gram matrix's diagonal."""
        matrix, mean = gram(features), features.mean((2, 3))
        variance = matrix.diagonal(dim1=1, dim2=2) - mean.square()
        return cls(matrix, mean, (variance.clamp_min(0) + 1e-6).sqrt())

    def select(self, pictures: Tensor) -> StyleStats:
        """Return the statistics of the ``pictures`` with these indices."""
        return StyleStats(*(value[pictures] for value in self))

    def style_distance(self, target: StyleStats) -> Tensor:
        """Return the relative distance of the Gram matrices, (B,)."""
        return relative_distance(self.gram, target.gram)

    def moments_distance(self, target: StyleStats) -> Tensor:
        """Return the sum of the relative distances of means and standard deviations, (B,)."""
        return relative_distance(self.mean, target.mean) + relative_distance(self.std, target.std)


def relative_distance(values: Tensor, target: Tensor) -> Tensor:
    """Return ||values - target|| / ||target|| of every picture, (B,); the gradient stays finite at 0."""
    values, target = values.flatten(1), target.flatten(1)
    scale = target.square().sum(1).clamp_min(1e-12)
    return ((values - target).square().sum(1) / scale + 1e-12).sqrt()


def style_distance(painted: Tensor, style: Tensor) -> Tensor:
    """Return ||G/M - A/M'||_F / ||A/M'||_F of the features of every picture, (B,)."""
    return relative_distance(gram(painted), gram(style))


def layer_mean(values: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the mean over the batch and the weighted mean over the layers, (), of ``layer -> (B,)``."""
    total = sum(weights.values())
    return torch.stack([weights[name] / total * value.mean() for name, value in values.items()]).sum()
