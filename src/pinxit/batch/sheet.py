"""Contact sheets: one photo in several styles, or on the way from style to style."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pinxit import images
from pinxit.api import Stylizer
from pinxit.errors import BadOption
from pinxit.images import Image
from pinxit.styles.style import join

GAP = 12
"""White between the pictures, px."""
INSET, BORDER = 0.22, 3
"""The style's small picture in a corner: its long side by that of the painted one; and the white around it, px."""
STEPS = 5
"""Pictures from one style to another, both ends included."""

MOST_STEPS = 32
"""Most of them: a square of as many on each side takes gigabytes."""

Watch = Callable[[int, int], object]
"""Is told how many of how many pictures are painted."""


def sheet(
    photo: Any,
    styles: Sequence[Any],
    *,
    method: str = "",
    watch: Watch = lambda done, of: None,
    **options: Any,
) -> Image:
    """Return the photo and what each style makes of it, (H, W, 3), row by row, each with its style in a corner.

    ``styles`` and ``options`` are as for `pinxit.Stylizer`, as is ``method``, but that pictures are painted by adain
    where it is ''.

    Raises `BadOption` without a style, and all that painting raises.
    """
    if not styles:
        raise BadOption("a sheet needs at least one style: pinxit sheet PHOTO STYLE...")
    hands = [_hand(style, method, options) for style in styles]
    opened = hands[0].open(photo)
    cells = [opened.rgb]
    for done, hand in enumerate(hands, 1):
        cells.append(_signed(_colors(hand(opened).image), hand.style.references[0].image))
        watch(done, len(hands))
    return arranged(cells, _columns(len(cells), opened.rgb.shape[:2]))


def _hand(style: Any, method: str, options: Mapping[str, Any]) -> Stylizer:
    return Stylizer(style, method=method, **options)


def between(
    photo: Any,
    styles: Sequence[Any],
    steps: int = STEPS,
    *,
    method: str = "",
    watch: Watch = lambda done, of: None,
    **options: Any,
) -> Image:
    """Return the photo on the way between styles, (H, W, 3): a row between two, a square between four in its corners.

    Raises `BadOption` for another number of styles or of steps, and all that painting raises.
    """
    if len(styles) not in (2, 4):
        raise BadOption(f"{len(styles)} styles given; --interpolate goes between two, in a row, or four, in a square")
    if not 2 <= steps <= MOST_STEPS:
        raise BadOption(f"a way of {steps} pictures is not painted: from 2, the styles alone, to {MOST_STEPS}")
    references = [_hand(style, method, options).style.references[0] for style in styles]
    mixtures = list(_mixtures(len(styles), steps))
    cells = []
    for done, weights in enumerate(mixtures, 1):
        mixed = [replace(each, weight=weight) for each, weight in zip(references, weights, strict=True) if weight]
        painted = _colors(_hand(join(mixed), method, options)(photo).image)
        cells.append(_signed(painted, references[weights.index(1.0)].image) if 1.0 in weights else painted)
        watch(done, len(mixtures))
    return arranged(cells, steps)


def _mixtures(styles: int, steps: int) -> Iterator[tuple[float, ...]]:
    """Yield the weights of each picture, row by row: bilinear between the corners."""
    shares = [step / (steps - 1) for step in range(steps)]
    if styles == 2:
        yield from ((1 - x, x) for x in shares)
        return
    for y in shares:
        yield from (((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x) for x in shares)


def arranged(cells: Sequence[Image], columns: int) -> Image:
    """Return pictures of equal size, (H, W, 3), in rows of ``columns``, with white between and around them."""
    height, width = cells[0].shape[:2]
    rows = -(-len(cells) // columns)
    whole = np.ones((GAP + rows * (height + GAP), GAP + columns * (width + GAP), 3), np.float32)
    for place, cell in enumerate(cells):
        y, x = (GAP + index * (side + GAP) for index, side in zip(divmod(place, columns), (height, width), strict=True))
        whole[y : y + height, x : x + width] = cell
    return whole


def _columns(cells: int, size: tuple[int, int]) -> int:
    """Return how many cells of that (height, width) a row should have for a sheet of about 4:3."""
    height, width = size
    return min(cells, max(1, round(math.sqrt(cells * height / width * 4 / 3))))


def _signed(painted: Image, style: Image) -> Image:
    """Return the picture with its style, small and framed in white, in its lower right corner."""
    side = max(1, round(INSET * max(painted.shape[:2])))
    scale = side / max(style.shape[:2])
    height, width = (max(1, round(each * scale)) for each in style.shape[:2])
    small = np.pad(images.resize(style, (height, width)), ((BORDER, 0), (BORDER, 0), (0, 0)), constant_values=1)
    rows, columns = (min(a, b) for a, b in zip(small.shape[:2], painted.shape[:2], strict=True))
    signed = painted.copy()
    signed[-rows:, -columns:] = small[:rows, :columns]
    return signed


def _colors(image: Image) -> Image:
    """Return a painted picture on white where it is transparent."""
    if image.shape[2] == 3:
        return image
    on_white: Image = image[..., :3] * image[..., 3:] + (1 - image[..., 3:])
    return on_white
