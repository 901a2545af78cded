"""Contact sheets: one photo in several styles, or interpolated between styles."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import numpy as np

from pinxit import images
from pinxit.api import Stylizer
from pinxit.config.keywords import StylizeKeywords
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.images.caption import caption
from pinxit.images.types import Picture
from pinxit.methods.base import Step
from pinxit.styles.style import Reference, StylePicture, join

GAP = 12  # white space between the pictures, px
INSET, BORDER = 0.16, 3
"""The style's thumbnail in the corner of a picture: its long side, relative to the picture's, and its border, px."""
STEPS = 5  # default number of pictures from one style to another, both ends included
MOST_STEPS = 32  # largest such number: a square with as many on each side takes gigabytes

CAPTION, LEAST_CAPTION = 1 / 16, 14  # height of a caption, relative to the picture's width; and its least height, px

Watch = Callable[[float, int], object]  # called with the number of painted pictures, parts of one too, and of all


def sheet(
    photo: Picture,
    styles: Sequence[StylePicture],
    *,
    method: str = "",
    watch: Watch = lambda done, of: None,
    **options: Unpack[StylizeKeywords],
) -> Image:
    """Return the photo and its painting in each style, (H, W, 3), row by row, with the style in a corner and its name.

    ``method`` and ``options`` are those of `pinxit.Stylizer`.

    Raises `BadOption` without a style, and everything that painting raises.
    """
    if not styles:
        raise BadOption("a sheet needs at least one style: pinxit sheet PHOTO STYLE...")
    stylizers = [Stylizer(style, method=method, **options) for style in styles]
    names = [" + ".join(filter(None, map(_name, stylizer.style.references))) for stylizer in stylizers]
    return compare(photo, stylizers, names, watch=watch)


def compare(
    photo: Picture, stylizers: Sequence[Stylizer], names: Sequence[str], *, watch: Watch = lambda done, of: None
) -> Image:
    """Return the photo and its painting by each stylizer, as `sheet` does, with these names under the paintings."""
    opened = stylizers[0].open(photo)
    cells = [opened.rgb]
    for done, stylizer in enumerate(stylizers):
        watch(done, len(stylizers))
        painted = stylizer(opened, progress=_part_of(watch, done, len(stylizers)))
        cells.append(_with_inset(_on_white(painted.image), stylizer.style.references[0].image))
    return arrange(cells, _columns(len(cells), opened.rgb.shape[:2]), ["", *names])


def _part_of(watch: Watch, done: int, of: int) -> Callable[[Step], object]:
    """Return a function of a picture's steps that adds their share to the pictures before it."""
    return lambda step: watch(done + step.done, of)


def between(
    photo: Picture,
    styles: Sequence[StylePicture],
    count: int = STEPS,
    *,
    method: str = "",
    watch: Watch = lambda done, of: None,
    **options: Unpack[StylizeKeywords],
) -> Image:
    """Return the photo interpolated between styles, (H, W, 3): two in a row, or four at the corners of a square.

    Raises `BadOption` for another number of styles or of pictures, and everything that painting raises.
    """
    if len(styles) not in (2, 4):
        raise BadOption(f"--interpolate needs two styles, for a row, or four, for a square; {len(styles)} are given")
    if not 2 <= count <= MOST_STEPS:
        raise BadOption(f"{count} pictures from style to style are not possible; give 2 to {MOST_STEPS}")
    references = [Stylizer(style, method=method, **options).style.references[0] for style in styles]
    mixtures = _mixtures(len(styles), count)
    cells = []
    for done, weights in enumerate(mixtures, 1):
        mixed = [replace(each, weight=weight) for each, weight in zip(references, weights, strict=True) if weight]
        painted = _on_white(Stylizer(join(mixed), method=method, **options)(photo).image)
        cells.append(_with_inset(painted, references[weights.index(1.0)].image) if 1.0 in weights else painted)
        watch(done, len(mixtures))
    return arrange(cells, count)


def _mixtures(styles: int, count: int) -> list[tuple[float, ...]]:
    """Return the weights of each picture, row by row: bilinear between the corners."""
    shares = [number / (count - 1) for number in range(count)]
    if styles == 2:
        return [(1 - x, x) for x in shares]
    return [((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x) for y in shares for x in shares]


def _name(reference: Reference) -> str:
    """Return the name of a style: of a trained style its own, of a picture its file's without the ending."""
    if reference.trained:
        return reference.trained.name
    return Path(reference.origin.picture.name).stem if reference.origin else ""


def arrange(cells: Sequence[Image], columns: int, names: Sequence[str] = ()) -> Image:
    """Return pictures of equal size, (H, W, 3), in rows of ``columns``, with white space between and around them.

    ``names``  captions, one under each picture
    """
    if any(names):
        height, width = max(LEAST_CAPTION, round(CAPTION * cells[0].shape[1])), cells[0].shape[1]
        captions = [caption(name, height, width) for name in names]
        cells = [np.concatenate(pair) for pair in zip(cells, captions, strict=True)]
    height, width = cells[0].shape[:2]
    rows = -(-len(cells) // columns)
    page = np.ones((GAP + rows * (height + GAP), GAP + columns * (width + GAP), 3), np.float32)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        y, x = GAP + row * (height + GAP), GAP + column * (width + GAP)
        page[y : y + height, x : x + width] = cell
    return page


def _columns(cells: int, size: tuple[int, int]) -> int:
    """Return the number of cells of ``size``, (height, width), in a row of a sheet of about 4:3."""
    height, width = size
    return min(cells, max(1, round(math.sqrt(cells * height / width * 4 / 3))))


def _with_inset(painted: Image, style: Image) -> Image:
    """Return the picture with a thumbnail of its style, framed in white, in the lower right corner."""
    side = max(1, round(INSET * max(painted.shape[:2])))
    scale = side / max(style.shape[:2])
    height, width = (max(1, round(each * scale)) for each in style.shape[:2])
    small = np.pad(images.resize(style, (height, width)), ((BORDER, 0), (BORDER, 0), (0, 0)), constant_values=1)
    rows, columns = (min(a, b) for a, b in zip(small.shape[:2], painted.shape[:2], strict=True))
    result = painted.copy()
    result[-rows:, -columns:] = small[:rows, :columns]
    return result


def _on_white(image: Image) -> Image:
    """Return a painted picture, (H, W, 3 or 4), blended with white where it is transparent, (H, W, 3)."""
    if image.shape[2] == 3:
        return image
    colors, alpha = image[..., :3], image[..., 3:]
    return np.asarray(colors * alpha + (1 - alpha))
