"""The picture that a descent starts from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from pinxit import images
from pinxit.config.options import Adain, Look, Optimize
from pinxit.images import Image, color
from pinxit.methods.onepass.any_style import AnyStyleStylizer
from pinxit.methods.optimize.regions import Region, fitted
from pinxit.methods.optimize.tensors import to_image, to_tensor
from pinxit.styles.style import Style

START_TILE = 1024
"""Side of the tiles, px, in which the method adain paints a large start. ONNX Runtime keeps the memory that it took:
at 2048 x 1536 px the peak of a descent grew by 100 MiB with tiles, and by 480 MiB in one piece."""


class Start:
    """Makes the picture that the descent starts from (`Optimize.init`)."""

    def __init__(self, style: Style, look: Look, options: Optimize) -> None:
        self.style, self.look, self.options = style, look, options
        self.any_style = _any_style(style, look) if options.init == "adain" else None

    @property
    def is_painted(self) -> bool:
        """Whether the start is a painting of the content already."""
        return self.any_style is not None

    def base(self, content: Image) -> Image:
        """Return the picture that every level changes, of the shape of ``content``: the painting, or the content."""
        return self.any_style(content) if self.any_style else content

    def recolored(self, base: Tensor, regions: Sequence[Region]) -> Tensor:
        """Return ``base``, (1, 3, H, W), with each region in the colors of its styles, as far as the strength goes."""
        return base + self.look.strength * _recoloring(base, regions)

    def __call__(self, base: Tensor, regions: Sequence[Region], shape: tuple[int, int]) -> Tensor:
        """Return the start, (1, 3, H, W), for ``base``, a level of a content of ``shape`` = (height, width)."""
        size = base.shape[2], base.shape[3]
        if self.options.init in ("adain", "content"):
            return base
        if self.options.init == "recolored":
            return self.recolored(base, regions)
        if self.options.init == "noise":
            generator = np.random.default_rng(self.look.seed)
            return to_tensor(generator.random((*size, 3), np.float32), base.device)
        if self.options.init == "style":
            return to_tensor(images.resize(self.style.references[0].image, size), base.device)
        picture = images.split_alpha(images.read(self.options.init))[0]
        return to_tensor(fitted(picture, shape, size), base.device)


def _recoloring(photo: Tensor, regions: Sequence[Region]) -> Tensor:
    """Return the change that gives each region of ``photo`` the colors of its styles."""
    image = to_image(photo, (photo.shape[2], photo.shape[3]))
    change = torch.zeros_like(photo)
    for region in regions:
        mask = 1.0 if region.mask is None else region.mask
        for picture, share in region.styles:
            target = to_image(picture, (picture.shape[2], picture.shape[3]))
            change += mask * share * to_tensor(color.coral(image, target) - image, photo.device)
    return change


def _any_style(style: Style, look: Look) -> AnyStyleStylizer:
    """Return the stylizer of the start, on the CPU: a device's memory is for the descent.

    It has one thread: the sums of ONNX Runtime depend on their number.
    """
    look = replace(look, color="style")  # contents and styles have their final colors already
    return AnyStyleStylizer(style, look, Adain(provider="cpu", tile=START_TILE, threads=1))
