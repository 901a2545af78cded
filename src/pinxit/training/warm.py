"""Where a network of trained styles begins: at one that paints any style, at one that was taught others, or nowhere.

The convolutions are copied. A layer's scale and shift, which were an affine map of a style's code, become one column
for each style: what that map gives for the style picture. The last column is the photo's: at first a mean over photos.
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
from pinxit.nn.networks import Network, Painter, Shape
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.export import any_style as export
from pinxit.training.export import trained_styles as export_trained
from pinxit.training.palette import Sitter

SEEN = 16
"""Photos whose mean is the beginning of the photo's column."""


def painter(
    before: Checkpoint | None, begin: str, styles: Sequence[Sitter], photos: Tensor, shape: Shape | None = None
) -> Painter:
    """Return the painter to teach ``styles`` to, on the CPU.

    ``before``  a checkpoint to go on from: then its weights are the caller's to restore
    ``begin``   ``shipped``, ``scratch``, or a network's file
    ``photos``  (P, S, S, 3) uint8, sRGB: some of those to be painted
    ``shape``   for ``scratch``: the sizes

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    if before:
        return Painter(before.shape)
    if begin == SCRATCH:
        return Painter(_for(shape or Shape(), styles))
    path = _file(begin)
    return _from_trained(path, styles) if _was_trained(path) else _from_any(export.read(path), styles, photos)


def untrained(painter: Painter, begin: str, styles: Sequence[Sitter], photos: Tensor) -> Painter:
    """Return a painter that knows the styles as one for any style does: their strength's measure.

    That is ``painter`` itself, as it begins, or, where ``begin`` was trained styles, one made of the network that comes
    with pinxit: a style that is taught on wants to be no further from the photos than before.

    Raises what `pinxit.training.export.any_style.read` raises.
    """
    return _from_any(export.read(SHIPPED), styles, photos) if _was_trained(_file(begin)) else painter


def keep_the_rest(painter: Painter, trained: Sequence[int]) -> None:
    """Let nothing of a painter learn but the columns of the styles at these places."""
    painter.requires_grad_(False)
    columns = painter.modulation.weight.requires_grad_(True)
    mask = torch.zeros(columns.shape[1])
    mask[list(trained)] = 1
    columns.register_hook(lambda gradient: gradient * mask.to(gradient.device))  # type: ignore[no-untyped-call]


def _file(begin: str) -> Path:
    return SHIPPED if begin == "shipped" else Path(begin)


def _was_trained(path: Path) -> bool:
    card, _ = network_file.load(network_file.read_bytes(path), path.name)
    return bool(card["kind"] == TRAINED)


def _for(shape: Shape, styles: Sequence[Sitter]) -> Shape:
    return dataclasses.replace(shape, code=len(styles) + 1)


@torch.no_grad()
def _from_any(network: Network, styles: Sequence[Sitter], photos: Tensor) -> Painter:
    network.eval()
    seen = photos[torch.linspace(0, len(photos) - 1, SEEN).long()].cpu().permute(0, 3, 1, 2).float() / 255
    codes = [network.encoder(_padded(style.pixels)) for style in styles]
    codes.append(torch.cat([network.encoder(photo) for photo in torch.split(seen, 1)]).mean(0, keepdim=True))
    return _rebuilt(network.painter, network.painter.modulation(torch.cat(codes)), styles)


@torch.no_grad()
def _from_trained(path: Path, styles: Sequence[Sitter]) -> Painter:
    """Styles that the network knows begin where they were; others at the mean of all that it knows."""
    before, known = export_trained.read(path)
    rows = before.modulation(torch.eye(before.shape.code))
    places = {facts["sha256"]: place for place, facts in enumerate(known)}
    mean = rows[:-1].mean(0)
    found = [rows[places[each.facts["sha256"]]] if each.facts["sha256"] in places else mean for each in styles]
    return _rebuilt(before, torch.stack([*found, rows[-1]]), styles)


def _rebuilt(before: Painter, rows: Tensor, styles: Sequence[Sitter]) -> Painter:
    """Return the same painter with the scales and shifts ``rows`` (styles and photo, 2 x channels) in place of a map.

    Shares of styles sum to 1, so what all have in common can go to the bias; what is left are small numbers, which half
    precision keeps well.
    """
    after = Painter(_for(before.shape, styles))
    weights = before.state_dict()
    common = rows.mean(0)
    weights |= {"modulation.weight": (rows - common).T.contiguous(), "modulation.bias": common}
    after.load_state_dict(weights)
    return after


def _padded(picture: Tensor) -> Tensor:
    height, width = picture.shape[2:]
    missing = (0, max(0, SMALLEST - width), 0, max(0, SMALLEST - height))
    return F.pad(picture, missing, mode="replicate") if any(missing) else picture
