"""Trained styles by name: those of the gallery that comes with pinxit, and those that the user has installed.

A network's file (`pinxit.files.network_file`) has one style or several. A style is called by its name if its file is in
one of these two folders, and by ``FILE`` or ``FILE:NAME`` anywhere.
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinxit.errors import BadOption, BadWeights, NotFound, PinxitError, nearest
from pinxit.files import atomic, network_file
from pinxit.images import Image
from pinxit.styles.code import read_thumbnail

SHIPPED = Path(__file__).with_name("shipped")  # folder of the networks that come with pinxit


@dataclass(frozen=True, slots=True, eq=False)
class TrainedStyle:
    """One style of a network that was trained on it."""

    name: str
    network: Path  # the network's file
    fingerprint: str  # sha256 of that file
    row: int  # index of the style in the network
    rows: int  # number of styles in the network
    thumbnail: Image  # the style picture, small
    facts: dict[str, Any]  # from the network's card: the style picture's sha256 and, if known, title, artist, museum
    scores: dict[str, float]  # content and style distance on evaluation photos, if they were measured

    @property
    def credit(self) -> str:
        """Title, artist, year and museum, as far as they are known."""
        parts = (str(self.facts.get(key, "")) for key in ("title", "artist", "year", "museum"))
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"<TrainedStyle {self.name}{f': {self.credit}' if self.credit else ''}>"


def folder() -> Path:
    """Return the folder of the user's own styles: ``$PINXIT_STYLES``, or pinxit's folder in the user's data."""
    if chosen := os.environ.get("PINXIT_STYLES"):
        return Path(chosen)
    import platformdirs  # here, so that training from a checkout does not need it

    return platformdirs.user_data_path("pinxit") / "styles"


def read(path: Path) -> list[TrainedStyle]:
    """Return the styles of a network's file.

    Raises `NotFound`, `BadWeights` for any other file, and `BadOption` for a network of any style.
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
        return read_thumbnail(text)
    except (ValueError, PinxitError) as error:
        raise BadWeights(f"{name} is damaged: {network_file.CURE}") from error


def installed() -> list[TrainedStyle]:
    """Return the user's styles by name, then those of the gallery in its order; the user's hide those of the same name.

    A file that cannot be read is left out; painting with its style raises the error.
    """
    styles: dict[str, TrainedStyle] = {}
    for path in (*_files(folder()), *_files(SHIPPED)):
        for style in _readable(path):
            styles.setdefault(style.name, style)
    return list(styles.values())


def by_name() -> dict[str, TrainedStyle]:
    """Return the `installed` styles by their names. Called as ``pinxit.styles()``."""
    return {style.name: style for style in installed()}


def _files(directory: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(directory.glob(f"*{network_file.ENDING}"))
    return []


def find(word: str) -> TrainedStyle | None:
    """Return the trained style called ``word``: ``FILE``, ``FILE:NAME``, or a name.

    None for an existing file that is no network, or a folder: it may be a picture. Raises `BadOption` for a file of
    several styles without a name, or with a wrong one, `NotFound` for a name that is neither a file nor a style, and
    `BadWeights` for a damaged network.
    """
    path = Path(word)
    if os.path.isfile(path):
        return _of_file(path, "") if path.suffix == network_file.ENDING else None
    file, _, name = word.rpartition(":")
    if file.endswith(network_file.ENDING) and os.path.isfile(file):
        return _of_file(Path(file), name)
    styles = by_name()
    if word in styles:
        return styles[word]
    if path.suffix or path.name != word or os.path.isdir(path):
        return None  # reading it as a picture raises the error
    hint = nearest(word, styles) if styles else "; no style is installed"
    raise NotFound(f"{word!r} is neither a file nor an installed style{hint}")


def _of_file(path: Path, name: str) -> TrainedStyle:
    styles = read(path)
    names = [style.name for style in styles]
    if name and name not in names:
        raise BadOption(f"{path.name} has no style {name!r}{nearest(name, names)}")
    if not name and len(styles) > 1:
        raise BadOption(f"{path.name} has {len(styles)} styles; say which, as {path.name}:{names[0]}")
    return styles[names.index(name) if name else 0]


def add(path: Path) -> list[TrainedStyle]:
    """Install the styles of a network's file for the user, replacing a file of the same name, and return them.

    Raises what `read` raises, `BadOption` for a style that another of the user's files has, `WriteFailed`.
    """
    names = {style.name for style in read(path)}
    target = folder() / f"{path.stem}{network_file.ENDING}"
    for other in _files(folder()):
        if other.name != target.name and (taken := names & {style.name for style in read(other)}):
            raise BadOption(f"a style {min(taken)!r} is already installed from {other.name}: remove that one first")
    atomic.make_folder(target.parent)
    atomic.save(network_file.read_bytes(path), target)
    return read(target)


def remove(name: str) -> list[str]:
    """Remove the user's network that has the style ``name``, with all its styles, and return their names.

    Raises `NotFound` if the user has installed no such style, and `WriteFailed`.
    """
    for path in _files(folder()):
        names = [style.name for style in _readable(path)]
        if name in (*names, path.stem):
            try:
                path.unlink()
            except OSError as error:
                raise atomic.failure(error, path.name) from error
            return names
    if any(style.name == name for style in installed()):
        raise NotFound(f"{name!r} comes with pinxit and cannot be removed")
    raise NotFound(f"no style {name!r} is installed")


def _readable(path: Path) -> list[TrainedStyle]:
    with contextlib.suppress(PinxitError):
        return read(path)
    return []
