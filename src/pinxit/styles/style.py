"""A style: one or several style pictures, their weights, and the regions that each of them paints."""

import contextlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadOption, count
from pinxit.files.fingerprint import FileId, fingerprint
from pinxit.files.recipe import StyleEntry
from pinxit.images.decoding import decode
from pinxit.images.inputs import identify, in_memory, load, load_mask
from pinxit.images.memo import Memo
from pinxit.images.sources import fetch, local
from pinxit.images.types import Image, Mask, Picture
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode, is_code
from pinxit.styles.gallery import TrainedStyle

StylePicture = Picture | StyleCode | TrainedStyle  # what users pass as one style; a string may name a trained style

ASPECT_TOLERANCE = 0.02
"""Relative difference between the aspect ratios of a mask and of a content from which a warning is due."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One style picture."""

    image: Image  # a thumbnail, if there is a code or a trained style in its place
    weight: float = 1.0
    mask: Mask | None = None  # the region of the content that it paints: 1 inside; None: wherever no mask is
    origin: StyleEntry | None = None  # the files of picture and mask, for the recipe
    code: StyleCode | None = None
    trained: TrainedStyle | None = None
    memo: Memo = field(default_factory=Memo, repr=False)
    """Results derived from ``image``, such as its style codes; a reference with another image needs another memo."""


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """One or several style pictures. Immutable."""

    references: tuple[Reference, ...]

    def mask_warning(self, size: tuple[int, int]) -> str:
        """Return a warning if a mask's aspect ratio differs from that of a content of ``size``, (height, width); or ''.

        Such a mask is stretched to the content. `ASPECT_TOLERANCE`, or 1 px, is allowed for rounding.
        """
        for number, reference in enumerate(self.references, 1):
            if reference.mask is None:
                continue
            mask, content = reference.mask.shape, size
            if content[0] > content[1]:  # compare the short sides, where rounding matters most
                mask, content = mask[::-1], content[::-1]
            short_side = mask[0] * content[1] / mask[1]
            if abs(short_side - content[0]) > max(1, ASPECT_TOLERANCE * content[0]):
                height, width = reference.mask.shape
                return (
                    f"the mask of style {number} has another shape ({width} x {height}) than the picture "
                    f"({size[1]} x {size[0]}) and is stretched to it"
                )
        return ""

    @property
    def origins(self) -> tuple[StyleEntry, ...]:
        """The files of each picture, for the recipe."""
        return tuple(reference.origin for reference in self.references if reference.origin is not None)


StyleInput = Style | StylePicture | Mapping[Any, float] | Sequence[StylePicture | tuple[StylePicture, float]]
"""What users pass as a style: one picture, several, or several with weights."""


def load_styles(
    style: StyleInput, masks: Sequence[Picture | None] | None = None, limits: Limits | None = None
) -> Style:
    """Return the `Style` of one picture, of several, or of pictures with weights: a mapping or (picture, weight) pairs.

    A picture is any that `pinxit.images.inputs.load` takes, a `StyleCode`, or a trained style, by its name or as
    `pinxit.styles.gallery.find` returns it. ``masks`` has one entry for each style: a picture, of which the luminance
    counts, or None; a style without a mask paints wherever no mask is.

    Raises `BadOption` for no style, too many, a wrong weight, a wrong number of masks, or masks that leave no
    style a region; and everything that `pinxit.images.read` raises.
    """
    if isinstance(style, Style):
        if masks is not None:
            raise BadOption("this style already has its masks; give masks together with pictures")
        return style
    pairs = weighted(style)
    limits = limits or Limits()
    if not 1 <= len(pairs) <= limits.styles:
        raise BadOption(f"{len(pairs)} styles given; there must be from 1 to {limits.styles}")
    regions = one_each(masks, len(pairs))
    return join([_reference(*pair, mask, limits) for pair, mask in zip(pairs, regions, strict=True)])


def one_each(masks: Sequence[Picture | None] | None, styles: int) -> Sequence[Picture | None]:
    """Return one mask, or None, for each of several styles; raises `BadOption` for another number of masks."""
    if not isinstance(masks, list | tuple | None):
        raise BadOption("masks must be a list: one mask, or None, for each style")
    regions = [None] * styles if masks is None else masks
    if len(regions) != styles:
        raise BadOption(f"{count(len(regions), 'mask')} for {count(styles, 'style')}; give one mask for each style")
    return regions


def join(references: Sequence[Reference]) -> Style:
    """Return the `Style` of pictures that are read; raises `BadOption` if weights and masks leave no style a region."""
    if not any(each.weight and (each.mask is None or each.mask.any()) for each in references):
        raise BadOption("no style paints anywhere: masks are white where their style paints, and these are black")
    return Style(tuple(references))


def weighted(style: StyleInput) -> list[tuple[StylePicture, float]]:
    """Return [(picture, weight)], with weights that are finite, not negative, and not all zero."""
    items = list(style.items()) if isinstance(style, Mapping) else style
    pairs = []
    for item in items if isinstance(items, list | tuple) else [items]:
        pair = item if isinstance(item, tuple) else (item, 1.0)
        if len(pair) != 2:
            raise BadOption(f"a weighted style is a pair of picture and weight, not {len(pair)} things")
        pairs.append((pair[0], _weight(pair[1])))
    if pairs and not any(weight for _, weight in pairs):
        raise BadOption("every style's weight is 0: give at least one a weight above 0")
    return pairs


def _weight(value: object) -> float:
    weight = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an int beyond all floats
            weight = float(value)
    if not 0 <= weight < math.inf:  # also refuses NaN
        raise BadOption(f"a style's weight is {value!r}; it must be a finite number of at least 0")
    return weight


def _reference(picture: StylePicture, weight: float, mask: Picture | None, limits: Limits) -> Reference:
    region, mask_id = (None, None) if mask is None else load_mask(mask, limits)
    name, trained = "", None
    if isinstance(picture, TrainedStyle):
        name, trained = picture.name, picture
    elif isinstance(picture, str | os.PathLike):
        path = local(picture)
        name, trained = os.path.basename(path), gallery.find(path)
    if trained:
        origin = StyleEntry(FileId(name, trained.fingerprint), weight, mask_id)
        return Reference(trained.thumbnail, weight, region, origin, trained=trained)
    image, file_id, code = _load(picture, limits)
    return Reference(images.split_alpha(image)[0], weight, region, StyleEntry(file_id, weight, mask_id), code)


def _load(picture: StylePicture, limits: Limits) -> tuple[Image, FileId, StyleCode | None]:
    """Return a style's picture, or the thumbnail and the code of a `StyleCode`, of its file or of its bytes."""
    if in_memory(picture):
        return *load(picture, limits), None
    if isinstance(picture, StyleCode):
        return picture.thumbnail, fingerprint(picture.to_bytes()), picture
    name, data = fetch(picture, limits.image_bytes)
    code = StyleCode.from_bytes(data, name) if is_code(data) else None
    return code.thumbnail if code else decode(name, data, limits), identify(picture, data), code
