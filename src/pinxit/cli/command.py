"""The base classes of commands: arguments and options with headings in the help, ``--help-all``, renamed flags."""

import gc
import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pinxit.cli.flags import completion
from pinxit.cli.language import chinese, translate, wrap
from pinxit.cli.progress import colored, say
from pinxit.errors import nearest
from pinxit.methods.table import default_for, method_names


class FileName(click.Path):
    """The name of a file or folder, which need not exist or be readable, since it may be that of an output.

    An empty name is refused: it comes from an unset variable.
    """

    def __init__(self, *, path_type: type[Path] | None = None, allow_dash: bool = False) -> None:
        super().__init__(readable=False, path_type=path_type, allow_dash=allow_dash)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if not os.fspath(value):
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


PATH = FileName(path_type=Path)
"""The type of arguments and options that are the `Path` of a file or folder."""

Decorator = Callable[[Callable[..., None]], Callable[..., None]]
"""Adds an option to a command."""

QUIET: Decorator = click.option("--quiet", "-q", is_flag=True, help="Print only warnings and errors.")
"""The option of every command that shows its progress."""

VERBOSE: Decorator = click.option("--verbose", "-v", is_flag=True, expose_value=False, help="Show what libraries say.")
"""The option of commands whose libraries may complain about the input; `pinxit.cli.main` looks for it."""

WIDTH = 110
"""Maximum width of a help page, columns."""

HELP_ALL = "--help-all"
"""The flag that shows the options that are not everyday ones."""


def takes_styles(help: str, *, metavar: str = "PICTURE", required: bool = True) -> Decorator:
    """Return the decorator that adds ``--style``, which may be repeated, to a command."""
    return click.option("--style", "-s", multiple=True, required=required, type=PATH, metavar=metavar, help=help)


def takes_method() -> Decorator:
    """Return the decorator that adds ``--method`` to a command."""
    names, trained, picture = method_names(), default_for(trained=True).name, default_for(trained=False).name
    text = (
        f"One of: {', '.join(names)} (default: the one whose options are given, or {trained} for a trained style, "
        f"{picture} for a picture)."
    )
    return click.option("--method", default="", metavar="METHOD", help=text, shell_complete=completion(names))


class Argument(click.Argument):
    """An argument with a line in the help. ``settings`` are those of `click.Argument`, hence `Any`."""

    def __init__(self, declarations: Sequence[str], *, help: str, **settings: Any) -> None:
        super().__init__(declarations, **settings)
        self.help = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return self.make_metavar(ctx), f"{self.help}{'  [required]' if self.required else ''}"


class Formatter(click.HelpFormatter):
    """Writes headings bold and terms in color; click removes both where the output has no colors."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, translate("Usage: "))

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':{self.current_indent}}{click.style(translate(heading), bold=True)}{translate(':')}\n")

    def write_text(self, text: str) -> None:
        if not chinese():
            return super().write_text(text)
        lines = wrap(translate(" ".join(text.split())), self.width - self.current_indent)
        self.write("".join(f"{'':{self.current_indent}}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 26, col_spacing: int = 2) -> None:
        """Write terms and their texts in two columns."""
        if not chinese():
            return super().write_dl([(click.style(term, fg="cyan"), text) for term, text in rows], col_max, col_spacing)
        rows = list(rows)
        start = self.current_indent + min(max(len(term) for term, _ in rows), col_max) + col_spacing
        for term, text in rows:
            lines = wrap(translate(text), self.width - start)
            short = len(term) <= start - self.current_indent - col_spacing
            self.write(f"{'':{self.current_indent}}{click.style(term, fg='cyan')}")
            self.write(f"{'':{start - self.current_indent - len(term)}}" if short else f"\n{'':{start}}")
            self.write(f"\n{'':{start}}".join(lines) + "\n")


class Context(click.Context):
    """Sets the look of the help. ``settings`` are those of `click.Context`, which it does not type, hence `Any`."""

    formatter_class = Formatter

    def __init__(self, command: click.Command, parent: click.Context | None = None, **settings: Any) -> None:
        look = {"help_option_names": ["-h", "--help"], "max_content_width": WIDTH, "color": colored()}
        super().__init__(command, parent, **{**look, **settings})


def _show_all(ctx: click.Context, option: click.Parameter, is_given: bool) -> None:
    if is_given and not ctx.resilient_parsing:
        ctx.meta[HELP_ALL] = True
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


class Command(click.Command):
    """A command whose help has a section for each heading of arguments and options.

    ``everyday``  names of the options that ``--help`` shows, the rest being shown by ``--help-all``; () shows all
    ``renamed``   ``old flag -> new flag``, as ``{"--average": "--ema-decay"}``: the old one still works, with a notice
    ``settings``  those of `click.Command`, hence `Any`
    """

    context_class = Context

    def __init__(
        self, name: str | None, *, everyday: Iterable[str] = (), renamed: Mapping[str, str] = {}, **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self.everyday, self.renamed = frozenset(everyday), renamed
        if self.everyday:
            self.params.append(
                click.Option(
                    [HELP_ALL], is_flag=True, is_eager=True, expose_value=False, hidden=True, callback=_show_all
                )
            )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words of the command line, after replacing the old names of flags."""
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
        """Write a section for each heading, with the everyday options, or with all for ``--help-all``."""
        everything = not self.everyday or HELP_ALL in ctx.meta
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            is_argument = isinstance(parameter, Argument)
            is_help = "--help" in parameter.opts
            if not (everything or is_argument or is_help or parameter.name in self.everyday):
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


class Group(click.Group):
    """A command that consists of commands.

    ``targets``   ``command -> module:function`` in `pinxit.cli`, in the order of the help. Each is imported when it is
                  asked for: importing all takes longer than painting a small picture.
    ``settings``  those of `click.Group`, hence `Any`
    """

    context_class = Context
    command_class = Command

    def __init__(self, name: str, *, targets: Mapping[str, str] = {}, **settings: Any) -> None:
        super().__init__(name, **settings)
        self.targets = targets

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.targets, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(self.targets[cmd_name]) if cmd_name in self.targets else super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words after the group's name; without any, show the help."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit(click.UsageError.exit_code)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names and not ctx.resilient_parsing:
            raise click.UsageError(f"unknown command {args[0]!r}{nearest(args[0], names)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=1000)) for name, each in commands if each])


def load(target: str) -> click.Command:
    """Import the command at ``module:function`` of `pinxit.cli`."""
    module, _, function = target.partition(":")
    command: click.Command = getattr(importlib.import_module(f"pinxit.cli.{module}"), function)
    if not gc.isenabled():  # see `pinxit.cli.main`
        gc.freeze()
        gc.enable()
    return command
