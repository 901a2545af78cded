"""The types of pictures."""

import os
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Source = str | os.PathLike[str] | bytes | BinaryIO  # a path, a picture file's bytes, or an open binary file
Picture = Source | NDArray[Any]  # what users pass as a picture: a source, or an array (H, W, 3 or 4)
Image = NDArray[np.float32]  # (H, W, 3), sRGB, range [0, 1]
Mask = NDArray[np.float32]  # (H, W) in [0, 1]
Window = tuple[slice, slice]  # rows and columns of a picture
