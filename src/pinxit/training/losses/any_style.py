"""The loss of the any-style recipe: the weighted sum of its terms, each a mean over a batch of painted pairs.

The distances are those of `pinxit.training.losses.distances`::

    content            ||F - P||^2 / ||P||^2
    style, moments     at the layers of ``gram_layers``
    identity           |painted - content|, where the style is the content itself
    tv                 total variation of the painted picture
    grid_artifact      see `pinxit.training.losses.grid_artifact`
    remd               see `pinxit.training.losses.remd`; only with a weight
    self_similarity    see `pinxit.training.losses.self_similarity`; only with a weight
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from pinxit.config.training import TrainAdain
from pinxit.methods.optimize.losses import Features, total_variation
from pinxit.nn.layers import parse_layers
from pinxit.training.losses.distances import StyleStats, layer_mean, relative_distance
from pinxit.training.losses.grid_artifact import grid_artifact_loss
from pinxit.training.losses.remd import remd
from pinxit.training.losses.self_similarity import self_similarity_loss

TERMS = ("content", "style", "moments", "identity", "tv", "grid_artifact")
OPTIONAL_TERMS = ("remd", "self_similarity")
"""Terms that are computed only if they have a weight."""


class Batch(NamedTuple):
    """What one step paints; pictures are in [0, 1]."""

    contents: Tensor
    """(N, 3, S, S)"""
    styles: Tensor
    """(N + identities, 3, S, S): paintings, then those contents that are painted in their own style."""
    pairs: Tensor
    """(B, 2): the content and the style of each pair; the identity pairs come last."""
    identities: int
    """Number of pairs whose style is the content itself."""


def make_batch(contents: Tensor, styles: Tensor, styles_per_photo: int, identities: int) -> Batch:
    """Return the batch that paints each of (N, 3, S, S) ``contents`` in so many of as many ``styles``."""
    count = len(contents)
    pairs = [(i, (i + k) % count) for i in range(count) for k in range(styles_per_photo)]
    pairs += [(i, count + i) for i in range(identities)]
    index = torch.tensor(pairs, device=contents.device)
    return Batch(contents, torch.cat([styles, contents[:identities]]), index, identities)


class AnyStyleLoss:
    """The loss of one batch; ``vgg`` returns the features of the layers in ``layers(options)``."""

    def __init__(self, vgg: Callable[[Tensor], Features], options: TrainAdain) -> None:
        self.vgg = vgg
        self.terms = (*TERMS, *(term for term in OPTIONAL_TERMS if getattr(options, f"{term}_weight")))
        self.weights: dict[str, float] = {term: getattr(options, f"{term}_weight") for term in self.terms}
        self.content_layers = parse_layers(options.content_layers)
        self.gram_layers = parse_layers(options.gram_layers)
        self.remd_layers = parse_layers(options.remd_layers)
        self.self_similarity_layers = parse_layers(options.self_similarity_layers)
        self.remd_samples = options.remd_samples

    @staticmethod
    def layers(options: TrainAdain) -> set[str]:
        """Return all layers that the terms need."""
        lists = [options.content_layers, options.gram_layers]
        lists += [options.remd_layers] if options.remd_weight else []
        lists += [options.self_similarity_layers] if options.self_similarity_weight else []
        return {name for each in lists for name in parse_layers(each)}

    @torch.no_grad()
    def targets(self, batch: Batch) -> tuple[Features, Features]:
        """Return the features of the contents and of the styles, computing those of each picture once."""
        count, paintings = len(batch.contents), len(batch.styles) - batch.identities
        features = self.vgg(torch.cat([batch.contents, batch.styles[:paintings]]))
        contents = {name: value[:count] for name, value in features.items()}
        styles = {name: torch.cat([value[count:], value[: batch.identities]]) for name, value in features.items()}
        return contents, styles

    def __call__(
        self, painted: Tensor, batch: Batch, targets: tuple[Features, Features], random: torch.Generator
    ) -> dict[str, Tensor]:
        """Return the weighted sum as ``loss``, (), and every term, (), unweighted.

        ``painted``  (B, 3, S, S), the batch's pairs
        ``random``   chooses the positions that `remd` and `self_similarity_loss` compare
        """
        count = len(painted) - batch.identities
        features = self.vgg(painted[:count])
        terms = {
            **self._distances(features, batch.pairs[:count], targets),
            "identity": _identity_loss(painted[count:], batch.contents[: batch.identities]),
            "tv": total_variation(painted),
            "grid_artifact": grid_artifact_loss(painted).mean()
            if self.weights["grid_artifact"]
            else painted.new_zeros(()),
            **self._local_losses(features, batch.pairs[:count], targets, random),
        }
        loss = torch.stack([self.weights[name] * value for name, value in terms.items()]).sum()
        return {"loss": loss, **terms}

    def _distances(self, features: Features, pairs: Tensor, targets: tuple[Features, Features]) -> dict[str, Tensor]:
        (contents, styles), (content, style) = targets, pairs.T
        stats = {name: StyleStats.of(features[name]) for name in self.gram_layers}
        with torch.no_grad():
            target_stats = {name: StyleStats.of(styles[name]).select(style) for name in self.gram_layers}
        content_distances = {
            name: relative_distance(features[name], contents[name][content]).square() for name in self.content_layers
        }
        return {
            "content": layer_mean(content_distances, self.content_layers),
            "style": layer_mean(
                {name: stats[name].style_distance(target_stats[name]) for name in self.gram_layers}, self.gram_layers
            ),
            "moments": layer_mean(
                {name: stats[name].moments_distance(target_stats[name]) for name in self.gram_layers}, self.gram_layers
            ),
        }

    def _local_losses(
        self, features: Features, pairs: Tensor, targets: tuple[Features, Features], random: torch.Generator
    ) -> dict[str, Tensor]:
        (contents, styles), (content, style) = targets, pairs.T
        terms = {}
        if "remd" in self.weights:
            values = {
                name: remd(features[name], styles[name][style], self.remd_samples, random) for name in self.remd_layers
            }
            terms["remd"] = layer_mean(values, self.remd_layers)
        if "self_similarity" in self.weights:
            values = {
                name: self_similarity_loss(features[name], contents[name][content], random)
                for name in self.self_similarity_layers
            }
            terms["self_similarity"] = layer_mean(values, self.self_similarity_layers)
        return terms


def _identity_loss(painted: Tensor, content: Tensor) -> Tensor:
    return (painted - content).abs().mean() if len(painted) else painted.sum()
