"""The networks that trainings start from.

The recipe of any style (`Starter`) starts from a finished style encoder and a transform network to train. The encoder
is made in closed form: a pruned VGG-19 (`pinxit.training.pruning`), which also serves as a loss network, and a linear
map to codes.

The recipe of trained styles (`initial_network`) starts from a network for any style, one of trained styles, or random
weights. The convolutions are copied. The scale and shift of a layer, an affine map of a style's code, become one column
per style: what that map gives for the style picture. The last column is the photo's, at first the mean of some photos.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.config.training import COUNTS, SCRATCH, TrainAdain, counts_of
from pinxit.errors import BadOption
from pinxit.methods.onepass.any_style import SMALLEST
from pinxit.methods.onepass.network import SHIPPED
from pinxit.nn import vgg_weights
from pinxit.nn.layers import BLOCKS
from pinxit.nn.shape import Shape
from pinxit.nn.style_encoder import PrunedVGG
from pinxit.nn.transform_net import AnyStyleNet, TransformNet
from pinxit.nn.vgg import VGG19
from pinxit.training import data
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.device import on_device
from pinxit.training.export import Network, read, read_any_style
from pinxit.training.pruning import fit, prune
from pinxit.training.style_images import StyleImage

FITTED, MEASURED, PRUNED = 128, 2048, 256
"""Crops that the pruned VGG-19 is fitted to, that the basis of the codes is computed from, and to prune by."""
BATCH, SIDE = 16, 128
"""Crops per batch of these, and their largest side, px."""
PHOTOS_AMONG = 4
"""One in so many of these crops is of a photo, the others of paintings."""
VGG_STREAM, CODE_STREAM, PRUNING_STREAM = 3, 4, 5
"""Streams of random numbers, besides those of the steps."""
WHITENING = 0.5
"""Exponent of the components' standard deviations that they are divided by: 0 leaves them unchanged, 1 whitens."""
PHOTOS = 16
"""Photos whose mean code starts the photo's column."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Starter:
    """Makes the network to train from the training's pictures."""

    photos: data.Pictures
    paintings: data.Pictures
    options: TrainAdain
    device: torch.device

    def start(self, before: Checkpoint | None, shape: Shape) -> tuple[AnyStyleNet, PrunedVGG, bool]:
        """Return the network of a checkpoint, whose weights the caller restores; of ``options.begin``; or a new one.

        Also the pruned VGG-19, and whether it is fitted: a network from a file needs it only where the losses do.

        ``shape``  sizes of a new network, unless the options say otherwise

        Raises `BadOption`, and what `pinxit.training.export.read_any_style` raises.
        """
        options = self.options
        network = self._from_file(Path(options.begin)) if options.begin and not before else None
        shape = before.shape if before else network.shape if network else requested_shape(shape, options)
        widths = shape.style_widths  # and, behind the style encoder's blocks, those that only the losses use
        pruned_vgg = PrunedVGG((*widths, *widths[-1:] * (len(BLOCKS) - len(widths)))).requires_grad_(False)
        saved = dict(before.extra) if before else {}
        is_fitted = bool(saved or options.pruned_vgg_share or not (before or network))
        if saved:
            pruned_vgg.load_state_dict(saved)
        elif is_fitted:
            vgg = VGG19(vgg_weights.load(options.vgg), pruned_vgg.convolutions).to(self.device)
            fit(pruned_vgg.to(self.device), vgg, list(self._crops(VGG_STREAM, FITTED)))
        network = AnyStyleNet(shape) if before else network or self._new(shape, pruned_vgg)
        network.encoder.requires_grad_(False)
        return on_device(network, self.device), on_device(pruned_vgg, self.device), is_fitted

    def _from_file(self, path: Path) -> AnyStyleNet:
        """Return the network of a file, pruned to the requested channels and blocks."""
        network = read_any_style(path)
        shape = requested_shape(network.shape, self.options)
        if shape == network.shape:
            return network
        return prune(network, shape, [crops.cpu() for crops in self._crops(PRUNING_STREAM, PRUNED)])

    def _crops(self, stream: int, count: int) -> Iterator[Tensor]:
        """Yield ``count`` crops in batches, mostly of paintings; the same in every process."""
        side, seed = min(SIDE, self.options.crop_size), self.options.seed
        photo_count = BATCH // PHOTOS_AMONG
        photos = data.batches(self.photos, photo_count, side, (seed, stream, 0), 0)
        paintings = data.batches(self.paintings, BATCH - photo_count, side, (seed, stream, 1), 0)
        for number in range(math.ceil(count / BATCH)):
            random = np.random.default_rng((seed, stream, 2, number))
            yield torch.cat([data.recolor(next(paintings), self.options.recolor_share, random), next(photos)])

    @torch.no_grad()
    def _new(self, shape: Shape, pruned_vgg: PrunedVGG) -> AnyStyleNet:
        """Return a network with a finished style encoder and a transform network with random weights."""
        network = AnyStyleNet(shape).to(self.device)
        encoder, weights = network.encoder, pruned_vgg.state_dict()
        encoder.vgg.load_state_dict({name: weights[name] for name in encoder.vgg.state_dict()})
        statistics = torch.cat([encoder.statistics(crops) for crops in self._crops(CODE_STREAM, MEASURED)])
        basis, offset = principal_components(statistics, shape.style_widths, shape.code)
        encoder.head.weight.copy_(basis.T)
        encoder.head.bias.copy_(offset)
        return network


def requested_shape(shape: Shape, options: TrainAdain) -> Shape:
    """Return ``shape`` with the channels and blocks that the options request.

    Raises `BadOption` where there are not as many numbers as strides.
    """
    for name in COUNTS:
        strides, counts = len(getattr(shape, name)), counts_of(name, getattr(options, name))
        if counts and len(counts) != strides:
            raise BadOption(f"--{name} has {len(counts)} numbers; it needs one for each of {strides} strides")
        shape = dataclasses.replace(shape, **{name: counts}) if counts else shape  # type: ignore[arg-type]
    return shape


def principal_components(statistics: Tensor, widths: Sequence[int], code: int) -> tuple[Tensor, Tensor]:
    """Return basis (D, code) and offset (code,): ``x @ basis + offset`` are the ``code`` strongest components.

    The features' means and standard deviations (which AdaIN sets, Huang & Belongie 2017) tell one style from another,
    but there are a thousand of them. Few principal components over many paintings keep most of what differs. Every
    statistic is first divided by the root mean square of those of its layer and kind, so that no layer dominates;
    the codes' numbers have a root mean square of 1.

    ``statistics``  (N, D), mu and sigma of each channel, layer by layer
    ``widths``      channels of each layer: D is twice their sum
    """
    values = statistics.double()
    center = values.mean(0)
    pieces = torch.split(values - center, [width for width in widths for _ in range(2)], 1)
    spread = torch.cat([each.square().mean().sqrt().clamp_min(1e-6).expand(each.shape[1]) for each in pieces])
    _, singular_values, directions = torch.linalg.svd((values - center) / spread, full_matrices=False)
    rank = min(code, len(singular_values))
    deviations = singular_values[:rank] / len(values) ** 0.5
    factors = deviations.clamp_min(1e-6 * float(deviations[0])) ** -WHITENING
    size = (deviations * factors).square().mean().sqrt()
    basis = values.new_zeros(values.shape[1], code)
    basis[:, :rank] = directions[:rank].T * (factors / size) / spread[:, None]
    return basis.float(), -(center @ basis).float()


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
    return _from_trained_styles(network, cards, styles, photos)


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
    chosen = data.floats(photos[torch.linspace(0, len(photos) - 1, PHOTOS).long()].cpu())
    codes = [network.encoder(_padded(style.pixels)) for style in styles]
    codes.append(torch.cat([network.encoder(photo) for photo in torch.split(chosen, 1)]).mean(0, keepdim=True))
    return with_columns(network.transform_net, network.transform_net.modulation(torch.cat(codes)))


@torch.no_grad()
def _from_trained_styles(
    before: TransformNet, cards: Sequence[Mapping[str, object]], styles: Sequence[StyleImage], photos: Tensor
) -> TransformNet:
    """Styles that the network has keep their columns, and the photo its own.

    Others start at the columns of the shipped network for any style, whose descendant the network may be; where its
    layers are others, at the mean of all its styles.
    """
    *columns, photo = before.modulation(torch.eye(before.shape.code))
    columns_of = {card["sha256"]: column for card, column in zip(cards, columns, strict=True)}
    others = [style for style in styles if style.facts["sha256"] not in columns_of]
    any_style = read_any_style(SHIPPED)
    if any_style.shape.widths == before.shape.widths and any_style.shape.blocks == before.shape.blocks:
        of_any_style = _from_any_style(any_style, others, photos)
        *begun, _ = of_any_style.modulation(torch.eye(of_any_style.shape.code))
    else:
        begun = [torch.stack(columns).mean(0)] * len(others)
    columns_of |= {style.facts["sha256"]: column for style, column in zip(others, begun, strict=True)}
    return with_columns(before, torch.stack([*(columns_of[style.facts["sha256"]] for style in styles), photo]))


def with_columns(before: TransformNet, columns: Tensor) -> TransformNet:
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
