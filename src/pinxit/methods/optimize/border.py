"""The border that is painted around a content and cut off again.

VGG-19 pads with zeros, a dark frame around everything it sees. The losses ``neighbors`` compare every place with a
place of the painting, so that a frame would be painted into the picture. They see the content with a mirrored border.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pinxit import images
from pinxit.images import Image
from pinxit.methods.base import Guide
from pinxit.methods.optimize.regions import padded
from pinxit.methods.optimize.tensors import to_image
from pinxit.styles.style import Style

SHARE, WIDEST = 1 / 32, 16
"""Width of the border by the content's long side, and at most, px: two places of conv4_1."""


@dataclass(frozen=True, slots=True)
class Border:
    """The border of a content of ``shape`` = (height, width): ``width`` px on each side."""

    shape: tuple[int, int]
    width: int

    @classmethod
    def around(cls, shape: tuple[int, int], *, mirrored: bool) -> Border:
        """Return the border of a content; without ``mirrored`` it has no width."""
        return cls(shape, min(max(1, round(SHARE * max(shape))), WIDEST, *shape) if mirrored else 0)

    def add(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an image, (H, W) or (H, W, C) of the content's shape, with its mirrored border, padded to 16 px."""
        if not self.width:
            return padded(plane)
        return padded(np.pad(plane, [(self.width,) * 2] * 2 + [(0, 0)] * (plane.ndim - 2), mode="symmetric"))

    def outer(self) -> tuple[int, int]:
        """Return the content's (height, width) with its border."""
        return self.shape[0] + 2 * self.width, self.shape[1] + 2 * self.width

    def masked(self, style: Style) -> Style:
        """Return the style with masks for the content with its border."""
        if not self.width or all(reference.mask is None for reference in style.references):
            return style
        return Style(
            tuple(
                each if each.mask is None else replace(each, mask=self.add(images.resize(each.mask, self.shape)))
                for each in style.references
            )
        )

    def guide(self, guide: Guide) -> tuple[Image, NDArray[np.float32]]:
        """Return the picture, (H, W, 3), and the trust, (H, W, 1), of a guide with their borders."""
        return self.add(guide.picture), self.add(guide.trust[..., None])

    def inner(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the (height, width) of a level of ``size`` without its border, and without `padded`'s rows."""
        outer = self.outer()
        if not self.width:
            return min(self.shape[0], size[0]), min(self.shape[1], size[1])
        scales = (min(1.0, level / full) for level, full in zip(size, outer, strict=True))
        height, width = (max(1, round(side * scale)) for side, scale in zip(self.shape, scales, strict=True))
        return height, width

    def cut(self, picture: Tensor, size: tuple[int, int]) -> Image:
        """(1, 3, H, W), a picture at a level of ``size`` -> (h, w, 3), the `inner` part of it."""
        height, width = self.inner(size)
        scale = min(1.0, max(size) / max(self.outer()))
        offset = round(self.width * scale)
        return to_image(picture, (height, width), (offset, offset))
