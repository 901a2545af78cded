"""What the network is taught: the distances by which painted pictures are judged, for whole batches.

The losses of `pinxit.optimize.losses` (relative, because layers differ by orders of magnitude), one value a picture::

    content    ||F - P||^2 / ||P||^2                 at conv4_1 and conv4_2
    style      ||G/M - A/M'||_F / ||A/M'||_F         at conv1_1, conv2_1, conv3_1, conv4_1, conv5_1
    moments    ||mu - mu'|| / ||mu'|| + ||sigma - sigma'|| / ||sigma'||        at the same layers
    identity   |painted - content|, where the style is the content itself
    tv         total variation of what is painted

The moments (Li et al., "Demystifying Neural Style Transfer", 2017) say nothing new where the Gram matrices agree, but
their gradient points the way from far off, which an untaught network needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from pinxit.optimize.losses import total_variation
from pinxit.optimize.vgg import VGG19
from pinxit.options import TrainAdain

CONTENT_LAYERS = ("conv4_1", "conv4_2")
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
LAYERS = (*STYLE_LAYERS, "conv4_2")
TERMS = ("content", "style", "moments", "identity", "tv")

Distance = Callable[[Tensor, Tensor], Tensor]


def gram(features: Tensor) -> Tensor:
    """Return F F^T / M of every picture, (B, C, C), from (B, C, H, W)."""
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / f.shape[2]  # (B, C, M) @ (B, M, C)


def relative(values: Tensor, target: Tensor) -> Tensor:
    """Return ||values - target|| / ||target|| of every picture, (B,); the gradient stays finite at 0."""
    values, target = values.flatten(1), target.flatten(1)
    scale = target.square().sum(1).clamp_min(1e-12)
    return ((values - target).square().sum(1) / scale + 1e-12).sqrt()


def content_distance(painted: Tensor, content: Tensor) -> Tensor:
    """Return ||F - P|| / ||P|| of every picture, (B,)."""
    return relative(painted, content)


def content_loss(painted: Tensor, content: Tensor) -> Tensor:
    """Return ||F - P||^2 / ||P||^2 of every picture, (B,): squared, it gives way near the photo and holds far off."""
    return content_distance(painted, content).square()


def style_distance(painted: Tensor, style: Tensor) -> Tensor:
    """Return ||G/M - A/M'||_F / ||A/M'||_F of every picture, (B,)."""
    return relative(gram(painted), gram(style))


def moments_distance(painted: Tensor, style: Tensor) -> Tensor:
    """Return the relative distances of the channels' means and deviations, summed, (B,)."""
    found = []
    for features in (painted, style):
        variance, mean = torch.var_mean(features.flatten(2), 2, correction=0)
        found.append((mean, (variance + 1e-6).sqrt()))
    return relative(found[0][0], found[1][0]) + relative(found[0][1], found[1][1])


class Objective:
    """The whole loss of one batch."""

    def __init__(self, network: VGG19, options: TrainAdain) -> None:
        self.network = network
        self.weights = {term: getattr(options, f"{term}_weight") for term in TERMS}

    def __call__(self, painted: Tensor, content: Tensor, style: Tensor, identities: int) -> dict[str, Tensor]:
        """Return every term, (), unweighted, and their weighted sum as ``loss``.

        All three are (B, 3, H, W) in [0, 1]; of the first ``identities`` the style is the content, and only
        ``identity`` looks at these.
        """
        with torch.no_grad():
            targets = self.network(torch.cat([content, style]))
        features = self.network(painted)
        halves = {name: target.chunk(2) for name, target in targets.items()}
        terms = {
            "content": _over(CONTENT_LAYERS, content_loss, features, halves, 0),
            "style": _over(STYLE_LAYERS, style_distance, features, halves, 1),
            "moments": _over(STYLE_LAYERS, moments_distance, features, halves, 1),
        }
        means = {name: _mean(values[identities:]) for name, values in terms.items()}
        means["identity"] = _mean((painted - content).abs().flatten(1).mean(1)[:identities])
        means["tv"] = total_variation(painted)
        loss = torch.stack([self.weights[name] * value for name, value in means.items()]).sum()
        return {"loss": loss, **means}


def _over(
    layers: tuple[str, ...],
    distance: Distance,
    features: Mapping[str, Tensor],
    targets: Mapping[str, tuple[Tensor, ...]],
    half: int,
) -> Tensor:
    """Return a distance's mean over layers, (B,)."""
    return torch.stack([distance(features[name], targets[name][half]) for name in layers]).mean(0)


def _mean(values: Tensor) -> Tensor:
    return values.mean() if len(values) else values.sum()
