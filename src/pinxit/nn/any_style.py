"""The network for any style: a style encoder and a transform network, as training sees them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pinxit.nn.shape import Shape
from pinxit.nn.style_encoder import StyleEncoder
from pinxit.nn.transform_net import TransformNet


class AnyStyleNet(nn.Module):
    """Encodes style pictures, and paints content pictures in their styles."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape or Shape()
        self.encoder = StyleEncoder(self.shape)
        self.transform_net = TransformNet(self.shape)

    def forward(self, contents: Tensor, styles: Tensor, pairs: Tensor) -> Tensor:
        """Paint pairs of ``contents`` (C, 3, H, W) and ``styles`` (S, 3, h, w); all in [0, 1].

        ``pairs``  (B, 2), integers: the content and the style of each pair

        Returns the painted pictures (B, 3, H, W).
        """
        with torch.no_grad():
            codes = self.encoder(styles)
        painted: Tensor
        painted, _ = self.transform_net(contents[pairs[:, 0]], codes[pairs[:, 1], None])
        return painted
