"""Exports a network of trained styles as the file that paints: a transform network, and a card of the styles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pinxit import __version__
from pinxit.errors import BadWeights, MissingExtra
from pinxit.files import atomic, network_file
from pinxit.files.network_file import PAINTER, TRAINED
from pinxit.methods.onepass.network import OnePassNetwork
from pinxit.nn.shape import Shape, shape_of
from pinxit.nn.transform_net import TransformNet
from pinxit.training import checkpoint
from pinxit.training.export.any_style import random_picture, smallest


def is_of_trained_styles(folder: Path) -> bool:
    """Return whether a training's folder is one of trained styles, not of the network for any style.

    Raises what `pinxit.training.checkpoint.read_record` raises.
    """
    return bool(checkpoint.read_record(folder)["notes"].get("kind") == TRAINED)


def export(folder: Path, target: Path) -> float:
    """Write the averaged network of a training's ``folder`` to ``target``; return the largest difference to PyTorch's.

    Raises what `pinxit.training.export.any_style.export` raises.
    """
    steps, shape, tensors = checkpoint.load_ema(folder)
    return write(target, shape, tensors, steps, checkpoint.read_record(folder)["notes"])


def write(target: Path, shape: Shape, tensors: Mapping[str, Tensor], steps: int, notes: Mapping[str, object]) -> float:
    """Write a network from its averaged weights, and the notes of its training; return as `export` does."""
    atomic.check(target)
    network = TransformNet(shape)
    network.load_state_dict({name: value.detach().cpu() for name, value in tensors.items()})
    network.eval().equalize_subpixels()
    data, difference = smallest(
        lambda half: pack(network, steps, notes, half), lambda exported: compare(network, exported), target.name
    )
    atomic.save(data, target)
    return difference


def pack(network: TransformNet, steps: int, notes: Mapping[str, object], half: bool = True) -> bytes:
    """Return the file of a network of trained styles, its weights stored in half precision or in full.

    ``notes``  ``styles``: the facts of each; ``recipe``: the options of its training; ``scores``

    Raises `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import transform_net_model
    except ImportError as error:
        raise MissingExtra("exporting a network", "train") from error
    card = {
        "kind": TRAINED,
        "pinxit": __version__,
        "steps": steps,
        "shape": dataclasses.asdict(network.shape),
        "code": network.shape.code,
        "levels": len(network.shape.widths),
        "channels": network.channels,
        "recipe": notes.get("recipe", {}),
        "scores": notes.get("scores", {}),
        "styles": notes["styles"],
    }
    return network_file.dump(card, {PAINTER: transform_net_model(network, half)})


def read(path: Path) -> tuple[TransformNet, Sequence[Mapping[str, object]]]:
    """Return the network that `export` wrote to ``path``, to train it further, and the facts of its styles.

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    try:
        from pinxit.training.export.onnx_graph import read_weights
    except ImportError as error:
        raise MissingExtra("reading a network", "train") from error
    card, graphs = network_file.load(network_file.read_bytes(path), path.name)
    try:
        network = TransformNet(shape_of(card["shape"]))
        network.load_state_dict(read_weights(graphs[PAINTER]))
        return network, card["styles"]
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise BadWeights(f"{path.name} does not hold its weights as this version of pinxit does") from error


@torch.no_grad()
def compare(network: TransformNet, exported: OnePassNetwork, side: int = 64) -> float:
    """Return the largest difference between two paintings of one random picture, in every style and in their mean."""
    content = random_picture(np.random.default_rng(0), side)
    codes = np.eye(network.shape.code, dtype=np.float32)
    worst = 0.0
    for code in (*codes, codes.mean(0)):
        expected, _ = network(torch.from_numpy(content), torch.from_numpy(code)[None, None])
        painted, _ = exported.paint(content, code[None], np.ones(1, np.float32))
        worst = max(worst, float(np.abs(painted - expected.numpy()).max()))
    return worst
