"""The two pictures that are explained, how much is computed of them, and the progress of that."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from pinxit import images
from pinxit.config.options import Limits, Optimize
from pinxit.files.fingerprint import FileId
from pinxit.images import Image
from pinxit.images.inputs import load
from pinxit.images.types import Picture
from pinxit.methods.optimize.neighbors import NeighborLosses
from pinxit.methods.optimize.objective import GramLosses
from pinxit.methods.optimize.tensors import to_tensor
from pinxit.nn import convolution, vgg_weights
from pinxit.nn.device import pick_device
from pinxit.nn.layers import NAMES
from pinxit.nn.vgg import VGG19

LONGEST = 3.0
"""Longest side of an explained picture, relative to the shorter one; of longer ones the middle is explained."""
Watch = Callable[[str, float], object]
"""Called with what is being computed and the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is computed."""

    picture: int
    """Long side, px, of the photo, the painting, their features and the main descents."""
    comparison: int
    """Long side, px, of the pictures that are compared: reconstructions, starts, weights, optimizers."""
    steps: int
    """Steps of the main descent."""
    short: int
    """Steps of each descent for comparison."""
    rebuilt: int
    """Steps of each reconstruction."""
    frames: int
    """Pictures of the main descent."""
    nearest: int
    """Steps at the full size of the descent by nearest neighbors; its smaller levels take more (`Optimize.steps`)."""
    shown: int = 512
    """Long side, px, at which photo and painting are shown."""


FULL = Sizes(picture=256, comparison=128, steps=34, short=20, rebuilt=26, frames=20, nearest=12)
QUICK = Sizes(picture=144, comparison=80, steps=20, short=10, rebuilt=10, frames=10, nearest=7)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A photo and a painting, without transparency, and VGG-19, in float32."""

    photo: Image
    painting: Image
    names: tuple[str, str]
    """Of their files, without the endings; "" for a picture in memory."""
    sizes: Sizes
    network: VGG19

    @classmethod
    def open(cls, photo: Picture, painting: Picture, sizes: Sizes) -> "Pair":
        """Read both pictures; raises what reading pictures and weights raises."""
        read = [load(each, Limits(), sizes.shown) for each in (photo, painting)]
        first, second = (_shown(image, sizes.shown) for image, _ in read)
        network = VGG19(vgg_weights.load(Optimize().vgg), NAMES).to(pick_device("cpu"))
        return cls(first, second, (_name(read[0][1]), _name(read[1][1])), sizes, network)

    def painting_network(self, family: type[GramLosses | NeighborLosses], options: Optimize) -> VGG19:
        """Return VGG-19 as deep as a family of losses needs it, with the convolutions that paint: they are faster."""
        chosen = convolution.choose(pick_device("cpu"), options.precision)
        weights = vgg_weights.load(options.vgg)
        return VGG19(weights, family.layers(options), convolution=chosen, padding=family.padding)

    def at(self, side: int) -> tuple[Image, Image]:
        """Return photo and painting with a long side of ``side`` px."""
        return fitted(self.photo, side), fitted(self.painting, side)


@dataclass(slots=True)
class Progress:
    """Reports the share of the ``total`` work that is done."""

    watch: Watch
    total: float
    done: float = field(default=0.0)

    def __call__(self, words: str, work: float) -> None:
        """Report that ``work`` more is done, and what is being computed."""
        self.done += work
        self.watch(words, min(1.0, self.done / self.total))


def fitted(image: Image, side: int) -> Image:
    """Return an image with a long side of ``side`` px, made larger or smaller."""
    scale = side / max(image.shape[:2])
    height, width = (max(1, round(each * scale)) for each in image.shape[:2])
    return images.resize(image, (height, width))


def tensor(image: Image) -> Tensor:
    """(H, W, 3) -> (1, 3, H, W), on the CPU."""
    return to_tensor(image, pick_device("cpu"))


def _shown(image: Image, side: int) -> Image:
    rgb = images.split_alpha(image)[0]
    short = min(rgb.shape[:2])
    excess = [max(0, each - math.floor(LONGEST * short)) // 2 for each in rgb.shape[:2]]
    rows, columns = (slice(cut, length - cut) for cut, length in zip(excess, rgb.shape[:2], strict=True))
    return fitted(np.ascontiguousarray(rgb[rows, columns]), side)


def _name(file: FileId) -> str:
    return os.path.splitext(file.name)[0]
