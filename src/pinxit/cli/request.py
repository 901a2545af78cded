"""What ``pinxit stylize`` was asked for: by flags, or by the recipe of a painted picture."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pinxit
from pinxit import images
from pinxit.batch.plan import STREAM
from pinxit.config.options import METHOD_OPTIONS, Look, Output, specs
from pinxit.errors import BadOption
from pinxit.files import recipe
from pinxit.files.network_file import ENDING
from pinxit.methods.table import by_name, default_for
from pinxit.styles import gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The arguments and flags as they were typed; an empty one was not given."""

    contents: Sequence[str] = ()
    styles: Sequence[Path] = ()
    weights: Sequence[float] = ()
    masks: Sequence[Path] = ()
    method: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """All that is needed to paint: every file has been named, every option sorted."""

    contents: list[str]
    styles: list[Path]
    weights: list[float]
    masks: list[Path | None]
    method: str
    options: dict[str, Any]
    """Of the look and the method."""
    output: dict[str, Any]
    """Of the written file."""
    repeats: dict[str, Any] | None = None
    """The recipe that is repeated with nothing changed: the new picture carries the same."""
    stop_after: int = 0
    """Step to stop after, as the user did whose picture is repeated; 0 goes on to the end."""

    def inputs(self) -> Iterator[Path]:
        """Yield every file but the contents that is painted from."""
        yield from self.styles
        yield from (mask for mask in self.masks if mask is not None)
        yield from (Path(value) for value in self.options.values() if isinstance(value, str) and os.path.isfile(value))


def from_flags(asked: Asked) -> Request:
    """Return the request that the flags alone make.

    Raises `BadOption` where something is missing or does not fit together.
    """
    if not asked.contents:
        raise BadOption("name a content picture: pinxit stylize CONTENT --style STYLE")
    if not asked.styles:
        raise BadOption("name a style picture: pinxit stylize CONTENT --style STYLE")
    _check_counts(asked, len(asked.styles))
    twice = {str(style) for style in asked.styles if asked.styles.count(style) > 1}
    if twice:
        raise BadOption(f"the style {Path(min(twice)).name!r} is given twice; give it once, with a higher --weight")
    options, output = _sorted(asked.options)
    return Request(
        contents=list(asked.contents),
        styles=list(asked.styles),
        weights=list(asked.weights) or [1.0] * len(asked.styles),
        masks=list(asked.masks) or [None] * len(asked.styles),
        method=_method(asked.method) or _usual(asked.styles),
        options=options,
        output=output,
    )


def from_recipe(picture: Path, asked: Asked) -> Request:
    """Return the request that repeats the recipe inside ``picture``.

    Inputs are looked for beside ``picture``, then in the current folder; those given as flags are taken
    instead, and have to be the same files. Options given as flags replace the recipe's.

    Raises `BadRecipe` where an input is missing or has changed.
    """
    kept = recipe.loads(images.read_recipe(picture))
    if len(asked.contents) > 1 or STREAM in asked.contents:
        raise BadOption("a recipe is of one content picture, which must be a file; name that one or none")
    _check_counts(asked, len(kept.styles))
    if asked.styles and len(asked.styles) != len(kept.styles):
        raise BadOption(f"the recipe has {len(kept.styles)} styles, not {len(asked.styles)}; name all of them or none")
    locate = functools.partial(recipe.find, folders=(picture.parent, Path()))
    content = _located(kept.content, "content", [Path(path) for path in asked.contents], 0, locate)
    options, output = _sorted(asked.options)
    method = _method(asked.method) or kept.method
    same = not (options or asked.weights or asked.method) and kept.version == pinxit.__version__
    return Request(
        contents=[str(content)],
        styles=[_style(s.picture, asked.styles[i : i + 1], locate) for i, s in enumerate(kept.styles)],
        weights=list(asked.weights) or [style.weight for style in kept.styles],
        masks=[_located(s.mask, "mask", asked.masks, i, locate) if s.mask else None for i, s in enumerate(kept.styles)],
        method=method,
        options={**_known_to(method, recipe.options_with_files(kept, locate)), **options},
        output={**kept.output, **output},
        repeats=kept.as_dict() if same else None,
        stop_after=kept.stopped if same else 0,
    )


def _usual(styles: Sequence[Path]) -> str:
    """Return the method for styles where none is asked for."""
    return default_for(trained=any(gallery.find(str(style)) for style in styles)).name


def _style(wanted: recipe.Named, given: Sequence[Path], locate: recipe.Finder) -> Path:
    """Return where a style is now: a picture, or a trained style, by its name or in its network's file."""
    if given:
        trained = gallery.find(str(given[0]))
        return given[0] if trained and trained.fingerprint == wanted.sha256 else recipe.check(wanted, "style", given[0])
    if any(each.name == wanted.name and each.fingerprint == wanted.sha256 for each in gallery.installed()):
        return Path(wanted.name)
    file, _, name = wanted.name.rpartition(":")
    if file.endswith(ENDING):
        return Path(f"{locate(recipe.Named(file, wanted.sha256), 'style')}:{name}")
    return locate(wanted, "style")


def _located(wanted: recipe.Named, what: str, given: Sequence[Path], index: int, locate: recipe.Finder) -> Path:
    return recipe.check(wanted, what, given[index]) if given else locate(wanted, what)


def _check_counts(asked: Asked, styles: int) -> None:
    """Refuse weights and masks that are not one for each style."""
    for what, given in (("--weight", asked.weights), ("--mask", asked.masks)):
        if given and len(given) != styles:
            raise BadOption(
                f"{what} is given {len(given)} times for {styles} styles; give one for each, in their order"
            )


def _method(method: str) -> str:
    return by_name(method).name if method else ""


def _known_to(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return those of ``options`` that ``method`` has too: a recipe may be painted by another method."""
    known = {**specs(Look), **specs(METHOD_OPTIONS[method])}
    return {name: value for name, value in options.items() if name in known}


def _sorted(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return ``options`` in two: those of the picture, and those of the written file."""
    written = specs(Output)
    return (
        {name: value for name, value in options.items() if name not in written},
        {name: value for name, value in options.items() if name in written},
    )
