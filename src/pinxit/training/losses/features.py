"""Distances between the features of two pictures, one value per picture of a batch.

Relative to the target, because the features of layers differ by orders of magnitude::

    content    ||F - P|| / ||P||
    style      ||G/M - A/M'||_F / ||A/M'||_F
    moments    ||mu - mu'|| / ||mu'|| + ||sigma - sigma'|| / ||sigma'||

`pinxit.metrics.distances` reports the first two. The moments (Li et al., "Demystifying Neural Style Transfer", 2017)
add nothing once the Gram matrices agree, but their gradient leads there from far away, as an untrained network needs.

`remd` and `self_similarity_loss` are of Kolkin, Salavon, Shakhnarovich, "Style Transfer by Relaxed Optimal Transport
and Self-Similarity", CVPR 2019. They compare features at sampled positions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.nn.gram import gram

EPSILON = 1e-6
SAMPLES = 256
"""Positions per picture that `self_similarity_loss` compares."""


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


def layer_mean(distance: Callable[[str], Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the mean over the batch, and the weighted mean over the layers, of ``distance(layer)``, (B,)."""
    total = sum(weights.values())
    return torch.stack([weight / total * distance(name).mean() for name, weight in weights.items()]).sum()


def unit_vectors(features: Tensor, positions: Tensor) -> Tensor:
    """Return the features (B, C, H, W) at flat ``positions`` (K,), scaled to length 1: (B, K, C), float32."""
    return F.normalize(features.float().flatten(2)[:, :, positions].transpose(1, 2), dim=2, eps=EPSILON)


def random_positions(features: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return ``count`` different flat positions of (B, C, H, W), or all; ``random`` is a generator on the CPU."""
    order = torch.randperm(features.shape[2] * features.shape[3], generator=random)
    return order[:count].to(features.device)


def remd(painted: Tensor, style: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return the relaxed earth mover's distance of every pair, (B,), at ``count`` positions of each picture.

    The larger of two mean cosine distances: from each painted position to the nearest of the style, and from each
    position of the style to the nearest painted one. Unlike the Gram matrices of deep layers it does not ask for the
    painting's large shapes where the photo has no room for them.

    ``painted``, ``style``  features (B, C, H, W) and (B, C, h, w)
    """
    a = unit_vectors(painted, random_positions(painted, count, random))
    b = unit_vectors(style, random_positions(style, count, random))
    distances = 1 - a @ b.transpose(1, 2)  # (B, K, K)
    return torch.maximum(distances.amin(2).mean(1), distances.amin(1).mean(1))


def self_similarity_loss(painted: Tensor, content: Tensor, random: torch.Generator, count: int = SAMPLES) -> Tensor:
    """Return the loss of every pair, (B,), of features ``painted`` and ``content``, both (B, C, H, W)::

        mean over positions i of  sum_j |D_ij / sum_j D_ij - D'_ij / sum_j D'_ij|

    where D holds the cosine distances among ``count`` sampled positions, the same ones in both pictures. It keeps faces
    whole without detecting them, whatever colors they are painted in.
    """
    positions = random_positions(painted, count, random)
    return (_similarities(painted, positions) - _similarities(content, positions)).abs().sum(2).mean(1)


def _similarities(features: Tensor, positions: Tensor) -> Tensor:
    """Return the cosine distances among the positions of each picture, (B, K, K), scaled so that each row sums to 1."""
    vectors = unit_vectors(features, positions)
    distances = (1 - vectors @ vectors.transpose(1, 2)).clamp_min(0)
    return distances / (distances.sum(2, keepdim=True) + EPSILON)
