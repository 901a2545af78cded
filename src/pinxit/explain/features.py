"""What VGG-19 sees in the photo: feature maps, receptive fields, and a convolution and a pooling, number by number."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.explain import encoding
from pinxit.explain.pair import Pair, tensor
from pinxit.nn.layers import LAYERS, NAMES
from pinxit.nn.vgg import POOLINGS, VGG19

SMALL, LARGE = 32, 96
"""Long sides, px, of the maps of all channels and of the strongest ones."""
STRONGEST = 12
WINDOW = 8
"""Side, px, of the part of the photo that a convolution is worked through on."""
KERNELS = 8
"""Channels of conv1_1 that it is worked through for."""


def receptive_field(name: str) -> int:
    """Return the side, px, of the part of the picture that one feature of a layer depends on.

    A 3x3 convolution adds two features of its own stride, a 2x2 pooling one feature of the finer stride before it.
    """
    field = 1
    for before, layer in zip((LAYERS[0], *LAYERS), LAYERS[: NAMES.index(name) + 1], strict=False):
        field += 2 * layer.stride + (before.stride if layer.stride > before.stride else 0)
    return field


@torch.no_grad()
def layers(pair: Pair) -> list[dict[str, object]]:
    """Return every layer with the maps of all its channels, and where the photo excites each channel most."""
    photo, _ = pair.at(pair.sizes.picture)
    return [_layer(name, feature[0]) for name, feature in pair.network.walk(tensor(photo))]


def _layer(name: str, maps: Tensor) -> dict[str, object]:
    layer = LAYERS[NAMES.index(name)]
    tops = encoding.tops(maps)
    means = maps.mean((1, 2))
    order = means.argsort(descending=True)[:STRONGEST].tolist()
    return {
        "name": name,
        "stride": layer.stride,
        "field": receptive_field(name),
        "size": list(maps.shape),
        "tops": tops,
        "means": encoding.numbers(means),
        "silent": round(float((maps <= 0).float().mean()), 3),
        "at": maps.flatten(1).argmax(1).tolist(),
        "strongest": order,
        "all": encoding.atlas(maps, tops, SMALL),
        "large": encoding.atlas(maps[order], [tops[each] for each in order], LARGE),
    }


@torch.no_grad()
def convolution(pair: Pair) -> dict[str, object]:
    """Return the most contrasty window of the photo, and all that conv1_1 computes in it for some channels.

    ``output`` lacks the window's outermost positions, whose kernels reach beyond it.
    """
    photo, _ = pair.at(pair.sizes.picture)
    row, column = contrasty(photo, WINDOW)
    window = photo[row : row + WINDOW, column : column + WINDOW]
    network = pair.network
    batch = tensor(photo)
    values = (batch * network.get_buffer("gain") - network.get_buffer("offset"))[0]
    features = dict(VGG19.walk(network, batch))["conv1_1"][0]
    inside = features[:, row + 1 : row + WINDOW - 1, column + 1 : column + WINDOW - 1]
    chosen = inside.std((1, 2)).argsort(descending=True)[:KERNELS]
    weight, bias = network.get_buffer("conv1_1_weight")[chosen], network.get_buffer("conv1_1_bias")[chosen]
    return {
        "row": row,
        "column": column,
        "side": WINDOW,
        "colors": np.rint(window * 255).astype(int).tolist(),
        "channels": chosen.tolist(),
        "input": encoding.numbers(values[:, row : row + WINDOW, column : column + WINDOW], 6),
        "weight": encoding.numbers(weight, 6),
        "bias": encoding.numbers(bias, 6),
        "output": encoding.numbers(inside[chosen], 6),
    }


@torch.no_grad()
def pooling(pair: Pair) -> dict[str, object]:
    """Return an 8x8 part of the liveliest map of conv1_2, and its pooling by the maximum and by the mean."""
    photo, _ = pair.at(pair.sizes.picture)
    maps = dict(pair.network.walk(tensor(photo)))["conv1_2"]
    row, column = (each // 2 * 2 for each in contrasty(photo, WINDOW))
    part = maps[:, :, row : row + WINDOW, column : column + WINDOW]
    channel = int(part.std((2, 3)).argmax())
    pooled = {name: encoding.numbers(pool(part)[0, channel]) for name, pool in POOLINGS.items()}
    return {"channel": channel, "row": row, "column": column, "input": encoding.numbers(part[0, channel]), **pooled}


def contrasty(photo: np.ndarray[tuple[int, ...], np.dtype[np.float32]], side: int) -> tuple[int, int]:
    """Return the top row and left column of the window of an image, (H, W, 3), whose values vary most."""
    gray = torch.from_numpy(photo.mean(2))[None, None]
    variance = F.avg_pool2d(gray**2, side, 1) - F.avg_pool2d(gray, side, 1) ** 2
    row, column = divmod(int(variance.argmax()), variance.shape[3])
    return row, column
