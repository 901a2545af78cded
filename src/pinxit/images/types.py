"""The types of pictures."""

import os
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""(H, W, 3), sRGB, range [0, 1]."""
Picture = str | os.PathLike[str] | bytes | BinaryIO | NDArray[Any]
"""What users pass as a picture: a path, a picture file's bytes, a file open for reading, or an array (H, W, 3 or 4)."""
Mask = NDArray[np.float32]
"""(H, W) in [0, 1]."""
Window = tuple[slice, slice]
"""Rows and columns of a picture."""
