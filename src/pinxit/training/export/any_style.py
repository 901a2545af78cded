"""From a training's folder to the one file that paints: two ONNX graphs and a card, in a plain zip.

::

    encoder.onnx    style (1, 3, h, w) -> code (1, code)
    painter.onnx    see `pinxit.training.export.onnx_graph.painter_model`
    card.json       format, the sizes, the steps it was taught, and the sha256 of both graphs
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pinxit.errors import BadWeights, MissingExtra
from pinxit.files import atomic, network_file
from pinxit.files.network_file import ANY, ENCODER, PAINTER
from pinxit.methods.onepass.network import OnePassNetwork
from pinxit.methods.onepass.network import open_bytes as open_model
from pinxit.nn.networks import Network, shape_of
from pinxit.training import checkpoint

TOLERANCE = 1 / 255
"""How far the exported network may be from PyTorch's, anywhere in a picture."""


def export(folder: Path, target: Path) -> float:
    """Write the averaged network of a training's ``folder`` to ``target``; return the largest difference to PyTorch's.

    Its weights are stored in half precision, or in full where the painted picture would show it.

    Raises `NotFound` and `BadWeights` for a folder without a whole checkpoint, `BadWeights` where the difference is
    over 1/255, `MissingExtra` without the package onnx, `WriteFailed`.
    """
    steps, shape, tensors = checkpoint.load_average(folder)
    atomic.check(target)
    network = Network(shape)
    network.load_state_dict(dict(tensors))
    network.eval().painter.level()
    data, difference = smallest(
        lambda half: pack(network, steps, half), lambda model: compare(network, model), target.name
    )
    atomic.save(data, target)
    return difference


def smallest(pack: Callable[[bool], bytes], compare: Callable[[OnePassNetwork], float], name: str) -> tuple[bytes, float]:
    """Return the file that ``pack(half)`` makes, in half precision if it can be, and how far it is from PyTorch's.

    Raises `BadWeights` where that is over 1/255 in full precision too.
    """
    for half in (True, False):
        data = pack(half)
        difference = compare(open_model(data, name, "cpu"))
        if difference <= TOLERANCE:
            return data, difference
    raise BadWeights(
        f"the exported network is up to {255 * difference:.2f}/255 away from the trained one, more than 1/255: "
        "train on with a smaller --learning-rate"
    )


def pack(network: Network, steps: int, half: bool = True) -> bytes:
    """Return the file of a network, its weights stored in half precision or in full.

    Raises `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import encoder_model, painter_model
    except ImportError as error:
        raise MissingExtra("exporting a network", "train") from error
    graphs = {
        ENCODER: encoder_model(network.encoder, half).SerializeToString(),
        PAINTER: painter_model(network.painter, half).SerializeToString(),
    }
    card: dict[str, Any] = {
        "kind": ANY,
        "steps": steps,
        "shape": dataclasses.asdict(network.shape),
        "code": network.shape.code,
        "levels": len(network.shape.widths),
        "channels": network.painter.channels,
    }
    return network_file.dump(card, graphs)


def read(path: Path) -> Network:
    """Return the network that `export` wrote to ``path``, to teach it further.

    Raises what `pinxit.methods.onepass.network.open_file` raises, and `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import weights
    except ImportError as error:
        raise MissingExtra("reading a network", "train") from error
    card, graphs = network_file.load(network_file.read_bytes(path), path.name)
    if card["kind"] != ANY:
        raise BadWeights(f"{path.name} paints only the styles that it was taught; needed is a network of any style")
    try:
        network = Network(shape_of(card["shape"]))
        for name, half in ((ENCODER, network.encoder), (PAINTER, network.painter)):
            half.load_state_dict(weights(graphs[name], half))
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise BadWeights(f"{path.name} does not hold its weights as this version of pinxit does") from error
    return network


@torch.no_grad()
def compare(network: Network, model: OnePassNetwork, side: int = 64) -> float:
    """Return the largest difference between both ways to paint one random picture in the mean of two random styles."""
    random = np.random.default_rng(0)
    content, *styles = (picture(random, side) for _ in range(3))
    codes = torch.cat([network.encoder(torch.from_numpy(style)) for style in styles])[None]
    masks = [torch.full((1, 2, 1, 1), 0.5)] * len(network.shape.widths)
    expected, _ = network.painter(torch.from_numpy(content), codes, masks)
    found, _ = model.paint(
        content, np.concatenate([model.encode(style) for style in styles]), [mask.numpy() for mask in masks]
    )
    return float(np.abs(found - expected.numpy()).max())


def picture(random: np.random.Generator, side: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a picture to compare networks by, (1, 3, side, side): colored blocks under noise."""
    blocks = random.random((1, 3, 8, 8), np.float32).repeat(side // 8, 2).repeat(side // 8, 3)
    noisy: np.ndarray[Any, np.dtype[np.float32]] = 0.8 * blocks + 0.2 * random.random((1, 3, side, side), np.float32)
    return noisy
