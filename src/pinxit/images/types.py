"""What an image is."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""(H, W, 3), sRGB, range [0, 1]."""
