"""What is minimized: the content of one picture and the style of others, as one loss on the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.optimize import losses
from pinxit.optimize.losses import Features, Term
from pinxit.optimize.vgg import VGG19, parse_layers
from pinxit.options import Look, Optimize


@dataclass(frozen=True, slots=True)
class Region:
    """The styles that paint one part of the picture."""

    styles: tuple[tuple[Tensor, float], ...]
    """(picture (1, 3, h, w), share of the region's style); the shares sum to 1."""
    mask: Tensor | None
    """(1, 1, H, W) in [0, 1], or None for the whole picture."""
    area: float
    """The mean of the mask: how much of the picture it is."""


def layers(options: Optimize) -> tuple[dict[str, float], dict[str, float]]:
    """Return the content and the style layers with their weights; the weights of either kind sum to 1.

    ``gatys`` keeps the weights as given, as eq. 5 does.
    """
    found = [parse_layers(text) for text in (options.content_layers, options.style_layers)]
    if options.losses == "relative":
        found = [{name: weight / sum(each.values()) for name, weight in each.items()} for each in found]
    return found[0], found[1]


class Objective:
    """alpha L_content + beta L_style + total variation, of a picture (1, 3, H, W) in [0, 1].

    ``strength`` s moves the style's target from the content's own Gram matrices to the style's,
    (1 - s) G_content + s A, so that at 0 the content is the minimum: the same meaning as alpha has
    in AdaIN (Huang & Belongie 2017, eq. 14), here in the space of Gram matrices.
    """

    def __init__(
        self, network: VGG19, content: Tensor, regions: Sequence[Region], look: Look, options: Optimize
    ) -> None:
        self.network = network
        self.tv_weight = options.tv_weight
        content_layers, style_layers = layers(options)
        with torch.no_grad():
            features = network(content)
            make_content = losses.Content if options.losses == "gatys" else losses.RelativeContent
            self.terms = [
                Term("content", name, options.content_weight * weight, make_content(features[name].clone()))
                for name, weight in content_layers.items()
                if weight and options.content_weight
            ]
            for region in regions:
                self.terms += _style_terms(network, features, region, style_layers, look.strength, options)

    def __call__(self, picture: Tensor) -> tuple[Tensor, dict[str, float]]:
        loss, parts = losses.total(self.terms, self.network.walk(picture))
        if self.tv_weight:
            variation = self.tv_weight * losses.total_variation(picture)
            loss, parts = loss + variation, {**parts, "tv": float(variation.detach())}
        return loss, parts


def _style_terms(
    network: VGG19, content: Features, region: Region, weights: dict[str, float], strength: float, options: Optimize
) -> list[Term]:
    """Return one style term a layer for a region: its target is the weighted mean of its styles' Gram matrices.

    With squared distances and shares that sum to 1 that mean is the same as the weighted sum of one loss a
    style, up to a constant, and it costs no more than one style.
    """
    targets: dict[str, Tensor] = {}
    for picture, share in region.styles:
        for name, feature in network(picture).items():
            if name in weights:
                targets[name] = targets.get(name, 0) + share * losses.mean_gram(feature)
    make = losses.Style if options.losses == "gatys" else losses.RelativeStyle
    terms = []
    for name, weight in weights.items():
        height, width = content[name].shape[2:]
        mask = None if region.mask is None else F.adaptive_avg_pool2d(region.mask, (height, width))[0, 0]
        target = strength * targets[name]
        if strength < 1:
            target = target + (1 - strength) * losses.mean_gram(content[name], mask)
        scaled = options.style_weight * weight * region.area
        if scaled:
            terms.append(Term("style", name, scaled, make(target, mask)))
    return terms
