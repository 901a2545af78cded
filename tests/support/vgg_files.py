"""VGG-19 files for tests: of the true shapes but almost no bytes, because their tensors repeat one number."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pinxit.nn.layers import NAMES, torchvision_indices
from pinxit.nn.vgg_weights import SHAPES

INDICES = torchvision_indices()


def first_weight() -> Tensor:
    """conv1_1's weight, all of its numbers different."""
    return torch.arange(64 * 3 * 3 * 3, dtype=torch.float32).view(64, 3, 3, 3)


def state_dict() -> dict[str, Tensor]:
    """torchvision's vgg19: layer number n has weight n, bias -n; and a classifier that nobody needs."""
    state = {"classifier.6.bias": torch.zeros(1000)}
    for number, name in enumerate(NAMES):
        shape = SHAPES[name]
        state[f"features.{INDICES[name]}.weight"] = torch.tensor(float(number)).expand(shape)
        state[f"features.{INDICES[name]}.bias"] = torch.tensor(-float(number)).expand(shape[0])
    return state | {"features.0.weight": first_weight()}


def write_pth(path: Path, state: Any = None, **how: Any) -> Path:
    torch.save(state_dict() if state is None else state, path, **how)
    return path


write_legacy = partial(write_pth, _use_new_zipfile_serialization=False)


def write_safetensors(path: Path, shapes: dict[str, tuple[int, ...]] | None = None) -> Path:
    """A file of zeros in half precision, which the file system need not store."""
    header: dict[str, Any] = {}
    end = 0
    for key, shape in (shapes or {key: tuple(value.shape) for key, value in state_dict().items()}).items():
        start, end = end, end + 2 * int(np.prod(shape))
        header[key] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    return path
