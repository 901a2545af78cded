"""Compares how similar the positions of a picture are to one another, before and after painting.

Kolkin, Salavon, Shakhnarovich, "Style Transfer by Relaxed Optimal Transport and Self-Similarity", CVPR 2019: the
content loss that keeps faces whole without detecting them, whatever colors they are painted in.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pinxit.training.losses.remd import EPSILON, random_positions, unit_vectors

SAMPLES = 256
"""Positions per picture that are compared."""


def self_similarity_loss(painted: Tensor, content: Tensor, random: torch.Generator, count: int = SAMPLES) -> Tensor:
    """Return the loss of every pair, (B,), of features ``painted`` and ``content``, both (B, C, H, W)::

        mean over positions i of  sum_j |D_ij / sum_j D_ij - D'_ij / sum_j D'_ij|

    where D holds the cosine distances among ``count`` sampled positions, the same ones in both pictures.
    """
    positions = random_positions(painted, count, random)
    return (_distances(painted, positions) - _distances(content, positions)).abs().sum(2).mean(1)


def _distances(features: Tensor, positions: Tensor) -> Tensor:
    """Return the cosine distances among the positions of each picture, (B, K, K), scaled so that each row sums to 1."""
    vectors = unit_vectors(features, positions)
    distances = (1 - vectors @ vectors.transpose(1, 2)).clamp_min(0)
    return distances / (distances.sum(2, keepdim=True) + EPSILON)
