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

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.options import CONTENT_LAYER, STYLE_LAYERS
from pinxit.methods.optimize.losses import Features, total_variation
from pinxit.nn.gram import gram
from pinxit.nn.vgg import VGG19

LAYERS = {CONTENT_LAYER, *STYLE_LAYERS}
"""Layers that `PerceptualLoss` compares, where nothing else is said."""
GRAM_LAYERS: Mapping[str, float] = dict.fromkeys(STYLE_LAYERS, 1.0)
"""Those of its Gram loss, and their weights."""
MARGIN = 16
"""Width of its mirrored margin, px: with it, paint costs as much along the edge as elsewhere."""
EPSILON = 1e-6
SAMPLES = 256
"""Positions per picture that `self_similarity_loss` compares."""
STYLE_SAMPLES = 4096
"""Positions of a style picture that `PerceptualLoss` keeps the features of, for `remd`."""


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


def weighted_mean(distance: Callable[[str], Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the weighted mean over the layers of ``distance(layer)``, (B,)."""
    total = sum(weights.values())
    return torch.stack([weight / total * distance(name) for name, weight in weights.items()]).sum(0)


def unit_vectors(features: Tensor, positions: Tensor) -> Tensor:
    """Return the features (B, C, H, W) at flat ``positions`` (K,), scaled to length 1: (B, K, C), float32."""
    return F.normalize(features.float().flatten(2)[:, :, positions].transpose(1, 2), dim=2, eps=EPSILON)


def random_positions(features: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Return ``count`` different flat positions of (B, C, H, W), or all; ``random`` is a generator on the CPU."""
    order = torch.randperm(features.shape[2] * features.shape[3], generator=random)
    return order[:count].to(features.device)


def _samples(features: Tensor, random: torch.Generator) -> Tensor:
    """Return (1, C, H, W) at `STYLE_SAMPLES` positions, as (1, C, positions, 1); some twice in a small picture."""
    positions = torch.randint(features.shape[2] * features.shape[3], (STYLE_SAMPLES,), generator=random)
    return features.flatten(2)[:, :, positions.to(features.device), None]


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


class PerceptualLoss:
    """Measures painted pictures against their photos and against given styles (Johnson et al. 2016).

    The statistics of a style are computed once, from its whole picture. Differs from the paper in that every distance
    is relative to its target, so that no layer outweighs another, and in the layers, which are those of Gatys et al.

    Pictures are extended by mirrored pixels on every side. VGG-19 pads with zeros, which makes the edge of a picture
    cheap: a strip of other colors there changes conv4_2 by two thirds of the squared distance that it costs elsewhere.
    Networks learn that, and paint there what the style wants and the photo has no room for.

    ``vgg``          returns the features of the layers of all terms
    ``styles``       pictures (1, 3, h, w)
    ``margin``       width of the mirrored margin, px; 0 measures as `pinxit.metrics.distances` does
    ``gram_layers``  layers of the terms `style` and `moments`, and their weights
    ``remd_layers``  layers of the term `remd`, and their weights; without any there is no such term
    ``remd_samples``  positions per picture that it compares
    """

    def __init__(
        self,
        vgg: VGG19,
        styles: Sequence[Tensor],
        margin: int = MARGIN,
        gram_layers: Mapping[str, float] = GRAM_LAYERS,
        remd_layers: Mapping[str, float] | None = None,
        remd_samples: int = SAMPLES,
    ) -> None:
        self.vgg, self.margin = vgg, margin
        self.gram_layers, self.remd_layers, self.remd_samples = gram_layers, remd_layers or {}, remd_samples
        random = torch.Generator().manual_seed(0)
        with torch.no_grad():
            each = [self._style(vgg(self._extended(style)), random) for style in styles]
        stats = {name: [stats[name] for stats, _ in each] for name in gram_layers}
        self.styles = {name: StyleStats(*map(torch.cat, zip(*values, strict=True))) for name, values in stats.items()}
        self.samples = {name: torch.cat([samples[name] for _, samples in each]) for name in self.remd_layers}
        """Layer -> features of every style at some positions, (styles, C, positions, 1)."""

    @torch.no_grad()
    def content_features(self, photos: Tensor) -> Tensor:
        """Return the features (B, C, h, w) of photos (B, 3, H, W) that ``__call__`` compares with."""
        feature: Tensor = next(
            features for name, features in self.vgg.walk(self._extended(photos)) if name == CONTENT_LAYER
        )
        return feature

    def __call__(
        self, painted: Tensor, content: Tensor, styles: Tensor, random: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Return every distance, (B,), of ``painted`` (B, 3, H, W).

        ``content``  the `content_features` of the photos
        ``styles``   (B,), integers: the style of each picture
        ``random``   chooses what `remd` and `self_similarity_loss` compare; without it there is no such term
        """
        features = self.vgg(self._extended(painted))
        stats = {name: StyleStats.of(features[name].float()) for name in self.gram_layers}
        targets = {name: value.select(styles) for name, value in self.styles.items()}
        terms = {
            "content": relative_distance(features[CONTENT_LAYER].float(), content.float()),
            "style": weighted_mean(lambda name: stats[name].style_distance(targets[name]), self.gram_layers),
            "moments": weighted_mean(lambda name: stats[name].moments_distance(targets[name]), self.gram_layers),
            "tv": torch.stack([total_variation(each[None]) for each in painted]),
        }
        if random and self.remd_layers:
            terms["remd"] = weighted_mean(
                lambda name: remd(features[name], self.samples[name][styles], self.remd_samples, random),
                self.remd_layers,
            )
        if random:
            terms["self_similarity"] = self_similarity_loss(features[CONTENT_LAYER], content, random)
        return terms

    def _style(self, features: Features, random: torch.Generator) -> tuple[dict[str, StyleStats], Features]:
        """Return the statistics of a style picture's features, and samples of them."""
        stats = {name: StyleStats.of(features[name].float()) for name in self.gram_layers}
        return stats, {name: _samples(features[name], random) for name in self.remd_layers}

    def _extended(self, pictures: Tensor) -> Tensor:
        width = min(self.margin, min(pictures.shape[2:]) - 1)
        return F.pad(pictures, (width,) * 4, "reflect") if width else pictures
