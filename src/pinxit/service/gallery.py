"""The styles that have names: the pictures and style codes of one folder, which the operator chose."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinxit import images, stylecode
from pinxit.errors import NotFound, PinxitError, nearest
from pinxit.images.sources import SUFFIXES

CODE_SUFFIX = ".style"
TITLES = "titles.json"
THUMBNAIL = 320
"""Long side of a thumbnail, px."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Named:
    """A style with a name."""

    name: str
    path: Path
    sha256: str
    title: dict[str, str]


class Gallery:
    """The named styles; none where there is no folder. The files are the operator's own, so that they are trusted."""

    def __init__(self, folder: Path | None) -> None:
        titles = _titles(folder) if folder else {}
        self._styles: dict[str, Named] = {}
        for path in _files(folder) if folder else []:
            name = path.stem.lower().replace(" ", "-")
            if _NAME.fullmatch(name) and name not in self._styles:
                title = {"en": path.stem.replace("_", " ").replace("-", " ").capitalize(), **titles.get(path.stem, {})}
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                self._styles[name] = Named(name, path.absolute(), digest, title)
        self._thumbnails: dict[str, bytes] = {}

    def list(self) -> list[dict[str, Any]]:
        """Return what is told of every style."""
        return [
            {"name": each.name, "title": each.title, "thumbnail": f"/v1/styles/{each.name}/thumbnail"}
            for each in self._styles.values()
        ]

    def find(self, name: str) -> Named:
        """Return a style.

        Raises `NotFound`.
        """
        if name not in self._styles:
            known = nearest(name[:100], self._styles) if self._styles else "; this server has no named styles"
            raise NotFound(f"no style has this name{known}")
        return self._styles[name]

    def thumbnail(self, name: str) -> bytes:
        """Return a small JPEG of a style.

        Raises `NotFound`.
        """
        style = self.find(name)
        if name not in self._thumbnails:
            picture = _picture(style.path)
            small = images.resize(picture, images.fit(picture.shape[:2], THUMBNAIL))
            self._thumbnails[name] = images.encode(small, "jpeg")
        return self._thumbnails[name]


def _files(folder: Path) -> list[Path]:
    """Return the pictures and codes of a folder.

    Raises `NotFound`.
    """
    images.find_pictures(folder)  # which says so where there is no such folder
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in {*SUFFIXES, CODE_SUFFIX} and path.is_file()
    )


def _picture(path: Path) -> Any:
    data = path.read_bytes()
    if data.startswith(stylecode.HEAD):
        return stylecode.loads(data, path.name).thumbnail
    return images.split_alpha(images.read(data, long_side=THUMBNAIL))[0]


def _titles(folder: Path) -> dict[str, dict[str, str]]:
    with contextlib.suppress(OSError, ValueError, AttributeError, PinxitError):
        return dict(json.loads((folder / TITLES).read_text("utf-8")).items())
    return {}
