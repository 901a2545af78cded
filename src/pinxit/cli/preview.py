"""Pictures in a terminal: the trained styles, each with its thumbnail and its credit."""

from __future__ import annotations

from collections.abc import Iterable

from rich.color import Color
from rich.columns import Columns
from rich.console import Console, Group
from rich.style import Style
from rich.text import Text

from pinxit import images
from pinxit.images import Image
from pinxit.styles.gallery import TrainedStyle

WIDTH, HEIGHT = 28, 14
"""Most columns and lines of a preview; a line has two rows of pixels."""


def show(styles: Iterable[TrainedStyle]) -> None:
    """Print the styles beside each other."""
    Console(highlight=False).print(Columns([_shown(style) for style in styles], padding=(1, 2)))


def _shown(style: TrainedStyle) -> Group:
    caption = Text(style.name, style="bold", no_wrap=True, overflow="ellipsis")
    lines = [Text(line, style="dim") for line in (str(style.facts.get(key, "")) for key in ("artist", "title")) if line]
    for line in lines:
        line.truncate(WIDTH, overflow="ellipsis")
    return Group(preview(style.thumbnail), caption, *lines)


def preview(image: Image) -> Text:
    """Return a picture, (H, W, 3) in [0, 1], as colored half blocks, at most `WIDTH` columns and `HEIGHT` lines."""
    height, width = image.shape[:2]
    scale = min(WIDTH / width, 2 * HEIGHT / height)
    rows, columns = max(2, 2 * round(height * scale / 2)), max(1, round(width * scale))
    pixels = (255 * images.resize(image, (rows, columns))).round().astype(int).tolist()
    text = Text()
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
        text.append("\n")
    return text[: len(text) - 1]
