"""Makes a pruned VGG-19 from VGG-19, in closed form and in a minute.

Layer by layer, those channels are kept from which the others can best be predicted (a pivoted Cholesky factorization of
the features' second moments), and the convolution to them is computed anew by least squares, from the channels that
remain. With half of the channels, a quarter of the work, the features at conv4_1 are 0.2 away from VGG-19's (relative
distance, on other crops). Wang et al., "Collaborative Distillation for Ultra-Resolution Universal Style Transfer",
2020, compress VGG-19 by gradient descent; here 60 more steps of that only took 0.20 to 0.19.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinxit.nn.style_encoder import PrunedVGG, opens_block
from pinxit.nn.vgg import VGG19

RIDGE = 1e-5
"""Weight of the ridge in the least squares, in units of the inputs' mean square."""


@torch.no_grad()
def fit(pruned: PrunedVGG, vgg: VGG19, batches: Sequence[Tensor]) -> None:
    """Set all convolutions of ``pruned``: its features are some of VGG-19's, each layer's divided by their mean size.

    ``vgg``      computes the features of all layers of ``pruned``
    ``batches``  crops, (B, 3, S, S) in [0, 1]
    """
    inputs = [batch - pruned.mean for batch in batches]
    vgg_inputs = [batch * vgg.get_buffer("gain") - vgg.get_buffer("offset") for batch in batches]
    features = [vgg(batch) for batch in batches]
    for name, convolution in pruned.layers():
        if opens_block(name):
            inputs, vgg_inputs = ([F.max_pool2d(x, 2) for x in each] for each in (inputs, vgg_inputs))
        outputs = [each.pop(name) for each in features]
        moments = torch.stack([torch.einsum("bchw,bdhw->cd", x, x) / x[:, 0].numel() for x in outputs]).mean(0)
        channels = pivots(moments, convolution.out_channels)
        size = moments.diagonal()[channels].mean().sqrt()
        weight, bias = (vgg.get_buffer(f"{name}_{part}")[channels] / size for part in ("weight", "bias"))
        _solve(convolution, inputs, [F.conv2d(x, weight, bias, padding=1) for x in vgg_inputs])
        inputs, vgg_inputs = [F.relu(convolution(x)) for x in inputs], outputs


def pivots(moments: Tensor, count: int) -> Tensor:
    """Return the ``count`` rows of a positive semidefinite (C, C) that leave the least of the others unexplained.

    One by one, the row with the largest remainder: the pivots of a Cholesky factorization.
    """
    remainders = moments.diagonal().clone()
    factor = moments.new_zeros(len(moments), count)
    rows: list[int] = []
    for number in range(count):
        remainders[rows] = -torch.inf
        row = int(remainders.argmax())
        rows.append(row)
        column = moments[:, row] - factor @ factor[row]
        factor[:, number] = column / column[row].clamp_min(1e-12).sqrt()
        remainders = remainders - factor[:, number].square()
    return torch.tensor(rows, device=moments.device)


def _solve(convolution: nn.Conv2d, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    """Set weight and bias so that ``convolution`` of each (B, I, H, W) comes nearest to each (B, O, H, W)."""
    size = 9 * convolution.in_channels + 1
    left = inputs[0].new_zeros(size, size, dtype=torch.float64)
    right = inputs[0].new_zeros(size, convolution.out_channels, dtype=torch.float64)
    for x, y in zip(inputs, targets, strict=True):
        patches = F.unfold(x, 3, padding=1).transpose(1, 2).reshape(-1, size - 1)  # (B H W, 9 I)
        patches = F.pad(patches, (0, 1), value=1.0)
        left += (patches.T @ patches).double()
        right += (patches.T @ y.permute(0, 2, 3, 1).reshape(len(patches), -1)).double()
    ridge = RIDGE * left.diagonal().mean() * torch.eye(size, dtype=left.dtype, device=left.device)
    solution = torch.linalg.solve(left + ridge, right).T.float()
    convolution.weight.copy_(solution[:, :-1].unflatten(1, (-1, 3, 3)))
    if convolution.bias is not None:
        convolution.bias.copy_(solution[:, -1])
