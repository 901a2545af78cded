"""The options that a client may set: their JSON Schema and their check, both made from the options classes."""

from collections.abc import Mapping
from typing import Any

from pinxit.config.options import Look
from pinxit.config.schema import schema
from pinxit.config.spec import OptionField, Options, Value, specs
from pinxit.config.training import STRENGTHS, TrainFast
from pinxit.errors import BadOption, nearest
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers.runtime import field_context

OPERATOR = frozenset({"model", "vgg", "device", "provider", "threads"})
"""Options that name files or devices of the server. Only its operator sets them."""


def public(cls: type[Options]) -> dict[str, OptionField]:
    """Return ``name -> OptionField`` of the options that a client may set."""
    return {name: field for name, field in specs(cls).items() if name not in OPERATOR}


def field_error(name: str, message: str) -> BadOption:
    """Return the error of one field of a request."""
    error = BadOption(message)
    error.field = name[:100]
    return error


def unknown_field(name: str, names: Mapping[str, object]) -> BadOption:
    """Return the error of a field that the request may not have."""
    if name in OPERATOR:
        return field_error(name, f"{name!r} is set by the server's operator: leave it out")
    return field_error(name, f"unknown field {name[:100]!r}{nearest(name[:100], names)}")


def parse(values: Mapping[str, Value], limits: ServiceLimits, *classes: type[Options]) -> list[dict[str, Value]]:
    """Sort option values into one dictionary for each class. Raises `BadOption` for a wrong value or name."""
    options = {name: cls for cls in classes for name in public(cls)}
    for name, value in values.items():
        if name not in options:
            raise unknown_field(name, options)
        _check(name, value, options[name], limits)
    sorted_values = [{name: value for name, value in values.items() if name in public(cls)} for cls in classes]
    for cls, part in zip(classes, sorted_values, strict=True):
        cls(**part)  # checks what concerns several options
    return sorted_values


def _check(name: str, value: Value, cls: type[Options], limits: ServiceLimits) -> None:
    """Raise `BadOption` for a value that the options class or this service refuses."""
    words = public(cls)[name].spec.words
    if words and value not in words:
        raise field_error(name, f"{name} cannot be this word{nearest(str(value), words)}")
    highest = _service_maximum(cls, name, limits)
    if highest is not None and float(value) > highest:
        raise field_error(name, f"{name} is {value}; this service allows at most {highest:g}")
    with field_context(name):
        cls(**{name: value})


def _service_maximum(cls: type[Options], name: str, limits: ServiceLimits) -> float | None:
    """Return the maximum of an option that this service lowers; None for all others."""
    maxima = {(Look, "size"): limits.size, (TrainFast, "minutes"): limits.train_seconds / 60}
    return maxima.get((cls, name))


def public_schema(cls: type[Options], limits: ServiceLimits) -> dict[str, Any]:
    """Return the JSON Schema of an options class as this service accepts it."""
    full = schema(cls)
    properties = {name: full["properties"][name] for name in public(cls)}
    for name, field in public(cls).items():
        properties[name].pop("x-aliases", None)  # the words of the command line and of Python alone
        if field.spec.words:
            properties[name]["enum"] = list(field.spec.words)
        highest = _service_maximum(cls, name, limits)
        if highest is not None:
            properties[name]["maximum"] = highest
    if cls is TrainFast:
        properties["strong"]["examples"] = list(STRENGTHS)
    return {**full, "properties": properties}
