"""Pictures, feature maps and numbers as the page embeds them."""

import base64
from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from pinxit import images
from pinxit.config.options import Output
from pinxit.images import Image

LOSSY = Output(quality=82)
MAPS = Output(quality=88)
COLUMNS = 16
"""Feature maps in a row of an atlas."""


def picture(image: Image, format: str = "webp", output: Output = LOSSY) -> str:
    """Return an image, (H, W, 3) in [0, 1], as a data URI."""
    return f"data:image/{format};base64,{base64.b64encode(images.encode(image, format, output=output)).decode()}"


def atlas(maps: Tensor, tops: Sequence[float], side: int) -> dict[str, object]:
    """Return feature maps (C, h, w), each divided by its entry of ``tops``, side by side as one gray picture.

    Maps whose long side is over ``side`` are reduced, by means.
    """
    height, width = images.fit((maps.shape[1], maps.shape[2]), side)
    small = F.adaptive_avg_pool2d(maps[None], (height, width))[0].numpy()
    scaled = small / np.maximum(np.asarray(tops, np.float32), 1e-12)[:, None, None]
    columns = min(COLUMNS, len(scaled))
    rows = -(-len(scaled) // columns)
    filled = np.zeros((rows * columns, height, width), np.float32)
    filled[: len(scaled)] = scaled.clip(0, 1)
    plane = filled.reshape(rows, columns, height, width).transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    gray = np.repeat(plane[..., None], 3, axis=2)
    return {"uri": picture(gray, "webp", MAPS), "w": width, "h": height, "columns": columns}


def numbers(values: Tensor | NDArray[np.float32] | Iterable[float], digits: int = 4) -> list[float]:
    """Return numbers, flattened, with so many significant digits."""
    flat = values.detach().flatten().tolist() if isinstance(values, Tensor) else np.asarray(list(values)).ravel()
    return [float(f"{value:.{digits}g}") for value in flat]


def tops(maps: Tensor) -> list[float]:
    """Return the greatest value of each map of (C, h, w)."""
    return numbers(torch.amax(maps, (1, 2)))
