"""The network that paints any style in one pass: a style encoder, and a painter that its code steers.

The style encoder sums a style picture up in one vector, the *code*. The painter is an encoder and decoder whose every
layer but the last is followed by adaptive instance normalization (Huang & Belongie, "Arbitrary Style Transfer
in Real-time with Adaptive Instance Normalization", ICCV 2017, eq. 8)::

    AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y)

where sigma(y) and mu(y) of each layer are an affine map of the code (Ghiasi et al., "Exploring the structure of
a real-time, arbitrary neural artistic stylization network", BMVC 2017). So a style is stored in half a kilobyte, and
styles are blended by arithmetic.

Differs from both papers: no VGG-19 at run time, the code is a bottleneck, the finest features are two pixels wide, and
much of the painter's work is done at a sixteenth of the picture's side, where a stroke is a few features wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit.nn.layers import BLOCKS

EPSILON = 1e-5
"""Added to the variance, so that a flat picture divides by no zero."""
MEAN_COLOR = (123.68 / 255, 116.779 / 255, 103.939 / 255)
"""Mean of the pictures that VGG-19 was taught on, red, green, blue (Simonyan & Zisserman 2014)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that make a network; a checkpoint carries them."""

    widths: tuple[int, ...] = (16, 48, 128, 128)
    """Channels of the painter at stride 2, 4, 8, 16."""
    blocks: tuple[int, ...] = (1, 1, 0, 4)
    """Residual blocks at each of these strides, on the way up."""
    code: int = 256
    """Numbers in a style's code."""
    style_widths: tuple[int, ...] = (32, 64, 128, 256)
    """Channels of the style encoder at stride 1, 2, 4, 8."""

    def whole(self, side: int) -> int:
        """Return ``side``, px, or a little less: a multiple of the coarsest stride."""
        return max(1, side >> len(self.widths)) << len(self.widths)


def shape_of(fields: Mapping[str, Any]) -> Shape:
    """Return the shape whose fields were written as JSON, which knows lists alone."""
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Shape(**plain)


class Layer(NamedTuple):
    """One convolution of the painter, edges replicated; normalized by AdaIN, and then ReLU unless ``linear``."""

    name: str
    inputs: int
    outputs: int
    level: int
    """Its output has ``2 ** level`` px of the picture from one feature to the next; the first level is 1."""
    step: str
    """``same``; ``down`` (stride 2); or ``up`` (nearest neighbor to double size first: no checkerboard)."""
    kernel: int = 3
    """Its side."""
    opens: bool = False
    """The first convolution of a residual block."""
    linear: bool = False
    """The second one: what came into the block is added, and no ReLU follows."""


def layers(shape: Shape) -> tuple[Layer, ...]:
    """Return the painter's normalized layers in order. One more convolution makes colors of the last one.

    Going up, every layer that reaches a middle stride gets the encoder's features of that stride added: the photo's
    edges, already in the style's statistics.
    """
    widths = dict(enumerate(shape.widths, start=1))
    top = len(widths)
    found = [Layer("stem", 3, widths[1], 1, "down", kernel=6)]
    found += [Layer(f"down{level}", widths[level - 1], widths[level], level, "down") for level in range(2, top + 1)]
    for level in range(top, 0, -1):
        if level < top:
            found.append(Layer(f"up{level}", widths[level + 1], widths[level], level, "up"))
        for number in range(1, shape.blocks[level - 1] + 1):
            found += _block(f"block{level}_{number}", widths[level], level)
    return tuple(found)


def _block(name: str, width: int, level: int) -> list[Layer]:
    return [
        Layer(f"{name}a", width, width, level, "same", opens=True),
        Layer(f"{name}b", width, width, level, "same", linear=True),
    ]


def skips(shape: Shape) -> range:
    """Return the levels whose features go straight from the encoder to the decoder: all but the first and the last."""
    return range(2, len(shape.widths))


def adain(x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return ``scale (x - mean) / std + shift``.

    Eq. 8 with scale = sigma(y), shift = mu(y), mean = mu(x), std = sigma(x).
    ``x`` is (B, C, H, W); the others are (B, C, 1, 1), or (B, C, H, W) where styles are mixed by place.
    """
    gain = scale / std
    return x * gain.to(x.dtype) + (shift - mean * gain).to(x.dtype)


def statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mu(x) and sigma(x) of each channel, both (B, C, 1, 1) float32, from (B, C, H, W)."""
    variance, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    return mean, (variance + EPSILON).sqrt()


def _convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    padding = (kernel - 1) // 2
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, padding_mode="replicate")
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution


class ThinVGG(nn.Module):
    """VGG-19 with fewer channels, up to the first convolution of its last block here.

    Convolutions 3x3 with zero padding, ReLU, 2x2 max pooling between blocks. `pinxit.training.pruning.vgg` makes it
    from VGG-19. It serves twice: as the style encoder's eye, and as the loss network of a training's first part.
    """

    mean: Tensor
    """The color that zero padding stands for, (3, 1, 1), sRGB."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_COLOR).view(3, 1, 1), persistent=False)
        self.convolutions = nn.ModuleDict({name: nn.Conv2d(a, b, 3, padding=1) for name, a, b in thin_layers(widths)})

    def layers(self) -> list[tuple[str, nn.Conv2d]]:
        """Return every convolution with its name, in order."""
        return [(name, each) for name, each in self.convolutions.items() if isinstance(each, nn.Conv2d)]

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the features of every layer, after its ReLU, of pictures (B, 3, H, W), sRGB, in [0, 1]."""
        x = x - self.mean
        found: dict[str, Tensor] = {}
        for name, convolution in self.convolutions.items():
            x = F.max_pool2d(x, 2) if opens_block(name) else x
            x = found[name] = F.relu(convolution(x))
        return found


def thin_layers(widths: Sequence[int]) -> list[tuple[str, int, int]]:
    """Return name, inputs and outputs of the convolutions: VGG-19's, with ``widths`` channels in its blocks."""
    found, inputs = [], 3
    for block, ((count, _), width) in enumerate(zip(BLOCKS, widths, strict=False), start=1):
        for number in range(1, 1 + (count if block < len(widths) else 1)):
            found.append((f"conv{block}_{number}", inputs, width))
            inputs = width
    return found


def opens_block(name: str) -> bool:
    """Return whether a pooling comes before this layer."""
    return name.endswith("_1") and name != "conv1_1"


class StyleEncoder(nn.Module):
    """From a picture to its code: an affine map of mu and sigma, which AdaIN sets, of a thin VGG-19's features.

    The statistics are taken at the first convolution of every block, where the style loss looks too. There is
    no normalization: colors and contrast are the style.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.eye = ThinVGG(shape.style_widths)
        self.head = _Linear(2 * sum(shape.style_widths), shape.code)

    def measures(self, x: Tensor) -> Tensor:
        """Return mu and sigma of every channel of these layers, layer by layer: (B, 2 * sum of the widths)."""
        first = [value for name, value in self.eye(x).items() if name.endswith("_1")]
        return torch.cat([each for value in first for each in statistics(value)], 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the codes (B, code), float32, of pictures (B, 3, H, W), sRGB, in [0, 1]."""
        code: Tensor = self.head(self.measures(x))
        return code


class Painter(nn.Module):
    """From a content picture and codes to the painted picture."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.layers = layers(shape)
        self.convolutions = nn.ModuleDict(
            {
                layer.name: _convolution(layer.inputs, layer.outputs, layer.kernel, 2 if layer.step == "down" else 1)
                for layer in self.layers
            }
        )
        self.out = _convolution(shape.widths[0], 3 * 4)
        self.channels = sum(layer.outputs for layer in self.layers)
        self.modulation = _Linear(shape.code, 2 * self.channels)
        nn.init.normal_(self.modulation.weight, std=0.3 / shape.code**0.5)
        with torch.no_grad():  # at the start, plain instance normalization, nearly
            self.modulation.bias.zero_()[: self.channels] = 1
            self.out.weight.mul_(0.1)

    @torch.no_grad()
    def level(self) -> None:
        """Let the four pixels made of one feature weigh it alike: what is even in the features has no checkerboard.

        Kernels begin so in Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017. Taught ones keep
        all but the difference of their sums, which costs nothing: distances change by less than 0.001.
        """
        weight, bias = (each.view(3, 4, *each.shape[1:]) for each in self.out.parameters())
        sums = weight.sum((3, 4), keepdim=True)
        weight += (sums.mean(1, keepdim=True) - sums) / weight[0, 0, 0].numel()
        bias.copy_(bias.mean(1, keepdim=True).expand_as(bias))

    def forward(
        self,
        content: Tensor,
        codes: Tensor,
        masks: Sequence[Tensor] | None = None,
        given: Tensor | None = None,
        own: float = 0.0,
    ) -> tuple[Tensor, Tensor]:
        """Paint ``content``, (B, 3, H, W), sRGB, in [0, 1], H and W multiples of the coarsest stride.

        ``codes``  (B, N, code): N styles for each picture
        ``masks``  for each level, from 1, a tensor (B, N, H / 2**level, W / 2**level), or (B, N, 1, 1): the share of
                   each style at each place; the shares of a place sum to 1. None: equal shares.
        ``given``  (B, 2, channels): normalize by given + ``own`` x the picture's own statistics. None: by its own.

        Returns the painted picture (B, 3, H, W) in [0, 1], float32, and the statistics mu and sigma that its layers
        had, (B, 2, channels).
        """
        if masks is None:
            masks = [codes.new_full((*codes.shape[:2], 1, 1), 1 / codes.shape[1])] * len(self.shape.widths)
        steering = _Steering(self.modulation(codes).chunk(2, 2), masks, given, own)
        x = entry = 2 * content - 1
        passed: dict[int, Tensor] = {}
        for layer in self.layers:
            if layer.opens:
                entry = x
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") if layer.step == "up" else x
            x = steering.normalize(self.convolutions[layer.name](x), layer)
            x = entry + x if layer.linear else F.relu(x)
            if layer.level in skips(self.shape):
                if layer.step == "down":
                    passed[layer.level] = x
                x = x + passed[layer.level] if layer.step == "up" else x
        painted = torch.sigmoid(F.pixel_shuffle(self.out(x).float(), 2))
        return painted, torch.cat(steering.found, 1).transpose(1, 2)


class _Steering:
    """Normalizes layer after layer as the codes say, and takes down each one's statistics."""

    def __init__(self, modulation: Sequence[Tensor], masks: Sequence[Tensor], given: Tensor | None, own: float) -> None:
        self.scales, self.shifts = modulation  # each (B, N, channels of all layers)
        self.masks, self.given, self.own = masks, given, own
        self.found: list[Tensor] = []
        self.place = 0

    def normalize(self, x: Tensor, layer: Layer) -> Tensor:
        place = slice(self.place, self.place + layer.outputs)
        self.place += layer.outputs
        mean, std = statistics(x)
        self.found.append(torch.cat([mean, std], 3)[:, :, 0])  # (B, C, 2)
        if self.given is not None:
            mean_given, std_given = self.given[:, :, place, None, None].unbind(1)
            mean, std = mean_given + self.own * mean, (std_given + self.own * std).clamp(min=EPSILON**0.5)
        mask = self.masks[layer.level - 1]
        return adain(x, _mixed(self.scales[..., place], mask), _mixed(self.shifts[..., place], mask), mean, std)


def _mixed(values: Tensor, masks: Tensor) -> Tensor:
    """(B, N, C) values of N styles, (B, N, h, w) shares -> (B, C, h, w)."""
    return (values[..., None, None] * masks[:, :, None]).sum(1)


class _Linear(nn.Linear):
    """In float32 also where the rest is computed in half precision: what it gives steers all the rest."""

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


class Network(nn.Module):
    """Style encoder and painter, as they are taught: together."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape or Shape()
        self.encoder = StyleEncoder(self.shape)
        self.painter = Painter(self.shape)

    def forward(self, contents: Tensor, styles: Tensor, chosen: Tensor) -> Tensor:
        """Paint pairs of ``contents`` (C, 3, H, W) and ``styles`` (S, 3, h, w); all in [0, 1].

        ``chosen``  (B, 2), integers: the content and the style of each pair

        Returns the painted pictures (B, 3, H, W).
        """
        with torch.no_grad():
            codes = self.encoder(styles)
        painted: Tensor
        painted, _ = self.painter(contents[chosen[:, 0]], codes[chosen[:, 1], None])
        return painted
