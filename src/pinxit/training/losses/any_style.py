"""What the network is taught: the distances by which painted pictures are judged, for whole batches.

The losses of `pinxit.methods.optimize.losses` (relative, because layers differ by orders of magnitude), one value a picture::

    content    ||F - P||^2 / ||P||^2
    style      ||G/M - A/M'||_F / ||A/M'||_F
    moments    ||mu - mu'|| / ||mu'|| + ||sigma - sigma'|| / ||sigma'||        at the style's layers
    identity   |painted - content|, where the style is the content itself
    tv         total variation of what is painted
    weave      how far grids with the painter's strides stand out in it: see `pinxit.training.losses.grid_artifact`

The moments (Li et al., "Demystifying Neural Style Transfer", 2017) say nothing new where the Gram matrices agree, but
their gradient points the way from far off, which an untrained network needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from pinxit.config.training import TrainAdain
from pinxit.methods.optimize.losses import Features, total_variation
from pinxit.nn.gram import gram
from pinxit.nn.layers import parse_layers
from pinxit.training.losses.grid_artifact import weave

TERMS = ("content", "style", "moments", "identity", "tv", "weave")


class Look(NamedTuple):
    """What the style's distances compare at one layer."""

    gram: Tensor
    """(B, C, C)"""
    mean: Tensor
    """(B, C)"""
    std: Tensor
    """(B, C)"""

    @classmethod
    def of(cls, features: Tensor) -> Look:
        """Take it from (B, C, H, W): sigma^2 = E[x^2] - mu^2, and E[x^2] is the Gram matrix's diagonal."""
        matrix, mean = gram(features), features.mean((2, 3))
        variance = matrix.diagonal(dim1=1, dim2=2) - mean.square()
        return cls(matrix, mean, (variance.clamp_min(0) + 1e-6).sqrt())

    def of_each(self, chosen: Tensor) -> Look:
        """Return the looks of the ``chosen`` pictures."""
        return Look(*(value[chosen] for value in self))


def relative(values: Tensor, target: Tensor) -> Tensor:
    """Return ||values - target|| / ||target|| of every picture, (B,); the gradient stays finite at 0."""
    values, target = values.flatten(1), target.flatten(1)
    scale = target.square().sum(1).clamp_min(1e-12)
    return ((values - target).square().sum(1) / scale + 1e-12).sqrt()


def content_distance(painted: Tensor, content: Tensor) -> Tensor:
    """Return ||F - P|| / ||P|| of every picture, (B,)."""
    return relative(painted, content)


def style_distance(painted: Tensor, style: Tensor) -> Tensor:
    """Return ||G/M - A/M'||_F / ||A/M'||_F of every picture, (B,)."""
    return relative(gram(painted), gram(style))


class Batch(NamedTuple):
    """What one step paints, all in [0, 1]."""

    contents: Tensor
    """(N, 3, S, S)"""
    styles: Tensor
    """(N + identities, 3, S, S): paintings, then those contents that are painted in their own style."""
    chosen: Tensor
    """(B, 2): the content and the style of each pair; the pairs with a content as the style come last."""
    identities: int
    """How many of these there are."""


def pairs(contents: Tensor, styles: Tensor, each: int, identities: int) -> Batch:
    """Return the batch of (N, 3, S, S) ``contents`` and as many ``styles``: each content in ``each`` of the styles."""
    count = len(contents)
    chosen = [(i, (i + k) % count) for i in range(count) for k in range(each)]
    chosen += [(i, count + i) for i in range(identities)]
    index = torch.tensor(chosen, device=contents.device)
    return Batch(contents, torch.cat([styles, contents[:identities]]), index, identities)


class Objective:
    """The whole loss of one batch, by whatever ``network`` gives the features of the layers in ``layers(options)``."""

    def __init__(self, network: Callable[[Tensor], Features], options: TrainAdain) -> None:
        self.network = network
        self.weights = {term: getattr(options, f"{term}_weight") for term in TERMS}
        self.content = parse_layers(options.content_layers)
        self.style = parse_layers(options.style_layers)

    @staticmethod
    def layers(options: TrainAdain) -> set[str]:
        """Return all layers that the losses need."""
        return {*parse_layers(options.content_layers), *parse_layers(options.style_layers)}

    @torch.no_grad()
    def targets(self, batch: Batch) -> tuple[Features, Features]:
        """Return the features of the contents, and of the styles: each picture is looked at once."""
        count, others = len(batch.contents), len(batch.styles) - batch.identities
        found = self.network(torch.cat([batch.contents, batch.styles[:others]]))
        contents = {name: value[:count] for name, value in found.items()}
        styles = {name: torch.cat([value[count:], value[: batch.identities]]) for name, value in found.items()}
        return contents, styles

    def __call__(self, painted: Tensor, batch: Batch, targets: tuple[Features, Features]) -> dict[str, Tensor]:
        """Return every term, (), unweighted, and their weighted sum as ``loss``.

        ``painted``  (B, 3, S, S), the batch's pairs
        """
        contents, styles = targets
        count = len(painted) - batch.identities
        content, style = batch.chosen[:count].T
        features = self.network(painted[:count])
        looks = {name: Look.of(features[name]) for name in self.style}
        with torch.no_grad():
            wanted = {name: Look.of(styles[name]).of_each(style) for name in self.style}
        terms = {
            "content": _mean(
                {n: content_distance(features[n], contents[n][content]).square() for n in self.content}, self.content
            ),
            "style": _mean({n: relative(looks[n].gram, wanted[n].gram) for n in self.style}, self.style),
            "moments": _mean(
                {
                    n: relative(looks[n].mean, wanted[n].mean) + relative(looks[n].std, wanted[n].std)
                    for n in self.style
                },
                self.style,
            ),
            "identity": _away(painted[count:], batch.contents[: batch.identities]),
            "tv": total_variation(painted),
            "weave": weave(painted).mean() if self.weights["weave"] else painted.new_zeros(()),
        }
        loss = torch.stack([self.weights[name] * value for name, value in terms.items()]).sum()
        return {"loss": loss, **terms}


def _mean(values: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the mean over the batch, and over the layers by their weights."""
    whole = sum(weights.values())
    return torch.stack([weights[name] / whole * value.mean() for name, value in values.items()]).sum()


def _away(painted: Tensor, content: Tensor) -> Tensor:
    return (painted - content).abs().mean() if len(painted) else painted.sum()
