"""Command-line flags, JSON schema and the documentation's tables, all made from `pinxit.options`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from pinxit.course import TrainFast
from pinxit.options import METHOD_OPTIONS, Adain, Film, Look, Output, Scoring, Spec, TrainAdain, Webcam, specs

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

TEACH_GROUPS: dict[str, type] = {"Training fast": TrainFast}
"""The same of ``pinxit train fast`` and ``pinxit train gallery``."""

TRAIN_GROUPS: dict[str, type] = {"Training adain": TrainAdain}
"""The same of ``pinxit train adain``."""


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
        return f"{_number(spec.low)} to {_number(spec.high)}{unit}"
    return f"from {_number(spec.low)}{unit} up" if spec.low is not None else ""


def _number(value: float) -> str:
    """Write a bound as a reader would: 100000, 4294967295, 1e12, 0.1."""
    return f"{value:g}" if value == float(f"{value:g}") else str(value)


def parameters(heading: str, cls: type) -> Iterator[inspect.Parameter]:
    """Yield one keyword parameter for typer for each option of ``cls``.

    The flags default to None, which means "not given"; the true default stays in the options class
    and is shown in the help. Ranges and choices are checked there too, so that every face of pinxit
    refuses with the same words.
    """
    for name, (kind, default, spec) in specs(cls).items():
        bounds = allowed(spec)
        facts = "; ".join(part for part in (bounds, f"default {show(default)}") if part)
        info = typer.Option(
            f"{flag(name)}/--no-{flag(name)[2:]}" if kind is bool else flag(name),
            help=f"{spec.help} ({facts})",
            rich_help_panel=heading,
            show_default=False,
            metavar=None if kind is bool else _METAVARS[kind],
            autocompletion=_completion(spec.choices or spec.words),
        )
        yield inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, info]
        )


_METAVARS: dict[type, str] = {int: "N", float: "X", str: "WORD"}


def show(default: Any) -> str:
    """Return a default as a reader would write it."""
    return f"{default:g}" if isinstance(default, float) else str(default) or "none"


def _completion(words: tuple[str, ...]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def takes_options(function: Callable[..., None], groups: dict[str, type]) -> Callable[..., None]:
    """Return ``function`` as a typer command with all flags of ``groups``; it gets the given ones as ``**options``."""
    own = [
        parameter
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    named: dict[str, inspect.Parameter] = {}
    for heading, cls in groups.items():
        for parameter in parameters(heading, cls):
            named.setdefault(parameter.name, parameter)  # methods share a flag that means the same
    generated, names = list(named.values()), named.keys()

    @functools.wraps(function)
    def command(**values: Any) -> None:
        given = {name: value for name, value in values.items() if name not in names or value is not None}
        function(**given)

    signature = inspect.Signature(own + generated)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return command


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
