"""Command-line flags, made from the options classes."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, SupportsIndex, SupportsInt

import click

from pinxit.config.schema import Groups, allowed, flag, show
from pinxit.config.spec import OptionField, specs

Handler = Callable[..., None]
"""The function of a command."""

_METAVARS: dict[type, str] = {int: "N", float: "X", str: "WORD"}


class Option(click.Option):
    """A flag with a heading in the help. ``settings`` are those of `click.Option`, hence `Any`."""

    def __init__(self, declarations: list[str], *, heading: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.heading = heading


class Number(click.types.IntParamType):
    """A whole number, or a word that stands for one."""

    def __init__(self, aliases: Mapping[str, int]) -> None:
        self._aliases: dict[object, int] = dict(aliases.items())

    def convert(
        self, value: SupportsInt | SupportsIndex, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        number: int = super().convert(self._aliases.get(value, value), param, ctx)
        return number


def takes_options(groups: Groups) -> Callable[[Handler], Handler]:
    """Return a decorator that gives a click command all flags of ``groups``, and the values given as ``options``.

    The options class holds the defaults and checks the values, so that the command line, Python and the service refuse
    a value with the same words.
    """
    flags: dict[str, Callable[[Handler], Handler]] = {}
    for heading, cls in groups.items():
        for name, field in specs(cls).items():
            flags.setdefault(name, _flag(heading, name, field))  # methods share a flag that means the same

    def decorate(function: Handler) -> Handler:
        @functools.wraps(function)
        def command(**values: object) -> None:
            options = {name: values.pop(name) for name in flags}
            function(**values, options={name: value for name, value in options.items() if value is not None})

        for declare in reversed(flags.values()):  # click puts the last decorator's flag first
            declare(command)
        return command

    return decorate


def _flag(heading: str, name: str, field: OptionField) -> Callable[[Handler], Handler]:
    """Return the decorator that gives a command the flag of one option."""
    kind, default, spec = field
    facts = "; ".join(part for part in (allowed(spec), f"default {show(default)}") if part)
    return click.option(
        f"{flag(name)}/--no-{flag(name)[2:]}" if kind is bool else flag(name),
        cls=Option,
        heading=heading,
        type=Number(dict(spec.aliases)) if spec.aliases else kind,
        default=None,
        metavar=None if kind is bool else _METAVARS[kind],
        help=f"{spec.help} ({facts})",
        shell_complete=completion(spec.choices or spec.words or [word for word, _ in spec.aliases]),
    )


def completion(words: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return the completion of an option that is one of ``words``, as click wants it."""
    return lambda context, parameter, begun: [word for word in words if word.startswith(begun)]
