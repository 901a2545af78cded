"""The losses of neural style transfer: each a small callable made from its target.

Published (Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016)::

    L_content = 1/2 sum_ij (F_ij - P_ij)^2                                   eq. 1    `Content`
    G_ij      = sum_k F_ik F_jk                                              eq. 3    `pinxit.nn.gram.gram`
    E_l       = 1 / (4 N_l^2 M_l^2) sum_ij (G_ij - A_ij)^2                   eq. 4    `Style`
    L_style   = sum_l w_l E_l                                                eq. 5    `total`
    L         = alpha L_content + beta L_style                               eq. 7    `total`

N_l is the number of channels of layer l, M_l its height times width.

The family ``relative`` differs from the paper in its scaling, because eq. 4 grows with the fourth
power of the features: between the layers of one painting E_l spans five orders of magnitude, so that one or
two layers decide the picture and the others (above all conv1_1, the colors, and conv5_1, the large
shapes) hardly move. It measures each layer relative to its target instead::

    content   ||F - P||_F^2 / ||P||_F^2                                      `RelativeContent`
    style     ||G/M - A/M'||_F / ||A/M'||_F                                  `RelativeStyle`

The style term is the norm, not its square: its gradient does not fade as a layer comes close, so every
layer is driven on at the same pace, and the sum over the layers is the very distance by which results are
judged. The content term stays squared: close to the photo it gives way, far from it it holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor

from pinxit.nn.device import fixed_sum
from pinxit.nn.gram import gram
from pinxit.nn.vgg import Read

SQUARES = 32
"""Squares of `CoarseColors` along the picture's long side."""

Features = Mapping[str, Tensor]
"""Layer name -> feature (B, C, H, W)."""
Sums = dict[str, Tensor]
"""Kind of a loss -> its value."""


class LayerLoss(Protocol):
    """Compares one layer's features, (1, C, H, W), with the target it was made from."""

    def __call__(self, features: Tensor) -> Tensor: ...


class Content:
    """1/2 sum (F - P)^2 (eq. 1)."""

    def __init__(self, target: Tensor) -> None:
        self.target = target

    def __call__(self, features: Tensor) -> Tensor:
        return 0.5 * fixed_sum((features - self.target).square())


class RelativeContent:
    """||F - P||^2 / ||P||^2: 1 is as far from the content as black is."""

    def __init__(self, target: Tensor) -> None:
        self.target = target
        self.scale = 1 / fixed_sum(target.square()).clamp_min(1e-12)

    def __call__(self, features: Tensor) -> Tensor:
        return fixed_sum((features - self.target).square()) * self.scale


class Style:
    """1 / (4 N^2 M^2) sum (G - A)^2 (eq. 4).

    ``target`` is A / M', (C, C), of a style picture with M' positions: the paper has M = M', and with G / M
    against A / M' the sum means the same where the sizes differ.
    """

    def __init__(self, target: Tensor, mask: Tensor | None = None) -> None:
        self.target = target
        self.mask = mask

    def __call__(self, features: Tensor) -> Tensor:
        difference = gram(features, self.mask) - self.target
        return fixed_sum(difference.square()) / (4 * features.shape[1] ** 2)


class RelativeStyle:
    """||G/M - A/M'||_F / ||A/M'||_F: 0 is the style itself, 1 as far from it as black is."""

    def __init__(self, target: Tensor, mask: Tensor | None = None) -> None:
        self.target = target
        self.mask = mask
        self.scale = 1 / target.norm().clamp_min(1e-12)

    def __call__(self, features: Tensor) -> Tensor:
        difference = gram(features, self.mask) - self.target
        # The square root's slope has no bound at 0: a small floor keeps the gradient finite there.
        distance: Tensor = (fixed_sum(difference.square()) * self.scale**2 + 1e-12).sqrt()
        return distance


def total_variation(x: Tensor) -> Tensor:
    """Return the mean absolute difference between neighbors, of a picture (B, 3, H, W), across plus down.

    The anisotropic form of Rudin, Osher, Fatemi, "Nonlinear total variation based noise removal algorithms", 1992.
    """
    across, down = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
    return fixed_sum(across.abs()) / max(1, across.numel()) + fixed_sum(down.abs()) / max(1, down.numel())


class Temporal:
    """1/D sum_k c_k (x_k - w_k)^2, a number, of a picture x (1, 3, H, W) with D = 3 H W values.

    Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos", GCPR 2016, the temporal consistency loss: ``moved``,
    w (1, 3, H, W), is the last frame's painting moved by the optical flow, and ``trust``, c (1, 1, H, W) in [0, 1],
    is 0 where that is not known. Differs from the paper in that c may lie between 0 and 1, and pixels in [0, 1].
    """

    def __init__(self, moved: Tensor, trust: Tensor) -> None:
        self.moved, self.trust = moved, trust

    def __call__(self, picture: Tensor) -> Tensor:
        return fixed_sum(self.trust * (picture - self.moved).square()) / picture.numel()


class CoarseColors:
    """Mean over squares of (mean color of the square - that of the base)^2, of a picture (1, 3, H, W) in [0, 1].

    The squares overlap by half; `SQUARES` of them, side by side, are as long as the picture's long side. Not from a
    paper: nearest neighbors alone leave smoky patches in what is flat, since each place finds its target by itself.
    """

    def __init__(self, base: Tensor) -> None:
        height, width = base.shape[2:]
        side = max(1, round(max(height, width) / SQUARES))
        self.sides = min(side, height), min(side, width)
        self.colors = self._colors(base)

    def __call__(self, picture: Tensor) -> Tensor:
        difference = self._colors(picture) - self.colors
        return fixed_sum(difference.square()) / difference.numel()

    def _colors(self, picture: Tensor) -> Tensor:
        return F.avg_pool2d(picture, self.sides, [max(1, side // 2) for side in self.sides], ceil_mode=True)


@dataclass(frozen=True, slots=True)
class Term:
    """One weighted loss at one layer."""

    kind: str
    """``content`` or ``style``."""
    layer: str
    weight: float
    loss: LayerLoss


def total(
    terms: Sequence[Term],
    walk: Callable[[Read], Iterable[tuple[str, Sums]]],
    more: Callable[[str, Tensor], Sums] = lambda name, feature: {},
) -> Sums:
    """Return the weighted sum of the terms of each kind (eq. 5 and 7), (), over the layers that ``walk`` visits.

    ``walk``  a picture's features, one after the other: `VGG19.walk` of the picture
    ``more``  other sums of a layer's feature

    Every layer's losses are taken before the next layer exists. Autograd goes back in the reverse order: each layer
    needs its gradient no earlier than the backward pass comes by, and only one such gradient at a time takes memory.
    """

    def read(name: str, feature: Tensor) -> Sums:
        sums = add((term.kind, term.weight * term.loss(feature)) for term in terms if term.layer == name)
        return {**sums, **more(name, feature)}

    return add(part for _, sums in walk(read) for part in sums.items())


def add(parts: Iterable[tuple[str, Tensor]]) -> Sums:
    """Return the sum of the values of each kind."""
    sums: Sums = {}
    for kind, value in parts:
        sums[kind] = sums[kind] + value if kind in sums else value
    return sums
