"""Makes the request of ``pinxit stylize`` from its arguments, or from the recipe of a painted picture."""

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

import pinxit
from pinxit import images
from pinxit.batch.plan import STREAM
from pinxit.config.options import Look, Output
from pinxit.config.spec import specs
from pinxit.errors import BadOption, BadRecipe, count
from pinxit.files import recipe
from pinxit.files.fingerprint import FileId
from pinxit.files.network_file import ENDING
from pinxit.methods.table import by_name, default_for
from pinxit.styles import gallery


class Arguments(TypedDict):
    """The arguments and flags as they were typed; an empty one was not given."""

    content: Sequence[str]
    style: Sequence[Path]
    weight: Sequence[float]
    mask: Sequence[Path]
    method: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What painting needs: files by name, and options sorted."""

    contents: list[str]
    styles: list[Path]
    weights: list[float]
    masks: list[Path | None]
    method: str
    options: dict[str, Any]
    """Options of the look and the method."""
    output: dict[str, Any]
    """Options of the written file."""
    repeats: dict[str, Any] | None = None
    """The recipe, if it is repeated unchanged: the new picture carries the same."""
    stop_after: int = 0
    """Step to stop after, where the repeated picture was stopped by Ctrl-C; 0 runs to the end."""

    def inputs(self) -> Iterator[Path]:
        """Yield every input file except the contents."""
        yield from self.styles
        yield from (mask for mask in self.masks if mask is not None)
        yield from (Path(value) for value in self.options.values() if isinstance(value, str) and os.path.isfile(value))


def from_flags(arguments: Arguments) -> Request:
    """Return the request made from the arguments alone.

    Raises `BadOption` for missing or contradicting arguments.
    """
    styles = arguments["style"]
    if not arguments["content"] or not styles:
        missing = "style" if arguments["content"] else "content"
        raise BadOption(f"name a {missing} picture: pinxit stylize CONTENT --style STYLE")
    check_counts(arguments["weight"], arguments["mask"], len(styles))
    twice = {str(style) for style in styles if styles.count(style) > 1}
    if twice:
        raise BadOption(f"the style {Path(min(twice)).name!r} is named twice; name it once, with a higher --weight")
    if arguments["method"]:
        method = by_name(arguments["method"])
    else:
        trained = any(gallery.find(str(style)) for style in styles)
        method = default_for(trained=trained, options=arguments["options"])
    options, output = _sorted(arguments["options"])
    return Request(
        contents=list(arguments["content"]),
        styles=list(styles),
        weights=list(arguments["weight"]) or [1.0] * len(styles),
        masks=list(arguments["mask"]) or [None] * len(styles),
        method=method.name,
        options=options,
        output=output,
    )


def from_recipe(picture: Path, arguments: Arguments) -> Request:
    """Return the request that repeats the recipe inside ``picture``.

    Inputs are searched beside ``picture``, then in the current folder. Arguments replace them, and must be the same
    files. Options given as flags replace those of the recipe.

    Raises `BadRecipe` for an input that has changed, and for all that are missing.
    """
    saved = recipe.loads(images.read_recipe(picture))
    if len(arguments["content"]) > 1 or STREAM in arguments["content"]:
        raise BadOption("a recipe has one content picture, which must be a file; name that one or none")
    check_counts(arguments["weight"], arguments["mask"], len(saved.styles))
    styles = arguments["style"]
    if styles and len(styles) != len(saved.styles):
        raise BadOption(
            f"the recipe has {count(len(saved.styles), 'style')}, not {len(styles)}; name all of them or none"
        )
    locate = _Search(picture.parent, Path())
    options, output = _sorted(arguments["options"])
    method = by_name(arguments["method"] or saved.method)
    method_options = {*specs(Look), *specs(method.options)}
    searched = {name: file for name, file in saved.files.items() if name not in options}
    repeated = recipe.options_with_files(replace(saved, files=searched), locate)
    same = not (options or arguments["weight"] or arguments["method"]) and saved.version == pinxit.__version__
    request = Request(
        contents=[str(_located(saved.content, "content", list(map(Path, arguments["content"])), locate))],
        styles=[_style(s.picture, styles[i : i + 1], locate) for i, s in enumerate(saved.styles)],
        weights=list(arguments["weight"]) or [style.weight for style in saved.styles],
        masks=[
            _located(s.mask, "mask", arguments["mask"][i : i + 1], locate) if s.mask else None
            for i, s in enumerate(saved.styles)
        ],
        method=method.name,
        options={name: value for name, value in repeated.items() if name in method_options} | options,
        output={**saved.output, **output},
        repeats=saved.as_dict() if same else None,
        stop_after=saved.stopped if same else 0,
    )
    locate.require_all(request, picture)
    return request


class _Search:
    """Finds a recipe's files in folders, and notes those that are in none."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._roles: set[str] = set()
        self._names: list[str] = []

    def __call__(self, file: FileId, role: str) -> Path:
        """Return the file's path, or, where it is missing, one that shows the user what to type."""
        if not file.name or any(os.path.isfile(folder / file.name) for folder in self._folders):
            return recipe.find(file, role, self._folders)
        self._roles.add(role)
        self._names.append(repr(file.name))
        return Path("FOLDER", file.name)

    def require_all(self, request: Request, picture: Path) -> None:
        """Raise `BadRecipe` if files were missing, with the command that names them."""
        if self._names:
            raise BadRecipe(
                f"{', '.join(self._names)}: neither beside {picture.name!r} nor in the current folder; put what is "
                f"missing there, or name it: {self._command(request, picture)}"
            )

    def _command(self, request: Request, picture: Path) -> str:
        """Return the command that repeats a recipe with the missing files named; of a role, all or none are named."""
        words = ["pinxit", "stylize", *(request.contents if "content" in self._roles else [])]
        for role, paths in (("style", request.styles), ("mask", request.masks)):
            if role in self._roles:
                words += [word for path in paths if path for word in (f"--{role}", str(path))]
        for role in sorted(self._roles - {"content", "style", "mask"}):
            words += [f"--{role.replace('_', '-')}", str(request.options[role])]
        return shlex.join([*words, "--recipe", str(picture), "-o", "again.png"])


def _style(named: FileId, override: Sequence[Path], locate: recipe.Finder) -> Path:
    """Return the present path of a style of the recipe: a picture, or a trained style by name or by network file."""
    if override:
        trained = gallery.find(str(override[0]))
        same = trained and trained.fingerprint == named.sha256
        return override[0] if same else recipe.check(named, "style", override[0])
    if any(each.name == named.name and each.fingerprint == named.sha256 for each in gallery.installed()):
        return Path(named.name)
    file, _, name = named.name.rpartition(":")
    if file.endswith(ENDING):
        return Path(f"{locate(FileId(file, named.sha256), 'style')}:{name}")
    return locate(named, "style")


def _located(named: FileId, what: str, overrides: Sequence[Path], locate: recipe.Finder) -> Path:
    return recipe.check(named, what, overrides[0]) if overrides else locate(named, what)


def check_counts(weights: Sequence[float], masks: Sequence[object], styles: int) -> None:
    """Raise `BadOption` for another number of weights or masks than there are styles."""
    for flag, values in (("--weight", weights), ("--mask", masks)):
        if values and len(values) != styles:
            raise BadOption(
                f"{flag} is given {count(len(values), 'time')} for {count(styles, 'style')}; "
                "give one for each style, in their order"
            )


def _sorted(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split ``options`` into those of the picture and those of the written file."""
    output = {name: options[name] for name in specs(Output) if name in options}
    return {name: value for name, value in options.items() if name not in output}, output
