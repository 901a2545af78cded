"""Opens a film or a folder of numbered pictures, and identifies it for a recipe."""

import hashlib
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadFilm, BadImage
from pinxit.files.fingerprint import FileId, fingerprint
from pinxit.images import Image
from pinxit.video.io.container import FilmFile
from pinxit.video.io.film import Frame, Info, Plane, Source

RATE = Fraction(24)
"""Default frame rate of numbered pictures, frames a second."""


def open_source(path: Path, limits: Limits, fps: float = 0.0) -> Source:
    """Open a film, or a folder of numbered pictures of ``fps`` frames a second (0: 24); raises what these raise."""
    if os.path.isdir(path):
        return Folder(path, limits, Fraction(fps).limit_denominator(1001) if fps else RATE)
    return FilmFile(path, limits)


def identify(path: Path) -> FileId:
    """Return the name and fingerprint of a film; a folder's is made of the names and sizes of its pictures."""
    if not os.path.isdir(path):
        return fingerprint(path)
    text = "\n".join(f"{picture.name} {picture.stat().st_size}" for picture in images.find_pictures(path))
    return FileId(path.name, hashlib.sha256(text.encode()).hexdigest())


class Folder:
    """A `pinxit.video.io.film.Source`: the pictures of a folder, in the order of the numbers in their names.

    Raises `NotFound` for a missing folder, `BadFilm` for one without pictures, and what reading the first one raises.
    """

    def __init__(self, path: Path, limits: Limits, rate: Fraction = RATE) -> None:
        pictures = images.find_pictures(path)
        self.paths = sorted(pictures, key=lambda each: ([*map(int, re.findall(r"\d+", each.stem))], each.name))
        self._limits = limits
        if not self.paths:
            raise BadFilm(f"the folder {path.name!r} has no pictures in it")
        first, _ = self._load(self.paths[0])
        count = len(self.paths)
        self.info = Info(
            name=path.name,
            size=(first.shape[0], first.shape[1]),
            time_base=1 / rate,
            rate=rate,
            seconds=float(count / rate),
            frames=count,
            depth=_depth(self.paths[0]),
        )
        self._complaint = ""

    def frames(self) -> Iterator[Frame]:
        """Yield a frame for every picture; ends at one that cannot be read or has another size."""
        self._complaint = ""
        for number, path in enumerate(self.paths):
            try:
                loaded = self._load(path)
                if loaded[0].shape[:2] != self.info.size:
                    raise BadImage(f"{path.name} has another size than the first picture")
            except BadImage as error:
                self._complaint = f"ended early: {number} of {len(self.paths)} frames, as {error}"
                return
            yield Frame(number, 1, lambda loaded=loaded: loaded)  # type: ignore[misc]  # mypy infers no default

    def _load(self, path: Path) -> tuple[Image, Plane | None]:
        return images.split_alpha(images.read(path, self._limits))

    def complaint(self) -> str:
        return self._complaint

    def skim(self) -> None:
        for _ in self.frames():
            pass


def _depth(path: Path) -> int:
    """Return the bits of a PNG's samples by its header; 8 for every other picture."""
    with path.open("rb") as file:
        head = file.read(26)
    return 16 if head.startswith(b"\x89PNG") and head[24] == 16 else 8
