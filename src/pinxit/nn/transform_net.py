"""The transform network: repaints a picture in one pass, its normalization steered by a style code.

An encoder and decoder (Johnson et al. 2016) whose every layer but the last is followed by adaptive instance
normalization (`pinxit.nn.normalization`). The scale and shift of each layer are an affine map of the code (Ghiasi et
al., "Exploring the structure of a real-time, arbitrary neural artistic stylization network", BMVC 2017). A style thus
takes half a kilobyte, and arithmetic blends styles.

Differs from both papers: the code is a bottleneck, the finest features are two pixels wide, and most of the work is
done at a sixteenth of the picture's side, where a stroke is a few features wide.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit.nn.normalization import ConditionalNorm, Float32Linear
from pinxit.nn.shape import Shape
from pinxit.nn.style_encoder import StyleEncoder


class Layer(NamedTuple):
    """One convolution, edges replicated; normalized by AdaIN, and then ReLU unless ``linear``."""

    name: str
    inputs: int
    outputs: int
    level: int  # its output has ``2 ** level`` px of the picture from one feature to the next; the first level is 1
    step: str  # ``same``; ``down`` (stride 2); or ``up`` (nearest neighbor to double size first: no checkerboard)
    kernel: int = 3  # its side
    opens: bool = False  # the first convolution of a residual block
    linear: bool = False  # the second one: the block's input is added, and no ReLU follows


def layers(shape: Shape) -> tuple[Layer, ...]:
    """Return the normalized layers in order. One more convolution turns the last one's features into colors.

    Going up, every layer that reaches a middle stride gets the encoder's features of that stride added: the photo's
    edges, already in the style's statistics.
    """
    widths = dict(enumerate(shape.widths, start=1))
    top = len(widths)
    chain = [Layer("stem", 3, widths[1], 1, "down", kernel=6)]
    chain += [Layer(f"down{level}", widths[level - 1], widths[level], level, "down") for level in range(2, top + 1)]
    for level in range(top, 0, -1):
        if level < top:
            chain.append(Layer(f"up{level}", widths[level + 1], widths[level], level, "up"))
        for number in range(1, shape.blocks[level - 1] + 1):
            block = Layer(f"block{level}_{number}a", widths[level], widths[level], level, "same", opens=True)
            chain += [block, block._replace(name=f"block{level}_{number}b", opens=False, linear=True)]
    return tuple(chain)


def skips(shape: Shape) -> range:
    """Return the levels with a skip connection from encoder to decoder: all but the first and the last."""
    return range(2, len(shape.widths))


def _convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    padding = (kernel - 1) // 2
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, padding_mode="replicate")
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution


class TransformNet(nn.Module):
    """Paints a content picture in the styles that codes describe."""

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
        self.modulation = Float32Linear(shape.code, 2 * self.channels)
        nn.init.normal_(self.modulation.weight, std=0.3 / shape.code**0.5)
        with torch.no_grad():  # starts as plain instance normalization, nearly
            self.modulation.bias.zero_()[: self.channels] = 1
            self.out.weight.mul_(0.1)

    @torch.no_grad()
    def equalize_subpixels(self) -> None:
        """Make the four pixels of one feature weigh it equally: even features then have no checkerboard.

        Kernels start so in Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017. Trained ones keep
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
        statistics: Tensor | None = None,
        own_share: float = 0.0,
    ) -> tuple[Tensor, Tensor]:
        """Paint ``content``, (B, 3, H, W), sRGB, in [0, 1], H and W multiples of the coarsest stride.

        ``codes``  (B, N, code): N styles for each picture
        ``masks``  for each level, from 1, a tensor (B, N, H / 2**level, W / 2**level), or (B, N, 1, 1): the share of
                   each style at each position; the shares of a position sum to 1. None: equal shares.

        `ConditionalNorm` says what ``statistics`` and ``own_share`` are. Returns the painted picture (B, 3, H, W) in
        [0, 1], float32, and the statistics mu and sigma of its layers, (B, 2, channels).
        """
        if masks is None:
            masks = [codes.new_full((*codes.shape[:2], 1, 1), 1 / codes.shape[1])] * len(self.shape.widths)
        norm = ConditionalNorm(self.modulation(codes).chunk(2, 2), masks, statistics, own_share)
        x = block_input = 2 * content - 1
        skipped: dict[int, Tensor] = {}
        for layer in self.layers:
            if layer.opens:
                block_input = x
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") if layer.step == "up" else x
            x = norm.normalize(self.convolutions[layer.name](x), layer.level)
            x = block_input + x if layer.linear else F.relu(x)
            if layer.level in skips(self.shape):
                if layer.step == "down":
                    skipped[layer.level] = x
                x = x + skipped[layer.level] if layer.step == "up" else x
        painted = torch.sigmoid(F.pixel_shuffle(self.out(x).float(), 2))
        return painted, torch.cat(norm.own_statistics, 1).transpose(1, 2)


class AnyStyleNet(nn.Module):
    """Encodes style pictures, and paints content pictures in their styles."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = StyleEncoder(shape)
        self.transform_net = TransformNet(shape)

    def forward(self, contents: Tensor, styles: Tensor, pairs: Tensor) -> Tensor:
        """Paint ``pairs`` (B, 2) of ``contents`` (C, 3, H, W) and ``styles`` (S, 3, h, w): (B, 3, H, W) in [0, 1]."""
        with torch.no_grad():
            codes = self.encoder(styles)
        painted: Tensor
        painted, _ = self.transform_net(contents[pairs[:, 0]], codes[pairs[:, 1], None])
        return painted
