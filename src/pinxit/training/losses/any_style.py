"""The loss of the any-style recipe: the weighted sum of its terms, each a mean over a batch of painted pairs::

content            ||F - P||^2 / ||P||^2
style, moments     at the layers of ``gram_layers``, see `pinxit.training.losses.features`
identity           |painted - content|, where the style is the content itself
tv                 total variation of the painted picture
grid_artifact      see `pinxit.training.losses.pixels`
remd, self_similarity, palette    only with a weight
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from pinxit.config.training import TrainAdain
from pinxit.methods.optimize.losses import Features, total_variation
from pinxit.nn.layers import parse_layers
from pinxit.training.losses.features import StyleStats, relative_distance, remd, self_similarity_loss, weighted_mean
from pinxit.training.losses.pixels import grid_artifact_loss, palette_loss

TERMS = ("content", "style", "moments", "identity", "tv", "grid_artifact")
OPTIONAL_TERMS = ("remd", "self_similarity", "palette")
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
        self.vgg, self.options = vgg, options
        self.terms = (*TERMS, *(term for term in OPTIONAL_TERMS if getattr(options, f"{term}_weight")))
        self.weights: dict[str, float] = {term: getattr(options, f"{term}_weight") for term in self.terms}

    @staticmethod
    def layers(options: TrainAdain) -> set[str]:
        """Return all layers that the terms need."""
        terms = [
            "content",
            "style",
            *(term for term in ("remd", "self_similarity") if getattr(options, f"{term}_weight")),
        ]
        return {name for term in terms for name in _layers(term, options)}

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
        ``random``   chooses what `remd`, `self_similarity_loss` and `palette_loss` compare
        """
        count = len(painted) - batch.identities
        copies = painted[count:]
        terms = self._feature_losses(self.vgg(painted[:count]), batch.pairs[:count], targets, random)
        terms["identity"] = (copies - batch.contents[: len(copies)]).abs().mean() if len(copies) else copies.sum()
        terms["tv"] = total_variation(painted)
        has_weight = self.weights["grid_artifact"]
        terms["grid_artifact"] = grid_artifact_loss(painted).mean() if has_weight else painted.new_zeros(())
        if "palette" in self.weights:
            terms["palette"] = palette_loss(painted[:count], batch.styles[batch.pairs[:count, 1]], random).mean()
        loss = torch.stack([weight * terms[name] for name, weight in self.weights.items()]).sum()
        return {"loss": loss, **{name: terms[name] for name in self.terms}}

    def _feature_losses(
        self, features: Features, pairs: Tensor, targets: tuple[Features, Features], random: torch.Generator
    ) -> dict[str, Tensor]:
        (contents, styles), (content, style), options = targets, pairs.T, self.options
        stats = {name: StyleStats.of(features[name]) for name in parse_layers(options.gram_layers)}
        with torch.no_grad():
            target_stats = {name: StyleStats.of(styles[name]).select(style) for name in stats}
        distances: dict[str, Callable[[str], Tensor]] = {
            "content": lambda name: relative_distance(features[name], contents[name][content]).square(),
            "style": lambda name: stats[name].style_distance(target_stats[name]),
            "moments": lambda name: stats[name].moments_distance(target_stats[name]),
            "remd": lambda name: remd(features[name], styles[name][style], options.remd_samples, random),
            "self_similarity": lambda name: self_similarity_loss(features[name], contents[name][content], random),
        }
        used = [(term, distance) for term, distance in distances.items() if term in self.weights]
        return {term: weighted_mean(distance, _layers(term, options)).mean() for term, distance in used}


def _layers(term: str, options: TrainAdain) -> dict[str, float]:
    """Return the layers of a term of features, and their weights."""
    return parse_layers(getattr(options, f"{'gram' if term in ('style', 'moments') else term}_layers"))
