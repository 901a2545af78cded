"""Pictures as PyTorch tensors, and back."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinxit.images import Image


def to_tensor(image: NDArray[np.float32], device: torch.device) -> Tensor:
    """(H, W, C) -> (1, C, H, W) on the device; a copy."""
    return torch.from_numpy(np.array(image.transpose(2, 0, 1)[None], np.float32, order="C")).to(device)


def to_image(picture: Tensor, size: tuple[int, int], offset: tuple[int, int] = (0, 0)) -> Image:
    """(1, 3, H, W) -> (height, width, 3) of ``size``, cut out from ``offset`` on where the picture is larger."""
    rows, columns = (slice(start, start + length) for start, length in zip(offset, size, strict=True))
    image = picture[0, :, rows, columns].permute(1, 2, 0).float().cpu().numpy()
    return np.ascontiguousarray(image)
