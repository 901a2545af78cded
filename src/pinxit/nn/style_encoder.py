"""The style encoder: a style picture's code from the statistics of a pruned VGG-19."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit.nn.layers import BLOCKS
from pinxit.nn.normalization import Float32Linear, statistics
from pinxit.nn.shape import Shape

MEAN_COLOR = (123.68 / 255, 116.779 / 255, 103.939 / 255)
"""Mean color of VGG-19's training pictures, red, green, blue (Simonyan & Zisserman 2014)."""


class PrunedVGG(nn.Module):
    """VGG-19 with fewer channels, up to the first convolution of its last block.

    `pinxit.training.pruning` makes it. The style encoder uses it, and training as a cheaper loss network.
    """

    mean: Tensor  # the color that zero padding stands for, (3, 1, 1), sRGB

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_COLOR).view(3, 1, 1), persistent=False)
        self.convolutions = nn.ModuleDict({name: nn.Conv2d(a, b, 3, padding=1) for name, a, b in pruned_layers(widths)})

    def layers(self) -> list[tuple[str, nn.Conv2d]]:
        """Return every convolution with its name, in order."""
        return [(name, each) for name, each in self.convolutions.items() if isinstance(each, nn.Conv2d)]

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the features of every layer, after its ReLU, of pictures (B, 3, H, W), sRGB, in [0, 1]."""
        x = x - self.mean
        features: dict[str, Tensor] = {}
        for name, convolution in self.convolutions.items():
            x = F.max_pool2d(x, 2) if opens_block(name) else x
            x = features[name] = F.relu(convolution(x))
        return features


def pruned_layers(widths: Sequence[int]) -> list[tuple[str, int, int]]:
    """Return name, inputs and outputs of the convolutions: VGG-19's, with ``widths`` channels in its blocks."""
    layers, inputs = [], 3
    for block, ((count, _), width) in enumerate(zip(BLOCKS, widths, strict=False), start=1):
        for number in range(1, 1 + (count if block < len(widths) else 1)):
            layers.append((f"conv{block}_{number}", inputs, width))
            inputs = width
    return layers


def opens_block(name: str) -> bool:
    """Return whether a pooling comes before this layer."""
    return name.endswith("_1") and name != "conv1_1"


class StyleEncoder(nn.Module):
    """Maps a picture to its code: an affine map of mu and sigma (see AdaIN) of a pruned VGG-19's features.

    The statistics are those of the first convolution of every block, as in the style loss. The picture is not
    normalized: colors and contrast are part of the style.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.vgg = PrunedVGG(shape.style_widths)
        self.head = Float32Linear(2 * sum(shape.style_widths), shape.code)

    def statistics(self, x: Tensor) -> Tensor:
        """Return mu and sigma of every channel of these layers, layer by layer: (B, 2 * sum of the widths)."""
        first = [features for name, features in self.vgg(x).items() if name.endswith("_1")]
        return torch.cat([value for features in first for value in statistics(features)], 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the codes (B, code), float32, of pictures (B, 3, H, W), sRGB, in [0, 1]."""
        code: Tensor = self.head(self.statistics(x))
        return code
