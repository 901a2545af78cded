"""The network that a training of styles starts from: one for any style, one of trained styles, or random weights.

The convolutions are copied. The scale and shift of a layer, an affine map of a style's code, become one column per
style: what that map gives for the style picture. The last column is the photo's, at first the mean over some photos.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.training import SCRATCH
from pinxit.files import network_file
from pinxit.files.network_file import TRAINED
from pinxit.methods.onepass.any_style import SMALLEST
from pinxit.methods.onepass.network import SHIPPED
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.export import any_style, trained_styles
from pinxit.training.style_images import StyleImage

PHOTOS = 16
"""Photos whose mean code starts the photo's column."""


def initial_network(
    before: Checkpoint | None, begin: str, styles: Sequence[StyleImage], photos: Tensor, shape: Shape | None = None
) -> TransformNet:
    """Return the network to train on ``styles``, on the CPU.

    ``before``  a checkpoint to continue from: the caller then restores its weights
    ``begin``   ``shipped``, ``scratch``, or a network's file
    ``photos``  (P, S, S, 3) uint8, sRGB: some of those to be painted
    ``shape``   sizes of a network from scratch

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    if before:
        return TransformNet(before.shape)
    if begin == SCRATCH:
        return TransformNet(_with_styles(shape or Shape(), styles))
    path = _path(begin)
    if _has_trained_styles(path):
        return _from_trained_styles(path, styles)
    return _from_any_style(any_style.read(path), styles, photos)


def reference_network(network: TransformNet, begin: str, styles: Sequence[StyleImage], photos: Tensor) -> TransformNet:
    """Return a network that paints ``styles`` as one for any style does, from which target distances are measured.

    That is ``network`` itself, as it starts; or, where ``begin`` has trained styles, one made of the network that
    comes with pinxit, because training a style again should not move it further from the photos.

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    if _has_trained_styles(_path(begin)):
        return _from_any_style(any_style.read(SHIPPED), styles, photos)
    return network


def freeze_all_but(network: TransformNet, styles: Sequence[int]) -> None:
    """Let nothing of a network be trained but the columns of the ``styles`` with these indices."""
    network.requires_grad_(False)
    columns = network.modulation.weight.requires_grad_(True)
    mask = torch.zeros(columns.shape[1])
    mask[list(styles)] = 1
    columns.register_hook(lambda gradient: gradient * mask.to(gradient.device))  # type: ignore[no-untyped-call]


def _path(begin: str) -> Path:
    return SHIPPED if begin == "shipped" else Path(begin)


def _has_trained_styles(path: Path) -> bool:
    card, _ = network_file.load(network_file.read_bytes(path), path.name)
    return bool(card["kind"] == TRAINED)


def _with_styles(shape: Shape, styles: Sequence[StyleImage]) -> Shape:
    return dataclasses.replace(shape, code=len(styles) + 1)


@torch.no_grad()
def _from_any_style(network: AnyStyleNet, styles: Sequence[StyleImage], photos: Tensor) -> TransformNet:
    network.eval()
    chosen = photos[torch.linspace(0, len(photos) - 1, PHOTOS).long()].cpu().permute(0, 3, 1, 2).float() / 255
    codes = [network.encoder(_padded(style.pixels)) for style in styles]
    codes.append(torch.cat([network.encoder(photo) for photo in torch.split(chosen, 1)]).mean(0, keepdim=True))
    modulation: Tensor = network.transform_net.modulation(torch.cat(codes))
    return _with_columns(network.transform_net, modulation, styles)


@torch.no_grad()
def _from_trained_styles(path: Path, styles: Sequence[StyleImage]) -> TransformNet:
    """Styles that the network has keep their columns; others start at the mean of all its styles."""
    before, cards = trained_styles.read(path)
    columns: Tensor = before.modulation(torch.eye(before.shape.code))
    indices = {card["sha256"]: index for index, card in enumerate(cards)}
    mean = columns[:-1].mean(0)
    known_indices = [indices.get(style.facts["sha256"]) for style in styles]
    rows = [mean if index is None else columns[index] for index in known_indices]
    return _with_columns(before, torch.stack([*rows, columns[-1]]), styles)


def _with_columns(before: TransformNet, columns: Tensor, styles: Sequence[StyleImage]) -> TransformNet:
    """Return the same network with ``columns``, (styles + 1, 2 x channels), as scales and shifts.

    Shares of styles sum to 1, so the mean column can go to the bias; what remains is small and keeps well in half
    precision.
    """
    after = TransformNet(_with_styles(before.shape, styles))
    weights = before.state_dict()
    mean = columns.mean(0)
    weights |= {"modulation.weight": (columns - mean).T.contiguous(), "modulation.bias": mean}
    after.load_state_dict(weights)
    return after


def _padded(picture: Tensor) -> Tensor:
    height, width = picture.shape[2:]
    missing = (0, max(0, SMALLEST - width), 0, max(0, SMALLEST - height))
    return F.pad(picture, missing, mode="replicate") if any(missing) else picture
