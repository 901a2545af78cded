"""The named styles that all clients see: the operator's folder, and the trained styles installed with pinxit."""

import contextlib
import dataclasses
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pinxit import images
from pinxit.errors import NotFound, nearest
from pinxit.files.fingerprint import fingerprint
from pinxit.files.network_file import ENDING
from pinxit.images import Image
from pinxit.images.sources import SUFFIXES
from pinxit.service import schemas
from pinxit.service.store import Json, read_json
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode, is_code
from pinxit.styles.gallery import TrainedStyle

CODE_SUFFIX = ".style"
TITLES, WORDS = "titles.json", "words.json"
THUMBNAIL = 320  # Long side of a thumbnail, px
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class StylePicture:
    """The picture that a style was trained from."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class NamedStyle:
    """A style that requests may name."""

    name: str
    path: Path
    sha256: str  # Of the file
    title: dict[str, str]
    kind: Literal["image", "code", "trained"] = "image"
    row: int | None = None  # The number of a trained style within its network; None for pictures and codes
    credit: dict[str, str] = field(default_factory=dict)  # The artist and source of the work, by language code
    trained_here: bool = False  # Whether the client trained it. Others do not see it then.
    picture: StylePicture | None = None  # For a trained style: its whole picture, if the service has it

    def public(self) -> schemas.Style:
        """Return what a client sees of it."""
        derived = {
            "own": self.trained_here,
            "network": self.sha256 if self.kind == "trained" else None,
            "picture": None if self.kind == "code" else "whole" if self.kind == "image" or self.picture else "small",
            "thumbnail": f"/v1/styles/{quote(self.name, safe='')}/thumbnail",
        }
        return schemas.Style.model_validate({**dataclasses.asdict(self), **derived})


class Gallery:
    """The named styles that all clients see. Their files are the operator's, hence trusted and decoded here."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = {style.name: style for style in _of_folder(folder)} if folder else {}
        self._trained: dict[str, TrainedStyle] = {}
        self._versions: list[tuple[Path, int, int]] | None = None
        self._thumbnails: dict[str, bytes] = {}

    def list(self) -> list[NamedStyle]:
        """Return all styles: the folder's, then those that the user installed, then those that come with pinxit."""
        self._refresh()
        trained = [_named(style) for style in self._trained.values() if style.name not in self._folder]
        return [*self._folder.values(), *trained]

    def find(self, name: str) -> NamedStyle:
        """Return a style. Raises `NotFound`."""
        styles = {style.name: style for style in self.list()}
        if name not in styles:
            hint = nearest(name[:100], styles) if styles else "; this server has no named styles"
            raise NotFound(f"no style has this name{hint}")
        return styles[name]

    def thumbnail(self, name: str) -> bytes:
        """Return a small JPEG of a style. Raises `NotFound`."""
        style = self.find(name)
        key = style.sha256 + name
        if key not in self._thumbnails:
            picture = self._trained[name].thumbnail if style.kind == "trained" else _picture(style.path)
            small = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
            self._thumbnails[key] = images.encode(small, "jpeg")
        return self._thumbnails[key]

    def small(self, name: str) -> bytes:
        """Return the small picture inside the network of a trained style, as a PNG. Raises `NotFound`."""
        self.find(name)
        return images.encode(self._trained[name].thumbnail, "png")

    def _refresh(self) -> None:
        """Read the installed styles again if their files have changed."""
        versions = sorted(_versions())
        if versions != self._versions:
            self._trained, self._versions = {style.name: style for style in gallery.installed()}, versions


def _versions() -> Iterator[tuple[Path, int, int]]:
    for folder in (gallery.folder(), gallery.SHIPPED):
        with contextlib.suppress(OSError):
            for path in folder.glob(f"*{ENDING}"):
                status = path.stat()
                yield path, status.st_mtime_ns, status.st_size


def _named(style: TrainedStyle) -> NamedStyle:
    words = _shipped_words() if style.network.parent == gallery.SHIPPED else {}
    title = words.get("titles", {}).get(style.name) or {"en": _title(style.name)}
    credit = {"en": style.credit, **words.get("credits", {}).get(style.facts.get("work"), {})} if style.credit else {}
    return NamedStyle(style.name, style.network, style.fingerprint, title, "trained", style.row, credit)


@functools.cache
def _shipped_words() -> Json:
    """Return the titles and credits of the styles that come with pinxit, by language code."""
    return read_json(gallery.SHIPPED / WORDS) or {}


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


def _of_folder(folder: Path) -> Iterator[NamedStyle]:
    """Yield the pictures and style codes of a folder, each name once. Raises `NotFound` if there is no such folder."""
    images.find_pictures(folder)
    titles = read_json(folder / TITLES) or {}
    names: set[str] = set()
    for path in sorted(folder.iterdir()):
        name, ending = path.stem.lower().replace(" ", "-"), path.suffix.lower()
        if ending in {*SUFFIXES, CODE_SUFFIX} and path.is_file() and _NAME.fullmatch(name) and name not in names:
            names.add(name)
            title = {"en": _title(path.stem), **titles.get(path.stem, {})}
            digest = fingerprint(path).sha256
            yield NamedStyle(name, path.absolute(), digest, title, "code" if ending == CODE_SUFFIX else "image")


def _picture(path: Path) -> Image:
    data = path.read_bytes()
    if is_code(data):
        return StyleCode.from_bytes(data, path.name).thumbnail
    return images.split_alpha(images.read(data, long_side=THUMBNAIL))[0]
