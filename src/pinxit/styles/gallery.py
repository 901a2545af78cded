"""Trained styles by name: those of the gallery that comes with pinxit, and those that the user has installed.

A network's file (`pinxit.files.network_file`) may hold one style or several. A style goes by its own name where its file is
in one of the two folders, and by ``FILE`` or ``FILE:NAME`` anywhere.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinxit import images
from pinxit.errors import BadOption, BadWeights, NotFound, PinxitError, nearest
from pinxit.files import atomic, network_file
from pinxit.images import Image

SHIPPED = Path(__file__).with_name("shipped")
"""Folder of the networks that come with pinxit."""
NAME = re.compile(r"[\w][\w .'-]*")
"""What a style may be called: nothing that could be a path, or a file's name and a style's in one."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedStyle:
    """One style of a network that was taught it."""

    name: str
    network: Path
    """The network's file."""
    fingerprint: str
    """sha256 of that file."""
    row: int
    """Which of the network's styles it is."""
    rows: int
    """How many the network has."""
    thumbnail: Image
    """The style picture, small."""
    facts: dict[str, Any]
    """What the network's card tells of it: the style picture's sha256, and where known title, artist, museum."""
    scores: dict[str, float]
    """Content and style distance of held-out photos, as far as they were measured."""

    @property
    def credit(self) -> str:
        """Title, artist and year, as far as they are known."""
        parts = (str(self.facts.get(key, "")) for key in ("title", "artist", "year", "museum"))
        return ", ".join(part for part in parts if part)


def folder() -> Path:
    """Return the folder of the user's own styles: ``$PINXIT_STYLES``, or pinxit's place among the user's data."""
    if chosen := os.environ.get("PINXIT_STYLES"):
        return Path(chosen)
    import platformdirs  # here, so that training runs from a checkout on machines without it

    return platformdirs.user_data_path("pinxit") / "styles"


def read(path: Path) -> list[TrainedStyle]:
    """Return the styles of a network's file.

    Raises `NotFound`, `BadWeights` for what is no such file, and `BadOption` for a network of any style.
    """
    data = network_file.read_bytes(path)
    card, _ = network_file.load(data, path.name)
    if card["kind"] != network_file.TRAINED:
        raise BadOption(f"{path.name} paints any style and has none of its own: give it as --model, to adain")
    fingerprint, styles = hashlib.sha256(data).hexdigest(), card["styles"]
    return [
        TrainedStyle(
            name=each["name"],
            network=path,
            fingerprint=fingerprint,
            row=row,
            rows=len(styles),
            thumbnail=_thumbnail(each["thumbnail"], path.name),
            facts={key: value for key, value in each.items() if key not in ("name", "thumbnail")},
            scores=card.get("scores", {}).get("each", {}).get(each["name"], {}),
        )
        for row, each in enumerate(styles)
    ]


def _thumbnail(text: str, name: str) -> Image:
    try:
        return images.split_alpha(images.read(base64.b64decode(text, validate=True)))[0]
    except (ValueError, PinxitError) as error:
        raise BadWeights(f"{name} is damaged: {network_file.CURE}") from error


def installed() -> list[TrainedStyle]:
    """Return the user's styles by name, then those of the gallery in its order; of the same name the user's alone.

    A file that cannot be read is left out: painting with its style says why.
    """
    found: dict[str, TrainedStyle] = {}
    for place in (folder(), SHIPPED):
        for path in _files(place):
            with contextlib.suppress(PinxitError):
                for style in read(path):
                    found.setdefault(style.name, style)
    return list(found.values())


def _files(place: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(place.glob(f"*{network_file.ENDING}"))
    return []


def find(word: str) -> TrainedStyle | None:
    """Return the trained style that ``word`` means: ``FILE``, ``FILE:NAME``, or a name; None where it may be a picture.

    An existing file that is no network's is a picture, whatever it is called; reading a folder says that it is one.

    Raises `BadOption` for a file of several styles without a name, or with a wrong one, `NotFound` for a name that
    is neither a file's nor a style's, and `BadWeights` for a damaged network.
    """
    path = Path(word)
    if os.path.isfile(path):
        return _of_file(path, "") if path.suffix == network_file.ENDING else None
    file, _, name = word.rpartition(":")
    if file.endswith(network_file.ENDING) and os.path.isfile(file):
        return _of_file(Path(file), name)
    styles = {style.name: style for style in installed()}
    if word in styles:
        return styles[word]
    if path.suffix or path.name != word or os.path.isdir(path):
        return None  # no picture, or one that is not there: reading it says so
    known = list(styles)
    hint = nearest(word, known) if known else "; no style is installed"
    raise NotFound(f"{word!r} is neither a file nor an installed style{hint}")


def _of_file(path: Path, name: str) -> TrainedStyle:
    styles = read(path)
    known = [style.name for style in styles]
    if name and name not in known:
        raise BadOption(f"{path.name} has no style {name!r}{nearest(name, known)}")
    if not name and len(styles) > 1:
        raise BadOption(f"{path.name} has {len(styles)} styles; say which, as {path.name}:{known[0]}")
    return styles[known.index(name) if name else 0]


def add(path: Path) -> list[TrainedStyle]:
    """Install the styles of a network's file for the user, in place of one of the same file name; return them.

    Raises all that `read` raises, `BadOption` for a name that another of the user's files has, `WriteFailed`.
    """
    styles = read(path)
    target = folder() / f"{path.stem}{network_file.ENDING}"
    _refuse_twins(styles, target)
    atomic.make_folder(target.parent)
    atomic.save(path.read_bytes(), target)
    return read(target)


def _refuse_twins(styles: Iterable[TrainedStyle], target: Path) -> None:
    others = [path for path in _files(folder()) if path.name != target.name]
    taken = {style.name: path.name for path in others for style in read(path)}
    for style in styles:
        if style.name in taken:
            file = taken[style.name]
            raise BadOption(f"a style {style.name!r} is installed already, by {file}: remove that one first")


def remove(name: str) -> list[str]:
    """Remove the user's network that has the style ``name``; return the names of all its styles, which go with it.

    Raises `NotFound` where the user has installed none, and `WriteFailed`.
    """
    for path in _files(folder()):
        names = [style.name for style in _readable(path)]
        if name in (*names, path.stem):
            try:
                path.unlink()
            except OSError as error:
                raise atomic.failure(error, path.name) from error
            return names
    shipped = any(style.name == name for style in installed())
    raise NotFound(f"{name!r} comes with pinxit and stays" if shipped else f"no style {name!r} is installed")


def _readable(path: Path) -> list[TrainedStyle]:
    with contextlib.suppress(PinxitError):
        return read(path)
    return []
