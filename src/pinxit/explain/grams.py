"""The Gram matrices of photo, painting and result: the part of them that can be looked at, and what shuffling does."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pinxit.config.options import STYLE_LAYERS
from pinxit.explain import encoding
from pinxit.explain.pair import Pair, tensor
from pinxit.images import Image
from pinxit.nn.gram import gram

SHOWN = 32
"""Channels of a layer whose part of the Gram matrix is shown: those that are strongest in photo and painting."""
SIDE = 40
"""Long side, px, of their maps."""
TINY = 1e-12  # in place of 0 where a picture excites no channel


@torch.no_grad()
def layers(pair: Pair, pictures: Mapping[str, Image]) -> list[dict[str, object]]:
    """Return each style layer with its Gram matrices; ``pictures`` has ``photo``, ``painting`` and ``result``."""
    features = {key: dict(pair.network.walk(tensor(image))) for key, image in pictures.items()}
    return [_layer(name, {key: each[name] for key, each in features.items()}) for name in STYLE_LAYERS]


def _layer(name: str, features: Mapping[str, Tensor]) -> dict[str, object]:
    grams = {key: gram(each)[0] for key, each in features.items()}
    powers = [grams[key].diagonal() for key in ("photo", "painting")]
    strength = torch.stack([each / each.sum().clamp_min(TINY) for each in powers]).sum(0)
    shown = strength.argsort(descending=True)[:SHOWN]
    top = torch.stack([each[0, shown].amax((1, 2)) for each in features.values()]).amax(0)
    tops = encoding.numbers(top)
    target = grams["painting"]
    return {
        "name": name,
        "channels": shown.tolist(),
        "of": len(target),
        "tops": tops,
        "grams": {key: encoding.numbers(each[shown][:, shown]) for key, each in grams.items()},
        "distances": {
            key: float(f"{(each - target).norm() / target.norm().clamp_min(TINY):.4g}") for key, each in grams.items()
        },
        "maps": {key: encoding.atlas(each[0, shown], tops, SIDE) for key, each in features.items()},
        "positions": {key: list(each.shape[2:]) for key, each in features.items()},
        "shuffled": shuffled_change(features["photo"]),
    }


def shuffled_change(feature: Tensor) -> float:
    """Return the largest change of a Gram matrix, relative to its largest entry, when all positions are shuffled."""
    flat = feature.flatten(2)
    order = torch.randperm(flat.shape[2], generator=torch.Generator().manual_seed(0))
    before, after = gram(flat[..., None]), gram(flat[:, :, order, None])
    return float(f"{(after - before).abs().max() / before.abs().max().clamp_min(TINY):.2g}")
