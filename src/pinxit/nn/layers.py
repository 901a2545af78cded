"""The layers of VGG-19: their names in every spelling, and how options name them. Imports no PyTorch.

VGG-19 here is its 16 convolutions, 3x3 with stride 1 and zero padding 1, each followed by a ReLU, in five blocks with
a 2x2 pooling after each but the last. ``conv4_2`` is the second convolution of block 4.

A feature is always taken *after* the ReLU, as in Gatys' code and nearly every later program, although the paper
names it after the convolution: ``conv4_2`` and ``relu4_2`` mean the same.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from pinxit.errors import BadOption, nearest


class Layer(NamedTuple):
    """One convolution of the network."""

    name: str
    channels: int
    stride: int  # pixels of the picture from one feature to the next, horizontally and vertically


BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))  # (convolutions, channels) of each block

LAYERS = tuple(
    Layer(f"conv{block}_{number}", channels, 2 ** (block - 1))
    for block, (convolutions, channels) in enumerate(BLOCKS, start=1)
    for number in range(1, convolutions + 1)
)

NAMES = tuple(layer.name for layer in LAYERS)


def torchvision_indices() -> dict[str, int]:
    """Return ``conv4_2 -> 21``: the index of each convolution in torchvision's ``vgg19().features``.

    There each ReLU and each pooling is a module of its own.
    """
    return {layer.name: 2 * number + int(math.log2(layer.stride)) for number, layer in enumerate(LAYERS)}


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
    """Return a layer's name as ``convB_I``, whichever of the usual spellings ``name`` is.

    ``conv4_2``, ``relu4_2``, Keras' ``block4_conv2`` and torchvision's index (``21``, ``22`` or ``features.21``) all
    name the same feature. Raises `BadOption` for any other name; the message suggests the nearest one.
    """
    word = name.strip().lower()
    if word not in SPELLINGS:
        alike = [spelling for spelling in SPELLINGS if spelling[:1] == word[:1] and not spelling.isdigit()]
        raise BadOption(f"unknown layer {name.strip()!r}{nearest(word, alike or NAMES)}")
    return SPELLINGS[word]


def parse_layers(text: str) -> dict[str, float]:
    """Return ``{canonical name: weight}`` of layers written ``NAME`` or ``NAME=WEIGHT``, separated by commas.

    The default weight is 1. All weights are finite and at least 0, and one is above 0.

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
        layers[layer] = _weight(layer, weight) if equals else 1.0
    if not any(layers.values()):
        raise BadOption(f"every layer's weight is 0 in {text!r}: give at least one a weight above 0")
    return layers


def _weight(layer: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:  # also refuses NaN
        raise BadOption(f"the weight of layer {layer} is {text.strip()!r}; it must be a number of at least 0")
    return weight
