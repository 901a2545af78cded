"""From the training of one style, or of several, to the file that paints: a painter, and a card of the styles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pinxit import __version__
from pinxit.errors import BadWeights, MissingExtra
from pinxit.files import atomic, network_file
from pinxit.files.network_file import PAINTER, TRAINED
from pinxit.methods.onepass.network import OnePassNetwork
from pinxit.nn.networks import Painter, Shape, shape_of
from pinxit.training import checkpoint
from pinxit.training.export.any_style import picture, smallest

KIND = "kind"
"""Under which a training's notes say that it is one of trained styles."""


def is_trained(folder: Path) -> bool:
    """Return whether a training's folder is one of trained styles, and not of the network for any.

    Raises what `pinxit.training.checkpoint.told` raises.
    """
    return bool(checkpoint.told(folder)["notes"].get(KIND) == TRAINED)


def export(folder: Path, target: Path) -> float:
    """Write the averaged network of a training's ``folder`` to ``target``; return the largest difference to PyTorch's.

    Raises what `pinxit.training.export.any_style.export` raises.
    """
    steps, shape, tensors = checkpoint.load_average(folder)
    return write(target, shape, tensors, steps, checkpoint.told(folder)["notes"])


def write(target: Path, shape: Shape, tensors: Mapping[str, Tensor], steps: int, notes: Mapping[str, Any]) -> float:
    """The same of a network that is at hand: its averaged weights, and the notes of its training."""
    atomic.check(target)
    painter = Painter(shape)
    painter.load_state_dict({name: value.detach().cpu() for name, value in tensors.items()})
    painter.eval().level()
    data, difference = smallest(
        lambda half: pack(painter, steps, notes, half), lambda model: compare(painter, model), target.name
    )
    atomic.save(data, target)
    return difference


def pack(painter: Painter, steps: int, notes: Mapping[str, Any], half: bool = True) -> bytes:
    """Return the file of a painter of trained styles, its weights stored in half precision or in full.

    ``notes``: ``styles``, what is known of each; ``recipe``, how it was taught; ``scores``, how near it came.

    Raises `MissingExtra` without the package onnx.
    """
    try:
        from pinxit.training.export.onnx_graph import painter_model
    except ImportError as error:
        raise MissingExtra("exporting a network", "train") from error
    card = {
        "kind": TRAINED,
        "pinxit": __version__,
        "steps": steps,
        "shape": dataclasses.asdict(painter.shape),
        "code": painter.shape.code,
        "levels": len(painter.shape.widths),
        "channels": painter.channels,
        "recipe": notes.get("recipe", {}),
        "scores": notes.get("scores", {}),
        "styles": notes["styles"],
    }
    return network_file.dump(card, {PAINTER: painter_model(painter, half).SerializeToString()})


def read(path: Path) -> tuple[Painter, Sequence[Mapping[str, Any]]]:
    """Return the painter that `export` wrote to ``path``, to teach it further, and what its card tells of its styles.

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    try:
        from pinxit.training.export.onnx_graph import weights
    except ImportError as error:
        raise MissingExtra("reading a network", "train") from error
    card, graphs = network_file.load(network_file.read_bytes(path), path.name)
    try:
        painter = Painter(shape_of(card["shape"]))
        painter.load_state_dict(weights(graphs[PAINTER], painter))
        return painter, card["styles"]
    except (KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise BadWeights(f"{path.name} does not hold its weights as this version of pinxit does") from error


@torch.no_grad()
def compare(painter: Painter, model: OnePassNetwork, side: int = 64) -> float:
    """Return the largest difference between both ways to paint one random picture, in every style and in their mean."""
    content = picture(np.random.default_rng(0), side)
    rows = np.eye(painter.shape.code, dtype=np.float32)
    masks = [np.ones((1, 1, 1, 1), np.float32)] * model.levels
    worst = 0.0
    for code in (*rows, rows.mean(0)):
        expected, _ = painter(torch.from_numpy(content), torch.from_numpy(code)[None, None])
        found, _ = model.paint(content, code[None], masks)
        worst = max(worst, float(np.abs(found - expected.numpy()).max()))
    return worst
