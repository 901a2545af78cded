"""The styles that have names: an operator's folder of pictures, and the trained styles that pinxit has installed."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pinxit import images
from pinxit.errors import NotFound, PinxitError, nearest
from pinxit.files.network_file import ENDING
from pinxit.images.sources import SUFFIXES
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode, is_code
from pinxit.styles.gallery import TrainedStyle

CODE_SUFFIX = ".style"
TITLES, WORDS = "titles.json", "words.json"
THUMBNAIL = 320
"""Long side of a thumbnail, px."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture that a network was taught."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Named:
    """A style with a name."""

    name: str
    path: Path
    sha256: str
    """Of the file."""
    title: dict[str, str]
    kind: str = "image"
    """image, code or taught."""
    row: int | None = None
    """Which of a network's styles it is; None for pictures and codes."""
    credit: dict[str, str] = field(default_factory=dict)
    """What is known of the work, by language."""
    own: bool = False
    """Whether the client taught it, who alone sees it then."""
    picture: Picture | None = None
    """Of a style that a network was taught: its whole picture, where the service has it."""

    @property
    def public(self) -> dict[str, Any]:
        """What is told of it."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "credit": self.credit,
            "own": self.own,
            "network": self.sha256 if self.kind == "taught" else None,
            "picture": None if self.kind == "code" else "whole" if self.kind == "image" or self.picture else "small",
            "thumbnail": f"/v1/styles/{quote(self.name, safe='')}/thumbnail",
        }


class Gallery:
    """The named styles that all clients see. The files are the operator's own, so that they are trusted."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = {style.name: style for style in _of_folder(folder)} if folder else {}
        self._trained: dict[str, TrainedStyle] = {}
        self._seen: list[tuple[Path, int, int]] | None = None
        self._thumbnails: dict[str, bytes] = {}

    def list(self) -> list[Named]:
        """Return all of them: those of the folder first, then the user's, then those that come with pinxit."""
        self._look()
        return [*self._folder.values(), *(_named(each) for each in self._trained.values() if not self._hides(each))]

    def _hides(self, style: TrainedStyle) -> bool:
        return style.name in self._folder

    def find(self, name: str) -> Named:
        """Return a style.

        Raises `NotFound`.
        """
        styles = {style.name: style for style in self.list()}
        if name not in styles:
            known = nearest(name[:100], styles) if styles else "; this server has no named styles"
            raise NotFound(f"no style has this name{known}")
        return styles[name]

    def thumbnail(self, name: str) -> bytes:
        """Return a small JPEG of a style.

        Raises `NotFound`.
        """
        style = self.find(name)
        if style.sha256 + name not in self._thumbnails:
            picture = self._trained[name].thumbnail if style.kind == "taught" else _picture(style.path)
            small = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
            self._thumbnails[style.sha256 + name] = images.encode(small, "jpeg")
        return self._thumbnails[style.sha256 + name]

    def small(self, name: str) -> bytes:
        """Return the picture that comes with a trained style, as it is there, as a PNG.

        Raises `NotFound`.
        """
        self.find(name)
        return images.encode(self._trained[name].thumbnail, "png")

    def _look(self) -> None:
        """Read the installed styles again where their files have changed."""
        seen = sorted(_versions())
        if seen != self._seen:
            self._trained, self._seen = {style.name: style for style in gallery.installed()}, seen


def _versions() -> Iterator[tuple[Path, int, int]]:
    for place in (gallery.folder(), gallery.SHIPPED):
        with contextlib.suppress(OSError):
            for path in place.glob(f"*{ENDING}"):
                found = path.stat()
                yield path, found.st_mtime_ns, found.st_size


def _named(style: TrainedStyle) -> Named:
    words = _words(gallery.SHIPPED / WORDS) if style.network.parent == gallery.SHIPPED else {}
    title = words.get("titles", {}).get(style.name) or {"en": _spoken(style.name)}
    credit = {"en": style.credit, **words.get("credits", {}).get(style.facts.get("work"), {})} if style.credit else {}
    return Named(style.name, style.network, style.fingerprint, title, "taught", style.row, credit)


@functools.cache
def _words(path: Path) -> dict[str, Any]:
    """Return the titles and credits, by language, of the styles that come with pinxit."""
    with contextlib.suppress(OSError):
        return dict(json.loads(path.read_text("utf-8")))
    return {}


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


def _of_folder(folder: Path) -> Iterator[Named]:
    """Yield the pictures and codes of a folder, each name once.

    Raises `NotFound`.
    """
    images.find_pictures(folder)  # which says so where there is no such folder
    titles, names = _titles(folder), set()
    for path in sorted(folder.iterdir()):
        name, ending = path.stem.lower().replace(" ", "-"), path.suffix.lower()
        if ending in {*SUFFIXES, CODE_SUFFIX} and path.is_file() and _NAME.fullmatch(name) and name not in names:
            names.add(name)
            title = {"en": _spoken(path.stem), **titles.get(path.stem, {})}
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield Named(name, path.absolute(), digest, title, "code" if ending == CODE_SUFFIX else "image")


def _picture(path: Path) -> Any:
    data = path.read_bytes()
    if is_code(data):
        return StyleCode.from_bytes(data, path.name).thumbnail
    return images.split_alpha(images.read(data, long_side=THUMBNAIL))[0]


def _titles(folder: Path) -> dict[str, dict[str, str]]:
    with contextlib.suppress(OSError, ValueError, AttributeError, PinxitError):
        return dict(json.loads((folder / TITLES).read_text("utf-8")).items())
    return {}
