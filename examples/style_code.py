"""Store a style in a few kilobytes, and paint with it: ``python examples/style_code.py PAINTING CODE PHOTO OUTPUT``.

A style code is what the network needs to know of a painting. It can be passed on in place of the picture.
"""

import sys
from pathlib import Path

import pinxit

painting, code, photo, output = sys.argv[1:]

pinxit.encode_style(painting).save(code)
print(f"{code}: {Path(code).stat().st_size:,} bytes")

pinxit.stylize(photo, code, size=1024).save(output)  # as with the painting itself, within 1 of 255
