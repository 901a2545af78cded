"""Small networks with random weights, for tests: one that paints strongly, and a thin VGG-19."""

from __future__ import annotations

import torch

from pinxit.optimize.vgg import LAYERS
from pinxit.optimize.weights import CAFFE, Weights
from pinxit.training.networks import Network, Shape

SMALL = Shape(widths=(4, 6, 8), blocks=1, code=16, style_widths=(4, 6, 8))


def taught(seed: int = 0) -> Network:
    """Return a network whose output is far from gray, and differs between styles."""
    torch.manual_seed(seed)
    network = Network(SMALL).eval()
    with torch.no_grad():
        network.painter.out.weight.mul_(10)
        network.painter.modulation.weight.mul_(4)
    return network


def thin_vgg(vgg: str = "") -> Weights:
    """Return VGG-19 with a sixteenth of its channels: a loss like any other, and quick."""
    generator = torch.Generator().manual_seed(0)
    convolutions, inputs = {}, 3
    for layer in LAYERS:
        outputs = layer.channels // 16
        weight = torch.randn((outputs, inputs, 3, 3), generator=generator) / (2 * inputs**0.5)
        convolutions[layer.name] = weight, torch.zeros(outputs)
        inputs = outputs
    return Weights(convolutions, CAFFE, "random", "0" * 64)
