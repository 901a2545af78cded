"""The recipe of a painted picture: all that is needed to paint it again, as one line of JSON.

::

    {"pinxit": "0.1.0", "format": 1, "method": "optimize",
     "options": {"size": 512, ...},
     "content": {"name": "harbor.jpg", "sha256": "..."},
     "styles": [{"name": "wave.jpg", "sha256": "...", "weight": 1.0, "mask": null}],
     "files": {"init": {"name": "start.png", "sha256": "..."}},
     "output": {"quality": 92}, "stopped": 0}

Files are named by their base name and known by their sha256. Folders and times are left out: they
are private, and they would make equal pictures unequal.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from pinxit.config.options import METHOD_OPTIONS, Look, Output, specs, split
from pinxit.errors import BadOption, BadRecipe, NotFound

FORMAT = 1
"""Number of the layout above; a recipe of another number is refused, not guessed at."""

MAX_CHARS = 65_536
"""Longer texts are refused before they are parsed; a real recipe has about one thousand."""

MAX_STYLES = 64
"""More styles than any picture has; how many may be painted with is for `Limits` to say."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Named:
    """A file by its base name and the sha256 of its bytes; an array or a stream has the name ``''``."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One style picture with its weight and, if it paints only a region, its mask."""

    picture: Named
    weight: float = 1.0
    mask: Named | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a picture was painted from, and how."""

    method: str
    options: dict[str, Any]
    content: Named
    styles: tuple[Reference, ...]
    version: str
    files: dict[str, Named] = field(default_factory=dict)
    """Options that name a file, such as ``init``: the file that was used."""
    output: dict[str, Any] = field(default_factory=dict)
    """Options of the written file, such as ``quality``; empty where it was never written."""
    stopped: int = 0
    """The step after which the user stopped it; 0 where it was finished."""

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain dicts, lists, strings and numbers, in the order of the file."""
        return {
            "pinxit": self.version,
            "format": FORMAT,
            "method": self.method,
            "options": dict(self.options),
            "content": dataclasses.asdict(self.content),
            "styles": [_reference_dict(style) for style in self.styles],
            "files": {name: dataclasses.asdict(file) for name, file in self.files.items()},
            "output": dict(self.output),
            "stopped": self.stopped,
        }


def _reference_dict(style: Reference) -> dict[str, Any]:
    mask = dataclasses.asdict(style.mask) if style.mask else None
    return {**dataclasses.asdict(style.picture), "weight": style.weight, "mask": mask}


def fingerprint(source: str | Path | bytes | BinaryIO | NDArray[Any]) -> Named:
    """Return the `Named` of a file, of bytes, of an open file (read whole, then rewound) or of an array.

    An array is known by its dtype, shape and C-ordered bytes.

    Raises `NotFound` for a path that is no readable file.
    """
    if isinstance(source, np.ndarray):
        head = f"{source.dtype.str}{source.shape}".encode()
        return Named("", hashlib.sha256(head + np.ascontiguousarray(source).tobytes()).hexdigest())
    if isinstance(source, bytes | bytearray | memoryview):
        return Named("", hashlib.sha256(source).hexdigest())
    if isinstance(source, str | Path):
        return _fingerprint_file(Path(source))
    start = source.tell() if source.seekable() else 0
    digest = hashlib.sha256(source.read()).hexdigest()
    if source.seekable():
        source.seek(start, io.SEEK_SET)
    return Named("", digest)


def _fingerprint_file(path: Path) -> Named:
    try:
        with path.open("rb") as file:
            return Named(path.name, hashlib.file_digest(file, "sha256").hexdigest())
    except FileNotFoundError as error:
        raise NotFound(f"{path.name}: there is no such file; check the name and the folder") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise NotFound(f"{path.name!r} is not a file that can be read") from error


def make(
    method: str, options: Sequence[Any], content: Named, styles: Sequence[Reference], version: str
) -> dict[str, Any]:
    """Return the recipe, as a dict, of a picture painted by ``method`` with ``options`` (`Look`, and the method's own).

    An option that names a file is kept as the file's base name, with its fingerprint under ``files``.

    Raises `NotFound` where such a file is gone.
    """
    values: dict[str, Any] = {}
    files: dict[str, Named] = {}
    for part in options:
        for name, (_, _, spec) in specs(type(part)).items():
            value = getattr(part, name)
            if spec.words and value not in spec.words:
                files[name] = fingerprint(value)
                value = files[name].name
            values[name] = value
    whole = Recipe(method=method, options=values, content=content, styles=tuple(styles), version=version, files=files)
    return whole.as_dict()


def with_output(recipe: dict[str, Any], output: Output) -> dict[str, Any]:
    """Return ``recipe`` with the options that its picture is written with."""
    return {**recipe, "output": dataclasses.asdict(output)}


def dumps(recipe: dict[str, Any]) -> str:
    """Return the recipe as one line of ASCII: the same recipe always gives the same text."""
    return json.dumps(recipe, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


def loads(text: str) -> Recipe:
    """Read what `dumps` wrote.

    Raises `BadRecipe` for any text that is not a whole recipe of this format, and for options that this
    version of pinxit does not have or does not allow.
    """
    if len(text) > MAX_CHARS:
        raise BadRecipe(f"the recipe is {len(text)} characters long; at most {MAX_CHARS} are read")
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRecipe("the recipe is not valid JSON; it may have been cut or edited") from error
    return _recipe(data)


def _refuse_constant(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity are not JSON


def _recipe(data: object) -> Recipe:
    top = _dict(data, "the recipe")
    number = top.get("format")
    if type(number) is not int or number != FORMAT:
        version = top.get("pinxit")
        maker = f" made by pinxit {version}" if isinstance(version, str) and len(version) < 20 else ""
        raise BadRecipe(f"a recipe{maker} of a format that this pinxit does not read (it reads format {FORMAT})")
    method = _take(top, "method", str)
    if method not in METHOD_OPTIONS:
        raise BadRecipe(f"the recipe's method is unknown here; known are {', '.join(METHOD_OPTIONS)}")
    styles = _take(top, "styles", list)
    if not 1 <= len(styles) <= MAX_STYLES:
        raise BadRecipe(f"the recipe has {len(styles)} styles; it must have from 1 to {MAX_STYLES}")
    files = _take(top, "files", dict)
    return Recipe(
        method=method,
        options=_options(_take(top, "options", dict), Look, METHOD_OPTIONS[method]),
        content=_named(top.get("content"), "content"),
        styles=tuple(_reference(style) for style in styles),
        version=_take(top, "pinxit", str),
        files={name: _named(file, name) for name, file in files.items() if _is_file_option(method, name)},
        output=_options(_take(top, "output", dict), Output),
        stopped=_take(top, "stopped", int),
    )


def _options(values: dict[str, Any], *classes: type) -> dict[str, Any]:
    try:
        parts = split(values, *classes)
    except BadOption as error:
        raise BadRecipe(f"the recipe cannot be repeated by this pinxit: {error}") from error
    return {name: getattr(part, name) for part in parts for name in specs(type(part)) if name in values}


def _is_file_option(method: str, name: str) -> bool:
    known = specs(METHOD_OPTIONS[method])
    if name not in known or not known[name][2].words:
        raise BadRecipe("the recipe names a file for an option that takes none")
    return True


def _reference(data: object) -> Reference:
    picture = _named(data, "style")
    fields = _dict(data, "style")
    weight = fields.get("weight")
    if type(weight) not in (int, float) or not math.isfinite(cast(float, weight)) or cast(float, weight) < 0:
        raise BadRecipe("a style's weight in the recipe must be a number from 0 up")
    mask = fields.get("mask")
    return Reference(picture, float(cast(float, weight)), None if mask is None else _named(mask, "mask"))


def _named(data: object, what: str) -> Named:
    fields = _dict(data, what)
    name, sha256 = _take(fields, "name", str), _take(fields, "sha256", str)
    if Path(name).name != name or name == ".." or "\0" in name or len(name) > 255:
        raise BadRecipe("a file in the recipe must be a plain name, without folders")
    if not _SHA256.fullmatch(sha256):
        raise BadRecipe(f"the sha256 of the {what} in the recipe must be 64 hexadecimal digits")
    return Named(name, sha256)


def _dict(data: object, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadRecipe(f"the recipe is damaged: {what} must be a JSON object")
    return data


def _take(fields: dict[str, Any], key: str, kind: type) -> Any:
    if type(fields.get(key)) is not kind:
        raise BadRecipe(f"the recipe is damaged: {key!r} is missing or no {_JSON_WORD[kind]}")
    return fields[key]


_JSON_WORD: dict[type, str] = {str: "string", int: "whole number", list: "list", dict: "object"}


def find(wanted: Named, what: str, folders: Iterable[Path]) -> Path:
    """Return the first file of that name in ``folders`` whose sha256 is the recipe's.

    ``what`` is the file's part in the picture, such as ``'content'``, for the message.

    Raises `BadRecipe` where no folder has it, or where the file has changed.
    """
    if not wanted.name:
        raise BadRecipe(f"the {what} was not a file, so the recipe cannot find it again; give it yourself")
    there = [path for folder in folders if os.path.isfile(path := folder / wanted.name)]
    for path in there:
        if fingerprint(path).sha256 == wanted.sha256:
            return path
    if there:
        raise BadRecipe(_changed(wanted, what))
    raise BadRecipe(
        f"the {what} {wanted.name!r} is neither beside the picture with the recipe nor in the current folder; "
        f"put it there, or give it yourself"
    )


def check(wanted: Named, what: str, path: Path) -> Path:
    """Return ``path`` if it is, byte for byte, the file that the recipe means.

    Raises `BadRecipe` if it is another, `NotFound` if there is none.
    """
    if fingerprint(path).sha256 != wanted.sha256:
        raise BadRecipe(_changed(Named(path.name, wanted.sha256), what))
    return path


def _changed(found: Named, what: str) -> str:
    return (
        f"{found.name!r} is not the {what} of the recipe, or has changed since: its sha256 should begin with "
        f"{found.sha256[:12]}; to paint another picture in the same way, give its options without --recipe"
    )


Finder = Callable[[Named, str], Path]
"""``(wanted, what) -> path``: `find` or `check` with their places filled in."""


def options_with_files(recipe: Recipe, locate: Finder) -> dict[str, Any]:
    """Return the recipe's options with each file name replaced by the path where the file lies now."""
    return {**recipe.options, **{name: str(locate(file, name)) for name, file in recipe.files.items()}}
