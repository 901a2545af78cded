"""Command-line flags, JSON schema and the documentation's tables, all made from `pinxit.config.options`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from pinxit.config.options import METHOD_OPTIONS, Adain, Film, Look, Output, Scoring, Spec, Webcam, specs
from pinxit.config.spec import number

JSON_TYPES: dict[type, str] = {int: "integer", float: "number", str: "string", bool: "boolean"}


STYLIZE_GROUPS: dict[str, type] = {
    "Look": Look,
    **{f"Method {name}": cls for name, cls in METHOD_OPTIONS.items()},
    "Output": Output,
}
"""``heading -> options class`` of everything that ``pinxit stylize`` takes, in order."""

CODE_GROUPS: dict[str, type] = {"Method adain": Adain}
"""The same of ``pinxit code``."""

VIDEO_GROUPS: dict[str, type] = {
    "Film": Film,
    "Look": Look,
    **{f"Method {name}": cls for name, cls in METHOD_OPTIONS.items()},
}
"""The same of ``pinxit video``."""

WEBCAM_GROUPS: dict[str, type] = {"Webcam": Webcam, "Look": Look, "Method adain": Adain}
"""The same of ``pinxit webcam``."""

SCORE_GROUPS: dict[str, type] = {"Scoring": Scoring}
"""The same of ``pinxit score``."""


def flag(name: str) -> str:
    """Return the flag of an option.

    >>> flag("style_scale")
    '--style-scale'
    """
    return "--" + name.replace("_", "-")


def allowed(spec: Spec) -> str:
    """Return what an option may be, in words: its choices or its range with the unit.

    >>> allowed(Spec("Long side.", low=16, high=8192, unit="px"))
    '16 to 8192 px'
    """
    unit = f" {spec.unit}" if spec.unit else ""
    if spec.choices:
        return ", ".join(spec.choices)
    if spec.words:
        return ", ".join(spec.words) + ", or a file"
    if spec.low is not None and spec.high is not None:
        return f"{number(spec.low)} to {number(spec.high)}{unit}"
    return f"from {number(spec.low)}{unit} up" if spec.low is not None else ""


class Option(click.Option):
    """A flag that stands under a heading of its own in the help."""

    def __init__(self, declarations: list[str], *, heading: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.heading = heading


def takes_options(groups: Mapping[str, type]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a click command all flags of ``groups``; it gets the given ones as ``**options``.

    The flags default to None, which means "not given"; the true default stays in the options class
    and is shown in the help. Ranges and choices are checked there too, so that every face of pinxit
    refuses with the same words.
    """
    flags: dict[str, Callable[..., Any]] = {}
    for heading, cls in groups.items():
        for name, parts in specs(cls).items():
            flags.setdefault(name, _flag(heading, name, *parts))  # methods share a flag that means the same

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**values: Any) -> None:
            function(**{name: value for name, value in values.items() if name not in flags or value is not None})

        for flag in reversed(flags.values()):  # click puts the last decorator's flag first
            flag(command)
        return command

    return decorate


def _flag(heading: str, name: str, kind: type, default: Any, spec: Spec) -> Callable[..., Any]:
    """Return the decorator that gives a command the flag of one option."""
    facts = "; ".join(part for part in (allowed(spec), f"default {show(default)}") if part)
    return click.option(
        f"{flag(name)}/--no-{flag(name)[2:]}" if kind is bool else flag(name),
        cls=Option,
        heading=heading,
        type=kind,
        default=None,
        metavar=None if kind is bool else _METAVARS[kind],
        help=f"{spec.help} ({facts})",
        shell_complete=completion(spec.choices or spec.words),
    )


def completion(words: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes an option that is one of ``words``, as click wants it."""
    return lambda context, parameter, begun: [word for word in words if word.startswith(begun)]


_METAVARS: dict[type, str] = {int: "N", float: "X", str: "WORD"}


def show(default: Any) -> str:
    """Return a default as a reader would write it."""
    return f"{default:g}" if isinstance(default, float) else str(default) or "none"


def schema(cls: type) -> dict[str, Any]:
    """Return the JSON Schema of an options class."""
    properties = {name: _property(*parts) for name, parts in specs(cls).items()}
    return {
        "description": inspect.getdoc(cls),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _property(kind: type, default: Any, spec: Spec) -> dict[str, Any]:
    known = {
        "minimum": spec.low,
        "maximum": spec.high,
        "enum": list(spec.choices) or None,
        "x-unit": spec.unit or None,
        "x-words": list(spec.words) or None,
    }
    limits = {key: value for key, value in known.items() if value is not None}
    return {"type": JSON_TYPES[kind], "description": spec.help, "default": default, **limits}


def markdown() -> str:
    """Return the page ``docs/options.md``: one table for each group of options."""
    from pinxit.config.training import TEACH_GROUPS, TRAIN_GROUPS

    parts = [
        "# Options\n\nEvery option of `pinxit stylize`, and of `pinxit.stylize`, where `--style-scale` is "
        "`style_scale`; then those of `pinxit video`, of `pinxit webcam`, of `pinxit score`, of `pinxit train fast` "
        "and of `pinxit train adain`. This page is written by `pinxit methods --markdown`.\n"
    ]
    groups = {**STYLIZE_GROUPS, **VIDEO_GROUPS, **WEBCAM_GROUPS, **SCORE_GROUPS, **TEACH_GROUPS, **TRAIN_GROUPS}
    for heading, cls in groups.items():
        rows = [
            f"| `{flag(name)}` | {_cell(spec.help)} | {_cell(allowed(spec)) or 'text'} | `{show(default)}` |"
            for name, (_, default, spec) in specs(cls).items()
        ]
        head = f"\n## {heading}\n\n{_cell(inspect.getdoc(cls) or '')}\n\n| option | meaning | allowed | default |"
        parts.append("\n".join([head, "|---|---|---|---|", *rows, ""]))
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
