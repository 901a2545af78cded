"""Small networks with random weights, for tests: one that paints strongly, and a tiny VGG-19."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import torch

from pinxit import images
from pinxit.nn.layers import LAYERS
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.nn.vgg import Weights
from pinxit.nn.vgg_weights import CAFFE
from pinxit.training import export as export_trained
from support.fakes import gradient

SMALL = Shape(widths=(4, 6, 8), blocks=(1, 0, 1), code=16, style_widths=(4, 6, 8))


def trained_network(seed: int = 0) -> AnyStyleNet:
    """Return a network whose output is far from gray, and differs between styles."""
    torch.manual_seed(seed)
    network = AnyStyleNet(SMALL).eval()
    with torch.no_grad():
        network.transform_net.out.weight.mul_(10)
        network.transform_net.modulation.weight.mul_(4)
    return network


def tiny_vgg(vgg: str = "") -> Weights:
    """Return VGG-19 with a sixteenth of its channels: a fast loss network."""
    generator = torch.Generator().manual_seed(0)
    convolutions, inputs = {}, 3
    for layer in LAYERS:
        outputs = layer.channels // 16
        weight = torch.randn((outputs, inputs, 3, 3), generator=generator) / (2 * inputs**0.5)
        convolutions[layer.name] = weight, torch.zeros(outputs)
        inputs = outputs
    return Weights(convolutions, CAFFE, "random", "0" * 64)


def network_of(styles: int, seed: int = 0) -> TransformNet:
    """Return a network of so many trained styles, all very different."""
    torch.manual_seed(seed)
    network = TransformNet(dataclasses.replace(SMALL, code=styles + 1)).eval()
    with torch.no_grad():
        network.out.weight.mul_(10)
        network.modulation.weight.mul_(4)
    return network


def facts_of(name: str, **more: Any) -> dict[str, Any]:
    """Return the facts of a style in a card."""
    thumbnail = base64.b64encode(images.encode(gradient(12, 16, shift=0.1), "jpeg")).decode()
    return {"name": name, "sha256": "0" * 64, **more, "thumbnail": thumbnail}


def write_styles(path: Path, *names: str, seed: int = 0, **more: Any) -> Path:
    """Write a network of trained styles to ``path``; ``more`` goes into the card of each."""
    notes = {"styles": [facts_of(name, **more) for name in names]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(export_trained.pack(network_of(len(names), seed), 7, notes))
    return path
