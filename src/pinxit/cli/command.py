"""How commands are declared, and how their help looks: a section for each heading of arguments and options."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from pinxit.cli.flags import completion
from pinxit.cli.progress import colored, say
from pinxit.errors import nearest
from pinxit.methods.table import default_for, method_names


class FileName(click.Path):
    """What names a file or folder, which need not be there. An empty name, which would be the current folder, is none.

    Such words come from shell variables that are not set. Whether it may be read is found when it is: an output need
    not be.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(readable=False, **settings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name as the command wants it."""
        if not os.fspath(value):
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


PATH = FileName(path_type=Path)
"""The type of what names a file or folder: a `Path`."""

Decorator = Callable[[Callable[..., None]], Callable[..., None]]
"""Gives a command an option."""

QUIET: Decorator = click.option("--quiet", "-q", is_flag=True, help="Say nothing but warnings and errors.")
"""The option of every command that tells how far it is."""

WIDTH = 110
"""Most columns of a help page."""


def takes_styles(help: str, *, metavar: str = "PICTURE", required: bool = True) -> Decorator:
    """Return what gives a command ``--style``, which may be repeated."""
    return click.option("--style", "-s", multiple=True, required=required, type=PATH, metavar=metavar, help=help)


def takes_method() -> Decorator:
    """Return the decorator that adds ``--method`` to a command."""
    names, trained, picture = method_names(), default_for(trained=True).name, default_for(trained=False).name
    text = f"One of: {', '.join(names)} (default: {trained} for a trained style, {picture} for a picture)."
    return click.option("--method", default="", metavar="METHOD", help=text, shell_complete=completion(names))


class Argument(click.Argument):
    """An argument with a line in the help."""

    def __init__(self, declarations: list[str], *, help: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.help = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return the argument as it is typed, and its line."""
        return self.make_metavar(ctx), f"{self.help}{'  [required]' if self.required else ''}"


class Formatter(click.HelpFormatter):
    """Writes headings bold and terms in color; click takes that out again where the output has no colors."""

    def write_heading(self, heading: str) -> None:
        """Write a section's heading."""
        super().write_heading(click.style(heading, bold=True))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 26, col_spacing: int = 2) -> None:
        """Write terms, with what they mean beside them."""
        super().write_dl([(click.style(term, fg="cyan"), text) for term, text in rows], col_max, col_spacing)


class Context(click.Context):
    """What is known while a command line is read."""

    formatter_class = Formatter

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        own = {"help_option_names": ["-h", "--help"], "max_content_width": WIDTH, "color": colored()}
        super().__init__(*arguments, **{**own, **settings})


class Command(click.Command):
    """A command whose help has a section for each heading of arguments and options.

    ``everyday``  names of the options that ``--help`` shows, the rest being shown by ``--help-all``; () shows all
    ``renamed``   ``old flag -> new flag``, as ``{"--average": "--ema-decay"}``: the old one still works, with a notice
    """

    context_class = Context

    def __init__(
        self, *arguments: Any, everyday: Iterable[str] = (), renamed: Mapping[str, str] | None = None, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self.everyday = frozenset(everyday)
        self.renamed = dict(renamed or {})
        if self.everyday:
            self.params.append(_help_all())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of the command line, the old names of flags replaced by the new ones."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [self._current(word) for word in args[:end]] + args[end:])

    def _current(self, word: str) -> str:
        name, equals, value = word.partition("=")
        if name not in self.renamed:
            return word
        say(f"{name} is now {self.renamed[name]}")
        return f"{self.renamed[name]}{equals}{value}"

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: the arguments are the first section of the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading: of the everyday options, or of all after ``--help-all``."""
        everything = not self.everyday or HELP_ALL in ctx.meta
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            is_argument = isinstance(parameter, Argument)
            if not (everything or is_argument or parameter.name in {"help", *self.everyday}):
                continue
            heading = "Arguments" if is_argument else getattr(parameter, "heading", "Options")
            record = parameter.get_help_record(ctx)
            if record:
                sections.setdefault(heading, []).append(record)
        widest = max(len(term) for rows in sections.values() for term, _ in rows)
        for heading, rows in sections.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl([(term.ljust(widest), text) for term, text in rows])
        if not everything:
            formatter.write_paragraph()
            formatter.write_text(f"More: {HELP_ALL}")


HELP_ALL = "--help-all"
"""The flag that shows the options that are not everyday ones."""


def _help_all() -> click.Option:
    def show(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            ctx.meta[HELP_ALL] = True
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return click.Option(
        [HELP_ALL],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        hidden=True,
        callback=show,
        help="Show every option and exit.",
    )


class Group(click.Group):
    """A command of several commands, in the order that they were declared in."""

    context_class = Context
    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words that follow the group's name; without any, show the help."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit(click.UsageError.exit_code)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command that the words begin with."""
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            raise click.UsageError(f"unknown command {args[0]!r}{nearest(args[0], known)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        named = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=1000)) for name, each in named if each])
