"""The network that the any-style recipe starts from: a finished style encoder, and a transform network to train.

The style encoder is made in closed form: a pruned VGG-19 (`pinxit.training.pruning.vgg`) and a linear map to codes
(`pinxit.training.codes`). The pruned VGG-19 also serves as a loss network.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pinxit.config.training import COUNTS, TrainAdain, counts_of
from pinxit.errors import BadOption
from pinxit.nn import vgg_weights
from pinxit.nn.layers import BLOCKS
from pinxit.nn.shape import Shape
from pinxit.nn.style_encoder import PrunedVGG
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.nn.vgg import VGG19
from pinxit.training import data
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.codes import principal_components
from pinxit.training.export.any_style import read
from pinxit.training.precision import on_device
from pinxit.training.pruning.transform_net import prune
from pinxit.training.pruning.vgg import fit

FITTED, MEASURED = 128, 2048
"""Crops that the pruned VGG-19 is fitted to, and whose statistics give the basis of the codes."""
PRUNED = 256
"""Crops by which the transform network is pruned."""
BATCH, SIDE = 16, 128
"""Crops per batch of these, and their largest side, px."""
PHOTOS_AMONG = 4
"""One in so many of these crops is of a photo, the others of paintings."""
VGG_STREAM, CODE_STREAM, PRUNING_STREAM = 3, 4, 5
"""Streams of random numbers, besides those of the steps."""


class Start(NamedTuple):
    """A network to train, and the pruned VGG-19."""

    network: AnyStyleNet
    pruned_vgg: PrunedVGG
    is_fitted: bool
    """Whether the pruned VGG-19 is usable; a network from a file does not need it, unless the losses do."""


class Starter:
    """Makes the network to train from the training's pictures.

    ``photos``, ``paintings``  on the training device
    """

    def __init__(
        self, photos: data.Pictures, paintings: data.Pictures, options: TrainAdain, device: torch.device
    ) -> None:
        self.photos, self.paintings, self.options, self.device = photos, paintings, options, device

    def start(self, before: Checkpoint | None, shape: Shape) -> Start:
        """Return the network of a checkpoint, whose weights the caller restores; of ``options.begin``; or a new one.

        ``shape``  sizes of a new network, unless the options say otherwise

        Raises `BadOption`, and what `pinxit.training.export.any_style.read` raises.
        """
        options = self.options
        network = self._from_file(Path(options.begin)) if options.begin and not before else None
        shape = before.shape if before else network.shape if network else requested_shape(shape, options)
        pruned_vgg = PrunedVGG(pruned_widths(shape)).requires_grad_(False)
        saved = dict(before.extra) if before else {}
        is_fitted = bool(saved or options.pruned_vgg_share or not (before or network))
        if saved:
            pruned_vgg.load_state_dict(saved)
        elif is_fitted:
            self._fit(pruned_vgg)
        network = AnyStyleNet(shape) if before else network or self._new(shape, pruned_vgg)
        network.encoder.requires_grad_(False)
        return Start(on_device(network, self.device), on_device(pruned_vgg, self.device), is_fitted)

    def _from_file(self, path: Path) -> AnyStyleNet:
        """Return the network of a file, pruned to the requested channels and blocks."""
        network = read(path)
        shape = requested_shape(network.shape, self.options)
        if shape == network.shape:
            return network
        return prune(network, shape, (crops.cpu() for crops in self._crops(PRUNING_STREAM, PRUNED)))

    def _crops(self, stream: int, count: int) -> Iterator[Tensor]:
        """Yield ``count`` crops in batches, mostly of paintings; the same in every process."""
        side, seed = min(SIDE, self.options.crop_size), self.options.seed
        photo_count = BATCH // PHOTOS_AMONG
        photos = data.batches(self.photos, photo_count, side, (seed, stream, 0), 0)
        paintings = data.batches(self.paintings, BATCH - photo_count, side, (seed, stream, 1), 0)
        for number in range(math.ceil(count / BATCH)):
            random = np.random.default_rng((seed, stream, 2, number))
            yield torch.cat([data.recolor(next(paintings), self.options.recolor_share, random), next(photos)])

    def _fit(self, pruned_vgg: PrunedVGG) -> None:
        """Fit the pruned VGG-19 to VGG-19, by least squares in float32. Takes a minute."""
        weights = vgg_weights.load(self.options.vgg)
        vgg = VGG19(weights, pruned_vgg.convolutions).to(self.device)
        pruned_vgg.to(self.device)
        fit(pruned_vgg, vgg, list(self._crops(VGG_STREAM, FITTED)))

    @torch.no_grad()
    def _new(self, shape: Shape, pruned_vgg: PrunedVGG) -> AnyStyleNet:
        """Return a network with a finished style encoder and a transform network with random weights."""
        network = AnyStyleNet(shape).to(self.device)
        encoder, weights = network.encoder, pruned_vgg.state_dict()
        encoder.vgg.load_state_dict({name: weights[name] for name in encoder.vgg.state_dict()})
        statistics = [encoder.statistics(crops) for crops in self._crops(CODE_STREAM, MEASURED)]
        basis = principal_components(statistics, shape.style_widths, shape.code)
        encoder.head.weight.copy_(basis.basis.T)
        encoder.head.bias.copy_(basis.offset)
        return network


def requested_shape(shape: Shape, options: TrainAdain) -> Shape:
    """Return ``shape`` with the channels and blocks that the options request.

    Raises `BadOption` where there are not as many numbers as strides.
    """
    requested = {}
    for name in COUNTS:
        default: tuple[int, ...] = getattr(shape, name)
        counts = counts_of(name, getattr(options, name))
        if counts and len(counts) != len(default):
            raise BadOption(f"--{name} has {len(counts)} numbers; it needs one for each of {len(default)} strides")
        requested[name] = counts or default
    return dataclasses.replace(shape, widths=requested["widths"], blocks=requested["blocks"])


def pruned_widths(shape: Shape) -> tuple[int, ...]:
    """Return the channels of the pruned VGG-19: the style encoder's blocks, and those that only the losses use."""
    widths = shape.style_widths
    return (*widths, *widths[-1:] * (len(BLOCKS) - len(widths)))
