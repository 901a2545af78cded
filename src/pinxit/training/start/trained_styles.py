"""The network that a training of styles starts from: one for any style, one of trained styles, or random weights.

The convolutions are copied. The scale and shift of a layer, an affine map of a style's code, become one column per
style: what that map gives for the style picture. The last column is the photo's, at first the mean over some photos.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.training import SCRATCH
from pinxit.methods.onepass.any_style import SMALLEST
from pinxit.methods.onepass.network import SHIPPED
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.export import Network, read, read_any_style
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

    Raises what `pinxit.training.export.read` raises.
    """
    if before:
        return TransformNet(before.shape)
    if begin == SCRATCH:
        return TransformNet(dataclasses.replace(shape or Shape(), code=len(styles) + 1))
    network, cards = _read(begin)
    if isinstance(network, AnyStyleNet):
        return _from_any_style(network, styles, photos)
    return _from_trained_styles(network, cards, styles)


def reference_network(network: TransformNet, begin: str, styles: Sequence[StyleImage], photos: Tensor) -> TransformNet:
    """Return a network that paints ``styles`` as one for any style does, from which target distances are measured.

    That is ``network`` itself, as it starts; or, where ``begin`` has trained styles, one made of the network that
    comes with pinxit, because training a style again should not move it further from the photos.

    Raises what `pinxit.training.export.read` raises.
    """
    if isinstance(_read(begin)[0], AnyStyleNet):
        return network
    return _from_any_style(read_any_style(SHIPPED), styles, photos)


def freeze_all_but(network: TransformNet, styles: Sequence[int]) -> None:
    """Let nothing of a network be trained but the columns of the ``styles`` with these indices."""
    network.requires_grad_(False)
    columns = network.modulation.weight.requires_grad_(True)
    mask = torch.zeros(columns.shape[1])
    mask[list(styles)] = 1
    columns.register_hook(lambda gradient: gradient * mask.to(gradient.device))  # type: ignore[no-untyped-call]


def _read(begin: str) -> tuple[Network, Sequence[Mapping[str, object]]]:
    return read(SHIPPED if begin == "shipped" else Path(begin))


@torch.no_grad()
def _from_any_style(network: AnyStyleNet, styles: Sequence[StyleImage], photos: Tensor) -> TransformNet:
    network.eval()
    chosen = photos[torch.linspace(0, len(photos) - 1, PHOTOS).long()].cpu().permute(0, 3, 1, 2).float() / 255
    codes = [network.encoder(_padded(style.pixels)) for style in styles]
    codes.append(torch.cat([network.encoder(photo) for photo in torch.split(chosen, 1)]).mean(0, keepdim=True))
    return _with_columns(network.transform_net, network.transform_net.modulation(torch.cat(codes)))


@torch.no_grad()
def _from_trained_styles(
    before: TransformNet, cards: Sequence[Mapping[str, object]], styles: Sequence[StyleImage]
) -> TransformNet:
    """Styles that the network has keep their columns; others start at the mean of all its styles."""
    *columns, photo = before.modulation(torch.eye(before.shape.code))
    mean = torch.stack(columns).mean(0)
    columns_of = {card["sha256"]: column for card, column in zip(cards, columns, strict=True)}
    return _with_columns(
        before, torch.stack([*(columns_of.get(style.facts["sha256"], mean) for style in styles), photo])
    )


def _with_columns(before: TransformNet, columns: Tensor) -> TransformNet:
    """Return the same network with ``columns``, (styles + 1, 2 x channels), as scales and shifts.

    Shares of styles sum to 1, so the mean column can go to the bias; what remains is small and keeps well in half
    precision.
    """
    after = TransformNet(dataclasses.replace(before.shape, code=len(columns)))
    mean = columns.mean(0)
    modulation = {"modulation.weight": (columns - mean).T.contiguous(), "modulation.bias": mean}
    after.load_state_dict({**before.state_dict(), **modulation})
    return after


def _padded(picture: Tensor) -> Tensor:
    height, width = picture.shape[2:]
    missing = (0, max(0, SMALLEST - width), 0, max(0, SMALLEST - height))
    return F.pad(picture, missing, mode="replicate") if any(missing) else picture
