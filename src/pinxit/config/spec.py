"""Declares options: dataclass fields with a range, a unit and a help text, and the checks that follow from them."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast, overload

from pinxit.errors import BadOption, nearest

Value: TypeAlias = int | float | str | bool
"""What an option's value may be."""

V = TypeVar("V", bound=Value)


@dataclass(frozen=True, slots=True)
class Spec:
    """One option's range and help text."""

    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    words: tuple[str, ...] = ()
    """For an option that takes a file: the words that it takes instead of a file name."""
    aliases: tuple[tuple[str, int], ...] = ()
    """Words that stand for numbers: ``(("full", 65_500),)``."""


class OptionField(NamedTuple):
    """One option of a class: its type, its default, and its `Spec`."""

    kind: type
    default: Value
    spec: Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The base of every options class. Creating one checks all values and raises `BadOption` for a wrong one."""

    def __post_init__(self) -> None:
        check(self)


def option(
    default: V,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
    words: tuple[str, ...] = (),
    aliases: tuple[tuple[str, int], ...] = (),
) -> V:
    """Declare a dataclass field with its range and help text."""
    return dataclasses.field(default=default, metadata={"spec": Spec(help, low, high, choices, unit, words, aliases)})


def same(cls: type[Options], name: str) -> Any:
    """Declare a field equal to that of another options class. Its type is not known statically, hence `Any`."""
    field = specs(cls)[name]
    return dataclasses.field(default=field.default, metadata={"spec": field.spec})


def specs(cls: type[Options]) -> dict[str, OptionField]:
    """Return ``name -> OptionField`` of an options class, in order; an option has the type of its default."""
    fields = dataclasses.fields(cls)
    return {f.name: OptionField(type(f.default), cast(Value, f.default), f.metadata["spec"]) for f in fields}


def check(options: Options) -> None:
    """Raise `BadOption` for a value of the wrong type, out of range, or not among the choices.

    Turns an int into a float where the option is a float, and an alias into its number.
    """
    for name, (kind, _, spec) in specs(type(options)).items():
        value: Value = getattr(options, name)
        if isinstance(value, str) and (alias := dict(spec.aliases).get(value)):
            value = alias
            object.__setattr__(options, name, value)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError as error:
                raise BadOption(f"{name} is too large a number") from error
            object.__setattr__(options, name, value)
        if type(value) is not kind:
            words = "".join(f", or {word!r}" for word, _ in spec.aliases)
            raise BadOption(f"{name} must be of type {kind.__name__}{words}, not {value!r}")
        _check_value(name, value, spec)


def _check_value(name: str, value: Value, spec: Spec) -> None:
    if isinstance(value, str):
        if spec.words and not value:
            raise BadOption(f"{name} is empty; give {', '.join(spec.words)}, or a file")
        if spec.choices and value not in spec.choices:
            raise BadOption(f"{name} cannot be {value!r}{nearest(value, spec.choices)}")
        return
    low, high = spec.low, spec.high
    if not ((low is None or value >= low) and (high is None or value <= high)):  # refuses NaN as well
        bounds = f"at least {low:g}" if low is None or high is None else f"from {number(low)} to {number(high)}"
        raise BadOption(f"{name} is {value!r}; it must be {bounds}{' ' + spec.unit if spec.unit else ''}")


def number(value: float) -> str:
    """Return a bound as a reader would write it: 100000, 4294967295, 1e12, 0.1."""
    return f"{value:g}" if value == float(f"{value:g}") else str(value)


A = TypeVar("A", bound=Options)
B = TypeVar("B", bound=Options)


@overload
def split(values: Mapping[str, object], first: type[A], /) -> tuple[A]: ...
@overload
def split(values: Mapping[str, object], first: type[A], second: type[B], /) -> tuple[A, B]: ...
@overload
def split(values: Mapping[str, object], /, *classes: type[Options]) -> tuple[Options, ...]: ...
def split(values: Mapping[str, object], /, *classes: type[Options]) -> tuple[Options, ...]:
    """Sort keyword ``values`` into one instance of each options class.

    Raises `BadOption` for a name that none of the classes has, with the nearest one that exists.
    """
    owner = {name: cls for cls in classes for name in specs(cls)}
    for name in values:
        if name not in owner:
            raise BadOption(f"unknown option {name!r}{nearest(name, owner)}")

    def filled(cls: Callable[..., Options]) -> Options:
        return cls(**{name: value for name, value in values.items() if owner[name] is cls})

    return tuple(filled(cls) for cls in classes)
