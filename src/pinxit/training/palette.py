"""The style pictures that a network is to be taught: read, named, and known again by their sha256."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pinxit import images
from pinxit.config.options import Output
from pinxit.config.training import trim_of
from pinxit.errors import BadOption, nearest
from pinxit.files.fingerprint import fingerprint
from pinxit.images import Image
from pinxit.styles.gallery import NAME

THUMBNAIL = 160
"""Long side of the small picture in a network's card, px."""
QUALITY = 80
"""Of that picture, as JPEG: about 5 kB."""


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """One style picture."""

    name: str
    image: Image
    """(H, W, 3), at the size in which strokes are learned."""
    facts: dict[str, Any]
    """What the network's card will tell of it: name, sha256, thumbnail, and whatever the caller knows."""

    @property
    def pixels(self) -> Tensor:
        """The picture as (1, 3, H, W)."""
        return torch.from_numpy(np.ascontiguousarray(self.image.transpose(2, 0, 1)[None]))


def load(
    styles: Mapping[str, Any] | Sequence[Any], side: int, known: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Sitter]:
    """Return the style pictures, enlarged or reduced to a long side of ``side`` px.

    ``styles``  names and pictures, or pictures alone, which are named by their files: paths or arrays (H, W, 3)
    ``known``   for each name what else the card should tell: title, artist, year, museum, licence; and what is to be
                cut off, ``trim``, as `pinxit.config.training.trim_of` reads it

    Raises `BadOption` for no style, and for a name that is missing, odd or there twice; and all that reading raises.
    """
    named = list(styles.items()) if isinstance(styles, Mapping) else [(_name(each), each) for each in styles]
    if not named:
        raise BadOption("name at least one style picture to teach: --style PICTURE")
    names = [name for name, _ in named]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise BadOption(f"two styles are called {min(twice)!r}: rename one of the pictures")
    return [_sitter(name, picture, side, (known or {}).get(name, {})) for name, picture in named]


def _name(picture: Any) -> str:
    if not isinstance(picture, str | Path):
        raise BadOption("a style that is no file needs a name: give a mapping of names and pictures")
    return Path(picture).stem


def shown(picture: Any, known: Mapping[str, Any]) -> Image:
    """Return of a file or an array what is taught: its colors, (H, W, 3), without what ``known`` says to cut off."""
    whole = picture if isinstance(picture, np.ndarray) else images.read(picture)
    return images.cut(images.split_alpha(whole)[0], trim_of(known.get("trim", "")))


def _sitter(name: str, picture: Any, side: int, known: Mapping[str, Any]) -> Sitter:
    if not NAME.fullmatch(name):
        raise BadOption(f"a style cannot be called {name!r}: use letters, digits, dots, dashes and spaces")
    image = shown(picture, known)
    scale = side / max(image.shape[:2])
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    small = images.resize(image, images.fit(image.shape[:2], THUMBNAIL))
    thumbnail = base64.b64encode(images.encode(small, "jpeg", output=Output(quality=QUALITY))).decode()
    facts = {"name": name, "sha256": fingerprint(picture).sha256, **known, "thumbnail": thumbnail}
    return Sitter(name, images.resize(image, (height, width)), facts)


def chosen(styles: Sequence[Sitter], only: str) -> list[int]:
    """Return the places of the styles that are taught: all, or those that ``only`` names, as NAME,NAME.

    Raises `BadOption` for a name that none has.
    """
    names = [each.facts["name"] for each in styles]
    wanted = [name.strip() for name in only.split(",")] if only else names
    for name in wanted:
        if name not in names:
            raise BadOption(f"only names the style {name!r}{nearest(name, names)}; there are {', '.join(names)}")
    return [names.index(name) for name in wanted]
