"""The recipe of a painted picture: everything needed to paint it again, as one line of JSON.

::

    {"pinxit": "0.1.0", "format": 1, "method": "optimize",
     "options": {"size": 512, ...},
     "content": {"name": "harbor.jpg", "sha256": "..."},
     "styles": [{"name": "wave.jpg", "sha256": "...", "weight": 1.0, "mask": null}],
     "files": {"init": {"name": "start.png", "sha256": "..."}},
     "output": {"quality": 92}, "stopped": 0}

Files are identified by base name and sha256. Folders and times are private, and would make equal pictures unequal.
"""

import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pinxit.config.options import METHOD_OPTIONS, Look, Output
from pinxit.config.spec import specs, split
from pinxit.errors import BadOption, BadRecipe
from pinxit.files.fingerprint import FileId, fingerprint

FORMAT = 1  # version of the layout above; recipes of other versions are refused
MAX_CHARS = 65_536  # longer texts are refused before they are parsed; a real recipe has about one thousand characters
MAX_STYLES = 64  # more styles than any picture has; `Limits` says how many may be painted with

_JSON_WORD: dict[type, str] = {str: "string", int: "integer", list: "list", dict: "object"}
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class StyleEntry:
    """One style picture, its weight, and its mask if it paints only a region."""

    picture: FileId
    weight: float = 1.0
    mask: FileId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The files that a picture was painted from, and the options."""

    method: str
    options: dict[str, Any]
    content: FileId
    styles: tuple[StyleEntry, ...]
    version: str
    files: dict[str, FileId] = field(default_factory=dict)  # by the name of the option, such as ``init``
    output: dict[str, Any] = field(default_factory=dict)  # such as ``quality``; empty if it was never written
    stopped: int = 0  # the step after which the user stopped it; 0 if it was finished

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain dicts, lists, strings and numbers, in the order of the file."""
        fields = dataclasses.asdict(self)
        styles = [{**style.pop("picture"), **style} for style in fields["styles"]]
        return {"pinxit": fields.pop("version"), "format": FORMAT, **fields, "styles": styles}


def make(
    method: str, options: Sequence[Any], content: FileId, styles: Sequence[StyleEntry], version: str
) -> dict[str, Any]:
    """Return the recipe, as a dict, of a picture painted by ``method`` with ``options`` (`Look`, and the method's own).

    An option that names a file becomes the file's base name, with its fingerprint under ``files``. Raises `NotFound`
    if such a file does not exist any more.
    """
    values: dict[str, Any] = {}
    files: dict[str, FileId] = {}
    for part in options:
        for name, (_, _, spec) in specs(type(part)).items():
            value = getattr(part, name)
            if spec.words and value not in spec.words:
                files[name] = fingerprint(value)
                value = files[name].name
            values[name] = value
    made = Recipe(method=method, options=values, content=content, styles=tuple(styles), version=version, files=files)
    return made.as_dict()


def with_output(recipe: dict[str, Any], output: Output) -> dict[str, Any]:
    """Return ``recipe`` with the options that its picture is written with."""
    return {**recipe, "output": dataclasses.asdict(output)}


def dumps(recipe: dict[str, Any]) -> str:
    """Return the recipe as one line of ASCII; equal recipes give equal texts."""
    return json.dumps(recipe, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


def loads(text: str) -> Recipe:
    """Return the recipe that `dumps` wrote.

    Raises `BadRecipe` for any other text, and for options that this version of pinxit does not have or allow.
    """
    if len(text) > MAX_CHARS:
        raise BadRecipe(f"the recipe is {len(text)} characters long; at most {MAX_CHARS} are read")
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRecipe("the recipe is not valid JSON; it may have been cut or edited") from error
    top = _dict(data, "the recipe")
    number = top.get("format")
    if type(number) is not int or number != FORMAT:
        version = top.get("pinxit")
        maker = f" made by pinxit {version}" if isinstance(version, str) and len(version) < 20 else ""
        raise BadRecipe(f"a recipe{maker} of a format that this pinxit does not read (it reads format {FORMAT})")
    method = _take(top, "method", str)
    if method not in METHOD_OPTIONS:
        raise BadRecipe(f"this pinxit does not have the recipe's method; the methods are {', '.join(METHOD_OPTIONS)}")
    styles = _take(top, "styles", list)
    if not 1 <= len(styles) <= MAX_STYLES:
        raise BadRecipe(f"the recipe has {len(styles)} styles; it must have from 1 to {MAX_STYLES}")
    files = _take(top, "files", dict)
    options = _options(_take(top, "options", dict), Look, METHOD_OPTIONS[method])
    takes_file = {name: spec.words for name, (_, _, spec) in specs(METHOD_OPTIONS[method]).items() if spec.words}
    if not files.keys() <= takes_file.keys():
        raise BadRecipe("the recipe names a file for an option that takes none")
    if any(options.get(name, words[0]) not in words and name not in files for name, words in takes_file.items()):
        raise BadRecipe("the recipe names a file without its sha256")  # any file, in any folder
    return Recipe(
        method=method,
        options=options,
        content=_file_id(top.get("content"), "content"),
        styles=tuple(_style_entry(style) for style in styles),
        version=_take(top, "pinxit", str),
        files={name: _file_id(file, name) for name, file in files.items()},
        output=_options(_take(top, "output", dict), Output),
        stopped=_take(top, "stopped", int),
    )


def _refuse_constant(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity are not JSON


def _options(values: dict[str, Any], *classes: type) -> dict[str, Any]:
    try:
        parts = split(values, *classes)
    except BadOption as error:
        raise BadRecipe(f"the recipe cannot be repeated by this pinxit: {error}") from error
    return {name: getattr(part, name) for part in parts for name in specs(type(part)) if name in values}


def _style_entry(data: object) -> StyleEntry:
    picture = _file_id(data, "style")
    fields = _dict(data, "style")
    weight = fields.get("weight")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= sys.float_info.max:
        raise BadRecipe("a style's weight in the recipe must be a number of at least 0")
    mask = fields.get("mask")
    return StyleEntry(picture, float(weight), None if mask is None else _file_id(mask, "mask"))


def _file_id(data: object, what: str) -> FileId:
    fields = _dict(data, what)
    name, sha256 = _take(fields, "name", str), _take(fields, "sha256", str)
    if Path(name).name != name or name == ".." or "\0" in name or len(name) > 255:
        raise BadRecipe("a file in the recipe must be a plain name, without folders")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise BadRecipe(f"the sha256 of the {what} in the recipe must be 64 hexadecimal digits")
    return FileId(name, sha256)


def _dict(data: object, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadRecipe(f"the recipe is damaged: {what} must be a JSON object")
    return data


def _take(fields: dict[str, Any], key: str, kind: type[Value]) -> Value:
    value = fields.get(key)
    if type(value) is not kind:
        raise BadRecipe(f"the recipe is damaged: {key!r} is missing or not a JSON {_JSON_WORD[kind]}")
    return value


def find(file: FileId, role: str, folders: Iterable[Path]) -> Path:
    """Return the first file of that name in ``folders`` whose sha256 is the recipe's.

    ``role``, such as ``'content'``, is for the message. Raises `BadRecipe` if no folder has it, or it has changed.
    """
    if not file.name:
        raise BadRecipe(f"the {role} was not a file, so the recipe cannot find it again; give it yourself")
    candidates = [path for folder in folders if os.path.isfile(path := folder / file.name)]
    if not candidates:
        raise BadRecipe(
            f"the {role} {file.name!r} is neither beside the picture with the recipe nor in the current folder; "
            "put it there, or give it yourself"
        )
    same = (path for path in candidates if fingerprint(path).sha256 == file.sha256)
    return next(same, None) or check(file, role, candidates[0])


def check(file: FileId, role: str, path: Path) -> Path:
    """Return ``path`` if it has the bytes of the recipe's file; raises `BadRecipe` if not, or `NotFound`."""
    if fingerprint(path).sha256 != file.sha256:
        raise BadRecipe(
            f"{path.name!r} is not the {role} of the recipe, or has changed since: its sha256 should begin with "
            f"{file.sha256[:12]}; to paint another picture in the same way, give its options without --recipe"
        )
    return path


Finder = Callable[[FileId, str], Path]
"""``(file, role) -> path``: `find` or `check` with the folders or the path filled in."""


def options_with_files(recipe: Recipe, locate: Finder) -> dict[str, Any]:
    """Return the recipe's options with each file name replaced by the file's present path."""
    return {**recipe.options, **{name: str(locate(file, name)) for name, file in recipe.files.items()}}
