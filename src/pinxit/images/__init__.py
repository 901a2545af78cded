"""Picture files to arrays and back, sizes, colors, alpha. The only package that imports Pillow; knows no methods.

An image is a float32 array (H, W, 3), sRGB, range [0, 1]. A picture with transparency has a fourth channel, alpha;
its colors are not premultiplied.
"""

from pinxit.images.alpha import join_alpha, split_alpha
from pinxit.images.decoding import Header, look, read, read_mask, read_recipe
from pinxit.images.encoding import deep_png, encode, show, to_pillow, write
from pinxit.images.sizes import cut, fit, resample, resize
from pinxit.images.sources import find_pictures, sniffed
from pinxit.images.types import Image, PillowImage, Source

__all__ = [
    "Header",
    "Image",
    "PillowImage",
    "Source",
    "cut",
    "deep_png",
    "encode",
    "find_pictures",
    "fit",
    "join_alpha",
    "look",
    "read",
    "read_mask",
    "read_recipe",
    "resample",
    "resize",
    "show",
    "sniffed",
    "split_alpha",
    "to_pillow",
    "write",
]
