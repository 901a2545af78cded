"""``pinxit methods``: list the methods and their options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pinxit.cli.command import Command
from pinxit.cli.language import translate, translate_facts
from pinxit.config.options import METHOD_OPTIONS, Film, Look, Output, Scoring
from pinxit.config.schema import STYLIZE_GROUPS, VIDEO_GROUPS, allowed, flag, markdown, schema, show
from pinxit.config.spec import Options, specs

if TYPE_CHECKING:
    from rich.table import Table


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Schema.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page docs/options.md.")
def methods(as_json: bool, as_markdown: bool) -> None:
    """List the methods and every option with its range and default."""
    if as_json:
        print(json.dumps(schemas(), indent=2))
    elif as_markdown:
        print(markdown(translate, translate_facts), end="")
    else:
        from rich.console import Console

        console = Console()
        for heading, cls in {**STYLIZE_GROUPS, **VIDEO_GROUPS}.items():
            console.print(_table(heading, cls))


def schemas() -> dict[str, object]:
    """Return the JSON Schema of every group of options."""
    return {
        "look": schema(Look),
        "methods": {name: schema(cls) for name, cls in METHOD_OPTIONS.items()},
        "output": schema(Output),
        "film": schema(Film),
        "scoring": schema(Scoring),
    }


def _table(heading: str, cls: type[Options]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=heading, title_justify="left", title_style="bold", expand=True)
    table.add_column("option", no_wrap=True)
    table.add_column("meaning", ratio=3)
    table.add_column("allowed", ratio=2)
    table.add_column("default", ratio=1, overflow="fold")
    for name, (_, default, spec) in specs(cls).items():
        table.add_row(flag(name), escape(spec.help), escape(allowed(spec)), escape(show(default)))
    return table
