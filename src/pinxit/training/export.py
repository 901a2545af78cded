"""Writes a trained network as the file that paints, ONNX graphs and a card in a plain zip; and reads it again.

::

    encoder.onnx    style (1, 3, h, w) -> code (1, code); only of a network for any style
    painter.onnx    see `pinxit.training.onnx_graph.transform_net_model`
    card.json       format, the sizes, the steps of its training, its trained styles, and the sha256 of the graphs
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinxit import __version__
from pinxit.errors import BadWeights, MissingExtra
from pinxit.files import atomic, network_file
from pinxit.files.network_file import ANY, ENCODER, PAINTER, TRAINED
from pinxit.methods.onepass.network import OnePassNetwork, open_bytes
from pinxit.nn.shape import Shape, shape_of
from pinxit.nn.transform_net import AnyStyleNet, TransformNet, layers
from pinxit.training import checkpoint

Network = AnyStyleNet | TransformNet
"""A network for any style, or the transform network of trained styles."""
TOLERANCE = 1 / 255
"""Largest difference between the pictures of the exported network and PyTorch's."""


def export(folder: Path, target: Path) -> float:
    """Write the averaged network of a training's ``folder`` to ``target``; return the largest difference to PyTorch's.

    Weights are stored in half precision, or in full where half would change the painted picture.

    Raises `NotFound` and `BadWeights` for a folder without a complete checkpoint, `BadWeights` where the difference is
    over 1/255, `MissingExtra` without the package onnx, `WriteFailed`.
    """
    steps, shape, tensors = checkpoint.load_ema(folder)
    return write(target, shape, tensors, steps, checkpoint.read_record(folder)["notes"])


def has_trained_styles(folder: Path) -> bool:
    """Return whether a training's folder is one of trained styles, not of the network for any style.

    Raises what `pinxit.training.checkpoint.read_record` raises.
    """
    return checkpoint.read_record(folder)["notes"].get("kind") == TRAINED


def write(target: Path, shape: Shape, tensors: Mapping[str, Tensor], steps: int, notes: Mapping[str, object]) -> float:
    """Write a network from its averaged weights and the notes of its training; return as `export` does."""
    atomic.check(target)
    network: Network = TransformNet(shape) if notes.get("kind") == TRAINED else AnyStyleNet(shape)
    network.load_state_dict({name: value.detach().cpu() for name, value in tensors.items()})
    network.eval()
    _transform_net(network).equalize_subpixels()
    for half in (True, False):
        data = pack(network, steps, notes, half)
        difference = compare(network, open_bytes(data, target.name, "cpu"))
        if difference <= TOLERANCE:
            atomic.save(data, target)
            return difference
    raise BadWeights(
        f"the exported network is up to {255 * difference:.2f}/255 away from the trained one, more than 1/255: "
        "continue training with a smaller --learning-rate"
    )


def pack(network: Network, steps: int, notes: Mapping[str, object] | None = None, half: bool = True) -> bytes:
    """Return the file of a network, its weights stored in half precision or in full.

    ``notes``  of trained styles: ``styles``, the facts of each; ``recipe``, the options of the training; ``scores``

    Raises `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.onnx_graph import encoder_model, transform_net_model
    except ImportError as error:
        raise MissingExtra("exporting a network", "train") from error
    shape, transform_net = network.shape, _transform_net(network)
    sizes = {"code": shape.code, "levels": len(shape.widths), "channels": transform_net.channels}
    facts = {"steps": steps, "shape": dataclasses.asdict(shape), **sizes}
    graphs = {PAINTER: transform_net_model(transform_net, half)}
    if isinstance(network, AnyStyleNet):
        return network_file.dump({"kind": ANY, **facts}, {ENCODER: encoder_model(network.encoder, half), **graphs})
    notes = notes or {}
    styles = {"recipe": notes.get("recipe", {}), "scores": notes.get("scores", {}), "styles": notes["styles"]}
    return network_file.dump({"kind": TRAINED, "pinxit": __version__, **facts, **styles}, graphs)


def read(path: Path) -> tuple[Network, Sequence[Mapping[str, object]]]:
    """Return the network that `export` wrote to ``path``, to train it further, and the facts of its trained styles.

    Raises what `pinxit.methods.onepass.network.open_file` raises, and `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.onnx_graph import read_weights
    except ImportError as error:
        raise MissingExtra("reading a network", "train") from error
    card, graphs = network_file.load(network_file.read_bytes(path), path.name)
    try:
        shape = shape_of(card["shape"])
        weights = checkpoint.current_names(read_weights(graphs[PAINTER]))
        expected = sum(layer.inputs * layer.outputs * layer.kernel**2 for layer in layers(shape))
        if expected > sum(tensor.numel() for tensor in weights.values()):  # before memory is taken for them
            raise KeyError("weights")
        network: Network = TransformNet(shape) if card["kind"] == TRAINED else AnyStyleNet(shape)
        _transform_net(network).load_state_dict(weights)
        if isinstance(network, AnyStyleNet):
            network.encoder.load_state_dict(checkpoint.current_names(read_weights(graphs[ENCODER])))
        return network, card.get("styles", ())
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise BadWeights(f"{path.name} does not hold its weights as this version of pinxit does") from error


def read_any_style(path: Path) -> AnyStyleNet:
    """Return a network for any style; raises what `read` raises, and `BadWeights` for one of trained styles."""
    network, _ = read(path)
    if isinstance(network, TransformNet):
        raise BadWeights(f"{path.name} paints only its trained styles; needed is a network for any style")
    return network


@torch.no_grad()
def compare(network: Network, exported: OnePassNetwork, side: int = 64) -> float:
    """Return the largest difference between PyTorch's and ONNX's paintings of one random picture.

    It is painted in the mean of two random styles; with trained styles, in each of them and in their mean.
    """
    random = np.random.default_rng(0)
    content = _random_picture(random, side)
    if isinstance(network, AnyStyleNet):
        styles = [_random_picture(random, side) for _ in range(2)]
        codes = torch.cat([network.encoder(torch.from_numpy(style)) for style in styles])
        pairs = [(codes, np.concatenate([exported.encode(style) for style in styles]))]
    else:
        shares = np.eye(network.shape.code, dtype=np.float32)
        pairs = [(torch.from_numpy(code[None]), code[None]) for code in (*shares, shares.mean(0))]
    worst = 0.0
    for codes, exported_codes in pairs:
        weights = np.full(len(codes), 1 / len(codes), np.float32)
        expected, _ = _transform_net(network)(torch.from_numpy(content), codes[None])
        painted, _ = exported.paint(content, exported_codes, weights)
        worst = max(worst, float(np.abs(painted - expected.numpy()).max()))
    return worst


def _transform_net(network: Network) -> TransformNet:
    return network.transform_net if isinstance(network, AnyStyleNet) else network


def _random_picture(random: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Return colored blocks under noise, (1, 3, side, side)."""
    blocks = random.random((1, 3, 8, 8), np.float32).repeat(side // 8, 2).repeat(side // 8, 3)
    noisy: NDArray[np.float32] = 0.8 * blocks + 0.2 * random.random((1, 3, side, side), np.float32)
    return noisy
