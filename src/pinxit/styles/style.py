"""A style: the pictures to paint with, their weights, and the regions that each of them paints."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadOption
from pinxit.files import recipe
from pinxit.images import Image
from pinxit.images.memo import Memo
from pinxit.images.types import Picture
from pinxit.styles import code as stylecode
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode
from pinxit.styles.gallery import TrainedStyle

StylePicture = Picture | StyleCode | TrainedStyle
"""What users pass as one style; a string may name a trained style."""

Mask = NDArray[np.float32]
"""(H, W) in [0, 1]: 1 where a style paints, 0 where it does not."""

ASPECT_TOLERANCE = 0.02
"""Relative difference between the aspect ratios of a mask and of a content from which a warning is due."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One picture to paint with."""

    image: Image
    """(H, W, 3), sRGB, in [0, 1]."""
    weight: float = 1.0
    mask: Mask | None = None
    """The region of the content that it paints; None for all that no mask claims."""
    origin: recipe.Reference | None = None
    """Where picture and mask come from."""
    code: StyleCode | None = None
    """What a one-pass network made of the picture, where that is all there is; ``image`` is then a thumbnail."""
    trained: TrainedStyle | None = None
    """The style that a network was taught, in place of a picture; ``image`` is then a thumbnail."""
    memo: Memo = field(default_factory=Memo, repr=False)
    """Results derived from ``image``, such as its style codes; a reference with another image needs another memo."""


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """One or several pictures to paint with. Immutable."""

    references: tuple[Reference, ...]

    @property
    def fingerprint(self) -> str:
        """sha256, in hex, of all that the style is made of: pictures, weights and masks."""
        digest = hashlib.sha256()
        for reference in self.references:
            mask = b"" if reference.mask is None else reference.mask.tobytes()
            code = b"" if reference.code is None else stylecode.dumps(reference.code)
            trained = reference.trained and (reference.trained.fingerprint, reference.trained.row)
            known = repr((reference.image.shape, reference.weight, *([trained] if trained else []))).encode()
            parts = (reference.image.tobytes(), known, mask, code)
            for part in parts:
                digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()

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
    def origins(self) -> tuple[recipe.Reference, ...]:
        """Where each picture comes from, for the recipe."""
        return tuple(reference.origin for reference in self.references if reference.origin is not None)


StyleInput = Style | StylePicture | Mapping[Any, float] | Sequence[StylePicture | tuple[StylePicture, float]]
"""What users pass as a style: one picture, several, or several with weights."""


def gather(style: Any, masks: Sequence[Any] | None = None, limits: Limits | None = None) -> Style:
    """Return the `Style` of one picture, of several, or of pictures with weights: a mapping or (picture, weight) pairs.

    A picture is a path, bytes, an open file, an array (H, W, 3 or 4) in [0, 1], or a trained style, by its name or as
    `pinxit.styles.gallery.find` gives it. ``masks`` has one entry for
    each style: a picture, an array (H, W) in [0, 1], or None for all that no mask claims.

    Raises `BadOption` for no style, too many, a wrong weight, a wrong number of masks, or masks that leave no
    style any place; and all that `pinxit.images.read` raises.
    """
    if isinstance(style, Style):
        if masks is not None:
            raise BadOption("this style has its masks already; give masks together with pictures")
        return style
    pairs = weighted(style)
    limits = limits or Limits()
    if not 1 <= len(pairs) <= limits.styles:
        raise BadOption(f"{len(pairs)} styles given; there must be from 1 to {limits.styles}")
    if not isinstance(masks, list | tuple | None):
        raise BadOption("masks must be a list: one mask, or None, for each style")
    given = [None] * len(pairs) if masks is None else masks
    if len(given) != len(pairs):
        raise BadOption(f"{len(given)} masks for {len(pairs)} styles; give one mask for each style")
    return join([_reference(*pair, mask, limits) for pair, mask in zip(pairs, given, strict=True)])


def join(references: Sequence[Reference]) -> Style:
    """Return the `Style` of pictures that were read already.

    Raises `BadOption` where their weights and masks leave no style any place.
    """
    if not any(each.weight and (each.mask is None or each.mask.any()) for each in references):
        raise BadOption("no style paints anywhere: masks are white where their style paints, and these are black")
    return Style(tuple(references))


def weighted(style: Any) -> list[tuple[Any, float]]:
    """Return [(picture, weight)], with weights that are finite, not negative, and not all zero.

    Raises `BadOption`.
    """
    if isinstance(style, Mapping):
        pairs = [(picture, _weight(weight)) for picture, weight in style.items()]
    elif isinstance(style, list | tuple):
        pairs = [_pair(item) for item in style]
    else:
        pairs = [(style, 1.0)]
    if pairs and not any(weight for _, weight in pairs):
        raise BadOption("every style's weight is 0: give at least one a weight above 0")
    return pairs


def _pair(item: Any) -> tuple[Any, float]:
    """Return a list's item, a picture or a pair of picture and weight, as a pair."""
    if not isinstance(item, tuple):
        return item, 1.0
    if len(item) != 2:
        raise BadOption(f"a weighted style is a pair of picture and weight, not {len(item)} things")
    return item[0], _weight(item[1])


def _weight(value: Any) -> float:
    weight = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an int beyond all floats
            weight = float(value)
    if not 0 <= weight < math.inf:  # also refuses NaN, which compares as false
        raise BadOption(f"a style's weight is {value!r}; it must be a finite number of at least 0")
    return weight


def _reference(picture: Any, weight: float, mask: Any, limits: Limits) -> Reference:
    area, mask_named = (None, None) if mask is None else _load_mask(mask, limits)
    trained = _load_trained(picture)
    if trained:
        origin = recipe.Reference(recipe.Named(_called(picture, trained), trained.fingerprint), weight, mask_named)
        return Reference(trained.thumbnail, weight, area, origin, trained=trained)
    code, named = _load_code(picture, limits)
    if code is None:
        image, named = load(picture, limits)
    else:
        image = code.thumbnail
    origin = recipe.Reference(named, weight, mask_named)
    return Reference(images.split_alpha(image)[0], weight, area, origin, code)


def _load_trained(picture: Any) -> TrainedStyle | None:
    if isinstance(picture, TrainedStyle):
        return picture
    return gallery.find(os.fsdecode(picture)) if isinstance(picture, str | os.PathLike) else None


def _called(picture: Any, trained: TrainedStyle) -> str:
    """Return what a recipe calls a trained style: its name, or its file's name, or both, as it was given."""
    return trained.name if isinstance(picture, TrainedStyle) else os.path.basename(os.fsdecode(picture))


def _load_code(picture: Any, limits: Limits) -> tuple[StyleCode | None, recipe.Named]:
    """Return the style code that ``picture`` is, as `StyleCode` or as a file's name or bytes; None: it is none."""
    if isinstance(picture, StyleCode):
        return picture, recipe.fingerprint(stylecode.dumps(picture))
    nothing = None, recipe.Named("", "")
    if isinstance(picture, np.ndarray) or hasattr(picture, "read"):
        return nothing
    source = _source(picture, limits)
    data = source if isinstance(source, bytes) else stylecode.read_bytes(source)
    if not data.startswith(stylecode.HEAD):
        return nothing
    named = recipe.fingerprint(source)
    return stylecode.loads(data, named.name), named


def load(picture: Any, limits: Limits, long_side: int = 0) -> tuple[Image, recipe.Named]:
    """Return an image, (H, W, 3 or 4) in [0, 1], and what it is known by, from a path, bytes, an open file or an array.

    An open file is read once and, where it can be, wound back. ``long_side`` is that of `pinxit.images.read`.

    Raises all that `pinxit.images.read` raises, and `BadOption` for what is no picture, or an array of another shape.
    """
    if isinstance(picture, np.ndarray):
        return _checked(picture), recipe.fingerprint(picture)
    source = _source(picture, limits)
    return images.read(source, limits, long_side=long_side), recipe.fingerprint(source)


def _source(picture: Any, limits: Limits) -> str | bytes:
    """Return the name or the bytes of a picture given as path, bytes or open file."""
    if hasattr(picture, "read"):
        picture = _read(picture, limits.image_bytes + 1)  # one byte more is enough to know that it is too large
    elif isinstance(picture, str | os.PathLike):
        return os.fsdecode(picture)
    if not isinstance(picture, bytes | bytearray | memoryview):
        kind = type(picture).__name__
        raise BadOption(f"a picture must be a path, bytes, a file open for reading bytes, or an array, not {kind}")
    return bytes(picture)


def _read(file: Any, most: int) -> Any:
    """Read at most that many bytes and, where the file can, wind it back."""
    start = file.tell() if file.seekable() else None
    data = file.read(most)
    if start is not None:
        file.seek(start)
    return data


def _load_mask(mask: Any, limits: Limits) -> tuple[Mask, recipe.Named]:
    if not isinstance(mask, np.ndarray):
        source = _source(mask, limits)
        return images.read_mask(source, limits), recipe.fingerprint(source)
    if mask.ndim != 2 or not mask.size:
        raise BadOption(f"a mask has shape {mask.shape}; it must be (H, W)")
    return _unit(mask), recipe.fingerprint(mask)


def _checked(image: NDArray[Any]) -> Image:
    if image.ndim != 3 or image.shape[2] not in (3, 4) or not image.size:
        raise BadOption(f"an image array has shape {image.shape}; it must be (H, W, 3) or (H, W, 4)")
    return _unit(image)


def _unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values in [0, 1] as float32, a copy; 8-bit integers are divided by 255, and True is 1."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.float32) / np.float32(255)
    if values.dtype != np.bool_ and not np.issubdtype(values.dtype, np.floating):
        raise BadOption(f"an image array is of type {values.dtype}; it must be float in [0, 1], or uint8")
    unit: NDArray[np.float32] = values.astype(np.float32)
    if not (np.isfinite(unit).all() and unit.min() >= 0 and unit.max() <= 1):
        raise BadOption("an image array has values outside [0, 1]")
    return unit
