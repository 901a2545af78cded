"""The style encoder: a pruned VGG-19, and codes as an affine map of its statistics."""

from __future__ import annotations

import torch
from torch import Tensor

from pinxit.nn.layers import LAYERS, NAMES
from pinxit.nn.style_encoder import PrunedVGG, pruned_layers
from support.networks import SMALL, trained_network


def picture(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_a_pruned_vgg_has_the_layers_of_a_whole_one() -> None:
    pruned = PrunedVGG((4, 6, 8, 8, 8))
    names = [name for name, *_ in pruned_layers((4, 6, 8, 8, 8))]
    assert names == list(NAMES[: NAMES.index("conv5_1") + 1])
    features = pruned(picture(1, 3, 32, 32))
    assert {name: (value.shape[1], 32 // value.shape[2]) for name, value in features.items()} == {
        layer.name: ((4, 6, 8, 8, 8)[int(layer.name[4]) - 1], layer.stride) for layer in LAYERS[: len(names)]
    }


def test_a_code_is_an_affine_map_of_means_and_deviations() -> None:
    encoder, style = trained_network().encoder, picture(2, 3, 32, 40)
    features = [value for name, value in encoder.vgg(style).items() if name.endswith("_1")]
    first = torch.stack([features[0].mean((2, 3)), features[0].std((2, 3), correction=0)], 1).flatten(1)
    values = encoder.statistics(style)
    torch.testing.assert_close(values[:, : first.shape[1]], first, rtol=1e-3, atol=2e-3)
    assert values.shape[1] == 2 * sum(SMALL.style_widths)
    torch.testing.assert_close(encoder(style), values @ encoder.head.weight.T + encoder.head.bias)
