"""The style pictures of a training: read, named, and identified by their sha256."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pinxit import images
from pinxit.config.options import Output
from pinxit.config.training import trim_of
from pinxit.errors import BadOption, nearest
from pinxit.files.fingerprint import fingerprint
from pinxit.files.network_file import NAME
from pinxit.images import Image

Source = str | Path | Image
"""A style picture: a file, or an array (H, W, 3) in [0, 1]."""
Sources = Mapping[str, Source] | Sequence[Source]
"""Names and pictures; or pictures alone, which are named by their files."""
Metadata = Mapping[str, Mapping[str, object]]
"""Name of a style -> facts for its card, such as title, artist, year, museum and licence."""

THUMBNAIL = 160
"""Long side of the small picture in a network's card, px."""
QUALITY = 80
"""JPEG quality of that picture: about 5 kB."""


@dataclass(frozen=True, slots=True, eq=False)
class StyleImage:
    """One style picture."""

    name: str
    image: Image
    """(H, W, 3), at the size at which strokes are learned."""
    facts: dict[str, object]
    """What the network's card says of the style: ``name``, ``sha256``, ``thumbnail``, and the caller's metadata."""

    @property
    def pixels(self) -> Tensor:
        """The picture as (1, 3, H, W)."""
        return torch.from_numpy(np.ascontiguousarray(self.image.transpose(2, 0, 1)[None]))


def load_style_images(styles: Sources, side: int, metadata: Metadata | None = None) -> list[StyleImage]:
    """Return the style pictures, resized to a long side of ``side`` px.

    ``metadata``  facts for the card; and ``trim``, what to cut off, as `pinxit.config.training.trim_of` reads it

    Raises `BadOption` for no style, and for a missing, invalid or repeated name; and all that reading raises.
    """
    named = list(styles.items()) if isinstance(styles, Mapping) else [(_name(each), each) for each in styles]
    if not named:
        raise BadOption("name at least one style picture to train: --style PICTURE")
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise BadOption(f"two styles are called {name!r}: rename one of the pictures")
        if not NAME.fullmatch(name):
            raise BadOption(f"a style cannot be called {name!r}: use letters, digits, dots, dashes and spaces")
    return [_style_image(name, picture, side, (metadata or {}).get(name, {})) for name, picture in named]


def _name(picture: Source) -> str:
    if not isinstance(picture, str | Path):
        raise BadOption("a style that is not a file needs a name: pass a mapping from names to pictures")
    return Path(picture).stem


def read_trimmed(picture: Source, facts: Mapping[str, object]) -> Image:
    """Return the colors of a picture, (H, W, 3), without the borders that ``facts["trim"]`` cuts off."""
    image = picture if isinstance(picture, np.ndarray) else images.read(picture)
    return images.cut(images.split_alpha(image)[0], trim_of(str(facts.get("trim", ""))))


def _style_image(name: str, picture: Source, side: int, facts: Mapping[str, object]) -> StyleImage:
    image = read_trimmed(picture, facts)
    scale = side / max(image.shape[:2])
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    small = images.resize(image, images.fit(image.shape[:2], THUMBNAIL))
    thumbnail = base64.b64encode(images.encode(small, "jpeg", output=Output(quality=QUALITY))).decode()
    card = {"name": name, "sha256": fingerprint(picture).sha256, **facts, "thumbnail": thumbnail}
    return StyleImage(name, images.resize(image, (height, width)), card)


def select_names(names: Sequence[str], only: str) -> list[int]:
    """Return the indices of the styles' ``names`` that ``only`` has, as NAME,NAME; all of them where it is empty.

    Raises `BadOption` for an unknown name.
    """
    selected = [name.strip() for name in only.split(",")] if only else names
    for name in selected:
        if name not in names:
            raise BadOption(f"only names the style {name!r}{nearest(name, names)}; there are {', '.join(names)}")
    return [names.index(name) for name in selected]
