"""The options that a stranger may set: their schema and their values, both made from the options classes."""

from __future__ import annotations

import copy
from typing import Any

from pinxit.config.options import Film, Look, Options, Output, Spec, specs
from pinxit.config.schema import flag, schema
from pinxit.config.training import STRENGTHS, TrainFast
from pinxit.errors import BadOption, nearest
from pinxit.methods.table import METHODS, method_names
from pinxit.service.limits import ServiceLimits

OPERATOR = frozenset({"model", "vgg", "device", "provider", "threads"})
"""Options that name files or devices of the server: the operator's."""
ONE_PASS = method_names(one_pass=True)
"""Methods that paint while one waits."""
FORMATS = ("png", "jpeg", "webp", "tiff")
FILM_FORMATS = ("mp4", "mov", "mkv", "webm", "gif", "webp")
NETWORK_FORMATS = ("pinxit",)
MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "pinxit": "application/octet-stream",
}
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def known(*classes: type[Options]) -> dict[str, tuple[type, Any, Spec]]:
    """Return ``name -> (type, default, Spec)`` of the options that a stranger may set."""
    return {name: parts for cls in classes for name, parts in specs(cls).items() if name not in OPERATOR}


def parse(values: dict[str, str], limits: ServiceLimits, *classes: type[Options]) -> list[dict[str, Any]]:
    """Sort the fields of a form into the given options of each class, by their types and checked.

    Raises `BadOption` for one that is unknown or out of its range.
    """
    options = known(*classes)
    for name in values:
        if name not in options:
            raise _named(name, BadOption(_unknown(name, options)))
    sorted_: list[dict[str, Any]] = []
    for cls in classes:
        given = {name: _value(name, values[name], options[name][0]) for name in known(cls) if name in values}
        for name, value in given.items():
            _check(name, value, cls, limits)
        cls(**given)
        sorted_.append(given)
    return sorted_


def _unknown(name: str, options: dict[str, Any]) -> str:
    if name in OPERATOR:
        return f"{name!r} is for the server's operator to choose: leave it out"
    return f"unknown field {name!r}{nearest(name, options)}"


def _value(name: str, text: str, kind: type) -> Any:
    """Return a field's text as a value of the option's type."""
    try:
        if kind is bool:
            return _WORDS[text.strip().lower()]
        return kind(text)
    except (ValueError, KeyError) as error:
        words = {int: "a whole number", float: "a number", bool: "true or false"}
        raise _named(name, BadOption(f"{name} must be {words[kind]}")) from error


def _check(name: str, value: Any, cls: type[Options], limits: ServiceLimits) -> None:
    spec = known(cls)[name][2]
    if spec.words and value not in spec.words:
        raise _named(name, BadOption(f"{name} cannot be this word{nearest(value, spec.words)}"))
    if name == "size" and cls is Look and value > limits.size:
        raise _named(name, BadOption(f"size is {value}; this service paints up to {limits.size} px"))
    if name == "minutes" and cls is TrainFast and value > limits.train_seconds / 60:
        raise _named(name, BadOption(f"minutes is {value:g}; this service trains up to {limits.train_seconds / 60:g}"))
    try:
        cls(**{name: value})
    except BadOption as error:
        raise _named(name, error) from error


def _named(name: str, error: BadOption) -> BadOption:
    error.field = name
    return error


def public_schema(cls: type[Options], limits: ServiceLimits) -> dict[str, Any]:
    """Return the JSON Schema of an options class as this service takes it."""
    whole = copy.deepcopy(schema(cls))
    for name in OPERATOR:
        whole["properties"].pop(name, None)
    for name, (_, _, spec) in known(cls).items():
        if spec.words:
            whole["properties"][name]["enum"] = list(spec.words)
    if cls is Look:
        whole["properties"]["size"]["maximum"] = limits.size
    if cls is TrainFast:
        whole["properties"]["minutes"]["maximum"] = limits.train_seconds / 60
        whole["properties"]["strong"]["examples"] = list(STRENGTHS)
    return whole


def methods(limits: ServiceLimits) -> list[dict[str, Any]]:
    """Return every method with the schemas of its options."""
    look, output = public_schema(Look, limits), public_schema(Output, limits)
    return [
        {
            "name": method.name,
            "pass": "one" if method.one_pass else "many",
            "kinds": ["video"] if method.one_pass else [method.name],
            "options": {"look": look, "method": public_schema(method.options, limits), "output": output},
        }
        for method in METHODS
    ]


def film_schema(limits: ServiceLimits) -> dict[str, Any]:
    """Return the schema of a film's options."""
    return public_schema(Film, limits)


def limits_table() -> str:
    """Return the limits as the table of the docs."""
    rows = [
        f"| `{name}` | `{flag(name)}` | {spec.help} | {_shown(default)}{' ' + spec.unit if spec.unit else ''} |"
        for name, (_, default, spec) in specs(ServiceLimits).items()
        if isinstance(default, int | float)
    ]
    return "\n".join(["| limit | flag | meaning | default |", "|---|---|---|---:|", *rows]) + "\n"


def _shown(value: float) -> str:
    for unit, size in (("Gi", 2**30), ("Mi", 2**20)):
        if value >= size and value % size == 0:
            return f"{value // size} {unit}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
