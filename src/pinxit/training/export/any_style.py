"""Exports a network for any style as the file that paints: two ONNX graphs and a card, in a plain zip.

::

    encoder.onnx    style (1, 3, h, w) -> code (1, code)
    painter.onnx    see `pinxit.training.export.onnx_graph.transform_net_model`
    card.json       format, the sizes, the steps of its training, and the sha256 of both graphs
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pinxit.errors import BadWeights, MissingExtra
from pinxit.files import atomic, network_file
from pinxit.files.network_file import ANY, ENCODER, PAINTER
from pinxit.methods.onepass.network import OnePassNetwork
from pinxit.methods.onepass.network import open_bytes as open_network
from pinxit.nn.shape import shape_of
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.training import checkpoint
from pinxit.training.upgrade import upgrade_weights

TOLERANCE = 1 / 255
"""Largest difference between the pictures of the exported network and PyTorch's."""


def export(folder: Path, target: Path) -> float:
    """Write the averaged network of a training's ``folder`` to ``target``; return the largest difference to PyTorch's.

    Weights are stored in half precision, or in full where half would change the painted picture.

    Raises `NotFound` and `BadWeights` for a folder without a complete checkpoint, `BadWeights` where the difference is
    over 1/255, `MissingExtra` without the package onnx, `WriteFailed`.
    """
    steps, shape, tensors = checkpoint.load_ema(folder)
    atomic.check(target)
    network = AnyStyleNet(shape)
    network.load_state_dict(dict(tensors))
    network.eval().transform_net.equalize_subpixels()
    data, difference = smallest(
        lambda half: pack(network, steps, half), lambda exported: compare(network, exported), target.name
    )
    atomic.save(data, target)
    return difference


def smallest(
    pack: Callable[[bool], bytes], compare: Callable[[OnePassNetwork], float], name: str
) -> tuple[bytes, float]:
    """Return the file that ``pack(half)`` makes, in half precision if possible, and its difference to PyTorch.

    Raises `BadWeights` where that is over 1/255 in full precision too.
    """
    for half in (True, False):
        data = pack(half)
        difference = compare(open_network(data, name, "cpu"))
        if difference <= TOLERANCE:
            return data, difference
    raise BadWeights(
        f"the exported network is up to {255 * difference:.2f}/255 away from the trained one, more than 1/255: "
        "continue training with a smaller --learning-rate"
    )


def pack(network: AnyStyleNet, steps: int, half: bool = True) -> bytes:
    """Return the file of a network, its weights stored in half precision or in full.

    Raises `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import encoder_model, transform_net_model
    except ImportError as error:
        raise MissingExtra("exporting a network", "train") from error
    graphs = {
        ENCODER: encoder_model(network.encoder, half),
        PAINTER: transform_net_model(network.transform_net, half),
    }
    card = {
        "kind": ANY,
        "steps": steps,
        "shape": dataclasses.asdict(network.shape),
        "code": network.shape.code,
        "levels": len(network.shape.widths),
        "channels": network.transform_net.channels,
    }
    return network_file.dump(card, graphs)


def read(path: Path) -> AnyStyleNet:
    """Return the network that `export` wrote to ``path``, to train it further.

    Raises what `pinxit.methods.onepass.network.open_file` raises, and `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import read_weights
    except ImportError as error:
        raise MissingExtra("reading a network", "train") from error
    card, graphs = network_file.load(network_file.read_bytes(path), path.name)
    if card["kind"] != ANY:
        raise BadWeights(f"{path.name} paints only its trained styles; needed is a network for any style")
    try:
        network = AnyStyleNet(shape_of(card["shape"]))
        for name, module in ((ENCODER, network.encoder), (PAINTER, network.transform_net)):
            module.load_state_dict(upgrade_weights(read_weights(graphs[name])))
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise BadWeights(f"{path.name} does not hold its weights as this version of pinxit does") from error
    return network


@torch.no_grad()
def compare(network: AnyStyleNet, exported: OnePassNetwork, side: int = 64) -> float:
    """Return the largest difference between two paintings of one random picture in the mean of two random styles."""
    random = np.random.default_rng(0)
    content, *styles = (random_picture(random, side) for _ in range(3))
    codes = torch.cat([network.encoder(torch.from_numpy(style)) for style in styles])[None]
    expected, _ = network.transform_net(torch.from_numpy(content), codes)
    both = np.concatenate([exported.encode(style) for style in styles])
    painted, _ = exported.paint(content, both, np.full(2, 0.5, np.float32))
    return float(np.abs(painted - expected.numpy()).max())


def random_picture(random: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Return a picture to compare networks by, (1, 3, side, side): colored blocks under noise."""
    blocks = random.random((1, 3, 8, 8), np.float32).repeat(side // 8, 2).repeat(side // 8, 3)
    noisy: NDArray[np.float32] = 0.8 * blocks + 0.2 * random.random((1, 3, side, side), np.float32)
    return noisy
