"""Features, content and style: chapters 1 to 3."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

from figures import drawing, material
from pinxit import images
from pinxit.explain.features import receptive_field
from pinxit.explain.optimization import SMOOTH
from pinxit.explain.pair import Pair, tensor
from pinxit.nn.gram import gram
from pinxit.nn.layers import LAYERS, NAMES

SEEN = ("conv1_1", "conv3_1", "conv5_1")
MAPS, LARGER = 3, 1.5
GRAM_LAYER, CHANNELS = "conv2_1", 24


@torch.no_grad()
def features(pair: Pair) -> Figure:
    """Three layers: for each the photo with the part that one feature depends on, and the liveliest maps."""
    photo, _ = pair.at(round(LARGER * pair.sizes.picture))
    maps = dict(pair.network.walk(tensor(photo)))
    figure, axes = drawing.sheet(len(SEEN), 1 + MAPS, 3.7)
    for row, name in zip(axes, SEEN, strict=True):
        channels = maps[name][0]
        edge_rows, edge_columns = (max(1, side // 8) for side in channels.shape[1:])  # the zeros around the picture
        inside = channels[:, edge_rows:-edge_rows, edge_columns:-edge_columns]
        order = inside.std((1, 2)).argsort(descending=True)[:MAPS].tolist()
        y, x = divmod(int(inside[order[0]].argmax()), inside.shape[2])
        stride, side = LAYERS[NAMES.index(name)].stride, receptive_field(name)
        drawing.picture(row[0], photo, below=f"{name}: {side} px")
        left, top = ((each + edge + 0.5) * stride - side / 2 for each, edge in ((x, edge_columns), (y, edge_rows)))
        drawing.box(row[0], left, top, side, side)
        row[0].set(xlim=(-0.5, photo.shape[1] - 0.5), ylim=(photo.shape[0] - 0.5, -0.5))
        for place, channel in zip(row[1:], order, strict=True):
            drawing.plane(place, channels[channel].numpy(), below=f"{channel} / {len(channels)}")
    return figure


def content(pair: Pair) -> Figure:
    """The photo, and what noise becomes whose features of one layer are drawn to the photo's."""
    figure, axes = drawing.sheet(2, 3, 3.2)
    photo, _ = pair.at(pair.sizes.comparison)
    drawing.picture(axes[0, 0], photo, below="p", color=drawing.PHOTO)
    for place, (number, name) in zip(axes.flat[1:], enumerate(SMOOTH), strict=True):
        drawing.picture(place, material.run(pair, "content", number).image, below=name)
    return figure


@torch.no_grad()
def grams(pair: Pair) -> Figure:
    """Gram matrices of photo, painting, result, and of the photo's features at shuffled positions."""
    photo, painting = pair.at(pair.sizes.picture)
    shown = {"p": photo, "a": painting, "x": np.clip(material.run(pair, "main").image, 0, 1)}
    maps = {name: dict(pair.network.walk(tensor(image)))[GRAM_LAYER] for name, image in shown.items()}
    flat = maps["p"].flatten(2)
    order = torch.randperm(flat.shape[2], generator=torch.Generator().manual_seed(0))
    maps["p'"] = flat[:, :, order].view_as(maps["p"])
    small = images.resize(photo, (maps["p"].shape[2], maps["p"].shape[3]))
    shown["p'"] = small.reshape(-1, 3)[order].reshape(small.shape)
    matrices = {name: gram(each)[0] for name, each in maps.items()}
    target = matrices["a"]
    channels = (matrices["p"].diagonal() + target.diagonal()).argsort(descending=True)[:CHANNELS]
    top = float(target[channels][:, channels].max()) / 2
    liveliest = int(channels[0])
    figure, axes = drawing.sheet(3, 4, 4.3)
    for column, (name, matrix) in enumerate(matrices.items()):
        drawing.picture(axes[0, column], shown[name], name)
        drawing.plane(axes[1, column], maps[name][0, liveliest].numpy())
        distance = float((matrix - target).norm() / target.norm())
        drawing.plane(axes[2, column], matrix[channels][:, channels].numpy(), below=f"{distance:.2f}", top=top)
    return figure
