"""What an option is: a dataclass field that knows its range, its unit and its help text; and how all are checked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from pinxit.errors import BadOption, nearest


@dataclass(frozen=True, slots=True)
class Spec:
    """What is known of one option besides its name, type and default."""

    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    words: tuple[str, ...] = ()
    """For an option that names a file: the words it knows besides a file's name."""


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
    words: tuple[str, ...] = (),
) -> Any:
    """Declare a dataclass field that knows its own range and help text."""
    spec = Spec(help, low, high, choices, unit, words)
    return dataclasses.field(default=default, metadata={"spec": spec})


def same(cls: type, name: str) -> Any:
    """Declare a field that is the same as that of another options class."""
    _, default, spec = specs(cls)[name]
    return dataclasses.field(default=default, metadata={"spec": spec})


def specs(cls: type) -> dict[str, tuple[type, Any, Spec]]:
    """Return ``name -> (type, default, Spec)`` of an options class, in order; the type is that of the default."""
    return {f.name: (type(f.default), f.default, f.metadata["spec"]) for f in dataclasses.fields(cls)}


def check(options: Any) -> None:
    """Raise `BadOption` where a value has the wrong type, is out of range, or is none of the choices."""
    for name, (kind, _, spec) in specs(type(options)).items():
        value = getattr(options, name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = _as_float(name, value)
            object.__setattr__(options, name, value)
        if type(value) is not kind:
            raise BadOption(f"{name} must be of type {kind.__name__}, not {value!r}")
        _check_value(name, value, spec)


def _as_float(name: str, value: int) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise BadOption(f"{name} is too large a number") from error


def _check_value(name: str, value: Any, spec: Spec) -> None:
    if spec.words and not value:
        raise BadOption(f"{name} is empty; give {', '.join(spec.words)}, or a file")
    if spec.choices and value not in spec.choices:
        raise BadOption(f"{name} cannot be {value!r}{nearest(value, spec.choices)}")
    low, high = spec.low, spec.high
    inside = (low is None or value >= low) and (high is None or value <= high)
    if not inside:  # also refuses NaN, which compares as false
        bounds = f"at least {low:g}" if low is None or high is None else f"from {number(low)} to {number(high)}"
        raise BadOption(f"{name} is {value!r}; it must be {bounds}{' ' + spec.unit if spec.unit else ''}")


def number(value: float) -> str:
    """Return a bound as a reader would write it: 100000, 4294967295, 1e12, 0.1."""
    return f"{value:g}" if value == float(f"{value:g}") else str(value)


def split(values: dict[str, Any], *classes: type) -> tuple[Any, ...]:
    """Sort keyword ``values`` into one instance of each options class.

    Raises `BadOption` for a name that none of the classes has, with the nearest one that exists.
    """
    known = {name: cls for cls in classes for name in specs(cls)}
    for name in values:
        if name not in known:
            raise BadOption(f"unknown option {name!r}{nearest(name, known)}")
    return tuple(cls(**{k: v for k, v in values.items() if known[k] is cls}) for cls in classes)
