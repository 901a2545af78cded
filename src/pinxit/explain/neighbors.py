"""Which place of the painting each place of a result took after, by the losses ``neighbors``."""

import torch
from torch import Tensor

from pinxit.explain.pair import Pair, tensor
from pinxit.images import Image
from pinxit.methods.optimize.neighbors import COLUMN, FROM_PICTURE, STRIDE, TRIM, nearest, on_grid
from pinxit.nn.vgg import VGG19


@torch.no_grad()
def matches(pair: Pair, result: Image) -> dict[str, object]:
    """Return for each place of the ``result`` the index of the painting's place that a last search would choose.

    ``grid`` and ``of`` are the (rows, columns) of the places of the result and of the painting, whose edge, ``trim`` of
    each side, is left out.
    """
    photo, painting = (tensor(each) for each in pair.at(max(result.shape[:2])))
    height, width = painting.shape[2:]
    top, left = (round(TRIM * side) if side >= 64 else 0 for side in (height, width))
    painting = painting[:, :, top : height - top, left : width - left]
    before, after = columns(pair.network, photo), columns(pair.network, tensor(result))
    style = columns(pair.network, painting)
    chosen = nearest(torch.lerp(before, after, FROM_PICTURE), style)
    return {"grid": grid(photo), "of": grid(painting), "trim": TRIM if top or left else 0, "index": chosen.tolist()}


def grid(picture: Tensor) -> tuple[int, int]:
    """Return the (rows, columns) of the places of a picture (1, 3, H, W)."""
    return max(1, picture.shape[2] // STRIDE), max(1, picture.shape[3] // STRIDE)


def columns(network: VGG19, picture: Tensor) -> Tensor:
    """Return the hypercolumns of a picture (1, 3, H, W), (C, places)."""
    features = [
        on_grid(feature, grid(picture))[0].flatten(1) for name, feature in network.walk(picture) if name in COLUMN
    ]
    return torch.cat(features).to(torch.bfloat16)
