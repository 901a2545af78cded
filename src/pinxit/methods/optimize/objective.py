"""What is minimized: a family of losses, total variation, and the distances to the start and to the frame before."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.options import Look, Optimize
from pinxit.errors import BadOption
from pinxit.methods.optimize import losses, memory
from pinxit.methods.optimize.losses import Features, Sums, Term
from pinxit.methods.optimize.regions import Region
from pinxit.nn.gram import gram
from pinxit.nn.layers import parse_layers
from pinxit.nn.vgg import VGG19

PAPER = 0.005
"""alpha a unit of `Optimize.content_weight` with the losses ``gatys``: at that option's default, the paper's
alpha / beta = 1e-3 (section 3). The published content loss is a sum over all features, the relative one a mean,
so that one number cannot suit both."""


class PictureLosses(Protocol):
    """The content and style losses of a picture."""

    smoothness: float
    """Weight of the total variation that they come with."""

    @property
    def weightless(self) -> bool:
        """Whether every weight is 0."""
        ...

    def search(self, picture: Tensor | None) -> None:
        """Choose new targets for ``picture``, (1, 3, H, W), where targets depend on it; None: nothing is painted."""
        ...

    def __call__(self, picture: Tensor) -> Sums:
        """Return the losses of (1, 3, H, W) by name, ``content`` and ``style``."""
        ...


class Objective:
    """alpha L_content + beta L_style + total variation + what `add` adds, of a picture (1, 3, H, W) in [0, 1].

    Raises `BadOption` where nothing has a weight.
    """

    def __init__(self, picture_losses: PictureLosses, tv_weight: float) -> None:
        self.picture_losses = picture_losses
        self.added: dict[str, tuple[float, Callable[[Tensor], Tensor]]] = {}
        if tv_weight:
            self.add("tv", tv_weight, losses.total_variation)
        if picture_losses.weightless and not tv_weight:
            raise BadOption("nothing to paint by: give content_weight, style_weight or tv_weight above 0")

    def add(self, name: str, weight: float, loss: Callable[[Tensor], Tensor]) -> None:
        """Add a weighted loss of the picture, (1, 3, H, W) -> ()."""
        self.added[name] = weight, loss

    def __call__(self, picture: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Return the loss, (), and its parts by name: ``content``, ``style``, and what is added, as ``tv``."""
        parts = self.picture_losses(picture)
        parts |= {name: weight * loss(picture) for name, (weight, loss) in self.added.items()}
        loss = sum(parts.values(), torch.zeros((), device=picture.device))
        return loss, {kind: float(value.detach()) for kind, value in parts.items()}


class GramLosses:
    """The families ``relative`` and ``gatys``: content features, and Gram matrices for the style.

    ``strength`` s moves the style's target from the content's own Gram matrices to the style's,
    (1 - s) G_content + s A, so that at 0 the content is the minimum: the same meaning as alpha has
    in AdaIN (Huang & Belongie 2017, eq. 14), here in the space of Gram matrices.
    """

    smoothness = 0.0
    padding = "zeros"
    per_pixel = memory.GRAM

    def __init__(
        self, network: VGG19, content: Tensor, regions: Sequence[Region], look: Look, options: Optimize
    ) -> None:
        self.network = network
        content_layers, style_layers = layers(options)
        with torch.no_grad():
            features = network(content)
            self.terms = content_terms(features, content_layers, options)
            for region in regions:
                grams = style_grams(network, region, style_layers)
                self.terms += style_terms(grams, features, region, style_layers, look.strength, options)

    @staticmethod
    def layers(options: Optimize) -> list[str]:
        """Return all layers that the losses need."""
        return [name for weights in layers(options) for name in weights]

    @property
    def weightless(self) -> bool:
        """Whether every weight is 0."""
        return not self.terms

    def search(self, picture: Tensor | None) -> None:
        """Keep the targets: Gram matrices do not depend on the picture."""

    def __call__(self, picture: Tensor) -> Sums:
        """Return the losses of (1, 3, H, W) by name."""
        return losses.total(self.terms, partial(self.network.walk, picture))


def layers(options: Optimize) -> tuple[dict[str, float], dict[str, float]]:
    """Return the content and the style layers with their weights w_l; the weights of either kind sum to 1.

    The paper has w_l = 1/5 for each of five style layers. A layer of weight 0 is left out.
    """
    content, style = (normalized(parse_layers(text)) for text in (options.content_layers, options.style_layers))
    return content, style


def normalized(weights: dict[str, float]) -> dict[str, float]:
    """Return the weights above 0, divided by their sum."""
    heaviest = max(weights.values())  # dividing by it first, no sum overflows
    total = sum(weight / heaviest for weight in weights.values())
    return {name: weight / heaviest / total for name, weight in weights.items() if weight / heaviest}


def content_terms(features: Features, weights: dict[str, float], options: Optimize) -> list[Term]:
    """Return one content term a layer, made from the content's features."""
    published = options.losses == "gatys"
    alpha = options.content_weight * (PAPER if published else 1)
    make = losses.Content if published else losses.RelativeContent
    return [Term("content", name, alpha * w, make(features[name].clone())) for name, w in weights.items() if alpha * w]


def style_terms(
    grams: Features, content: Features, region: Region, weights: dict[str, float], strength: float, options: Optimize
) -> list[Term]:
    """Return one style term a layer for a region, made from the region's `style_grams` and the content's features."""
    make = losses.Style if options.losses == "gatys" else losses.RelativeStyle
    terms = []
    for name, weight in weights.items():
        height, width = content[name].shape[2:]
        mask = None if region.mask is None else F.adaptive_avg_pool2d(region.mask, (height, width))[0, 0]
        target = strength * grams[name]
        if strength < 1:
            target = target + (1 - strength) * gram(content[name], mask)
        scaled = options.style_weight * weight * region.weight
        if scaled:
            terms.append(Term("style", name, scaled, make(target, mask)))
    return terms


def style_grams(network: VGG19, region: Region, names: Collection[str]) -> Features:
    """Return the weighted mean of the Gram matrices of a region's styles, by layer.

    With squared distances and shares that sum to 1 that mean is the same as the weighted sum of one loss a
    style, up to a constant, and it costs no more than one style.
    """
    grams: dict[str, Tensor] = {}
    for picture, share in region.styles:
        for name, feature in network.walk(picture):
            if name in names:
                grams[name] = grams.get(name, 0) + share * gram(feature)
    return grams
