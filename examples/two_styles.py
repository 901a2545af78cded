"""Paint the upper half in one style and the lower half in another: ``python two_styles.py PHOTO ABOVE BELOW OUTPUT``.

A mask is a picture or an array (H, W) in [0, 1]: 1 where the style paints. In between, styles blend.
"""

import sys

import numpy as np

import pinxit

photo, above, below, output = sys.argv[1:]

stylizer = pinxit.Stylizer(above, size=1024)
height, width = stylizer.open(photo).rgb.shape[:2]
rows = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
lower = np.clip((rows - 0.45) / 0.1, 0, 1)  # soft over a tenth of the height

painted = pinxit.stylize(photo, [above, below], masks=[1 - lower, lower], size=1024)
painted.save(output)
