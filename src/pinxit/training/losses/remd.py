"""The relaxed earth mover's distance between the features of two pictures, at sampled positions.

Kolkin, Salavon, Shakhnarovich, "Style Transfer by Relaxed Optimal Transport and Self-Similarity", CVPR 2019. Unlike the
Gram matrices of deep layers it does not ask for the painting's large shapes where the photo has no room for them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-6


def unit_vectors(features: Tensor, positions: Tensor) -> Tensor:
    """Return the features (B, C, H, W) at flat ``positions`` (K,), scaled to length 1: (B, K, C), float32."""
    return F.normalize(features.float().flatten(2)[:, :, positions].transpose(1, 2), dim=2, eps=EPSILON)


def random_positions(features: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return ``count`` different flat positions of (B, C, H, W), or all; ``random`` is a generator on the CPU."""
    order = torch.randperm(features.shape[2] * features.shape[3], generator=random)
    return order[:count].to(features.device)


def remd(painted: Tensor, style: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return the distance of every pair, (B,), of features (B, C, H, W) and (B, C, h, w) at ``count`` positions each.

    The larger of two mean cosine distances: from each painted position to the nearest of the style, and from each
    position of the style to the nearest painted one.
    """
    a = unit_vectors(painted, random_positions(painted, count, random))
    b = unit_vectors(style, random_positions(style, count, random))
    distances = 1 - a @ b.transpose(1, 2)  # (B, K, K)
    return torch.maximum(distances.amin(2).mean(1), distances.amin(1).mean(1))
