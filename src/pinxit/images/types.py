"""The types of pictures."""

import os
from typing import Any, BinaryIO, Protocol

import numpy as np
import PIL.Image
from numpy.typing import NDArray


class SupportsArray(Protocol):
    """An array of NumPy, or what turns into one: a tensor, a `pinxit.Painting`."""

    def __array__(self) -> NDArray[Any]: ...


class Tensor(SupportsArray, Protocol):
    """A tensor of PyTorch, described here because PyTorch is not imported to recognize one."""

    def dim(self) -> int: ...
    def element_size(self) -> int: ...


PillowImage = PIL.Image.Image
Source = str | os.PathLike[str] | bytes | BinaryIO  # a path, a picture file's bytes, or an open binary file
Picture = Source | PillowImage | SupportsArray
"""What users pass as a picture: a source, Pillow's, an array (H, W) or (H, W, 1, 3 or 4), or a tensor (C, H, W)."""
Image = NDArray[np.float32]  # (H, W, 3), sRGB, range [0, 1]
Mask = NDArray[np.float32]  # (H, W) in [0, 1]
Window = tuple[slice, slice]  # rows and columns of a picture
