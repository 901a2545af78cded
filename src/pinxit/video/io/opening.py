"""Opens a film or a folder of numbered pictures, and identifies it for a recipe."""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from pathlib import Path

from pinxit import images
from pinxit.config.options import Limits
from pinxit.files.fingerprint import FileId, fingerprint
from pinxit.video.io import container
from pinxit.video.io.film import Source
from pinxit.video.io.frames import RATE, Folder


def open_source(path: Path, limits: Limits, fps: float = 0.0) -> Source:
    """Open a film, or a folder of numbered pictures of ``fps`` frames a second (0: 24).

    Raises what `pinxit.video.io.container.FilmFile` and `pinxit.video.io.frames.Folder` raise.
    """
    if os.path.isdir(path):
        return Folder(path, limits, Fraction(fps).limit_denominator(1001) if fps else RATE)
    return container.FilmFile(path, limits)


def identify(path: Path) -> FileId:
    """Return the name and fingerprint of a film; a folder's is made of the names and sizes of its pictures.

    Raises `NotFound`.
    """
    if not os.path.isdir(path):
        return fingerprint(path)
    text = "\n".join(f"{picture.name} {picture.stat().st_size}" for picture in images.find_pictures(path))
    return FileId(path.name, hashlib.sha256(text.encode()).hexdigest())
