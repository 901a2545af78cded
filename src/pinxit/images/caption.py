"""A line of text as an image, for the captions of contact sheets."""

import contextlib
import functools

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from pinxit.images.types import Image

FONTS = ("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc", "DejaVuSans.ttf")
"""Fonts that have more letters than Pillow's own, tried in turn where a caption needs them."""
INK = 40  # gray value of the letters, 0 to 255


def caption(text: str, height: int, width: int) -> Image:
    """Return ``text`` in one centered line, dark on white, (height, width, 3); a line too long ends in an ellipsis."""
    font = _font(text, max(8, round(0.62 * height)))
    while font.getlength(text) > width and len(text) > 1:
        text = text.rstrip("…")[:-1] + "…"
    page = PillowImage.new("L", (width, height), 255)
    ImageDraw.Draw(page).text((width / 2, height / 2), text, fill=INK, font=font, anchor="mm")
    gray = np.asarray(page, np.float32) / np.float32(255)
    return np.repeat(gray[..., None], 3, axis=2)


def _font(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, or for letters beyond Latin-1 the `wide_font` if there is one."""
    name = wide_font() if max(map(ord, text), default=0) > 0xFF else ""
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


@functools.cache
def wide_font() -> str:
    """Return the first of `FONTS` that this machine has; '' if it has none."""
    for name in FONTS:
        with contextlib.suppress(OSError):
            ImageFont.truetype(name)
            return name
    return ""
