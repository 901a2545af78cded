"""``pinxit styles``: the trained styles that there are, with a preview; and those of one's own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from pinxit.cli.command import PATH, Argument, Group
from pinxit.cli.progress import colored, say
from pinxit.styles import gallery


@click.group(cls=Group, invoke_without_command=True)
@click.option("--plain", is_flag=True, help="Print one name a line.")
@click.pass_context
def styles(context: click.Context, plain: bool) -> None:
    """List the trained styles; add and remove your own."""
    if context.invoked_subcommand:
        return
    found = gallery.installed()
    if plain:
        for style in found:
            print(style.name)
    elif not found:
        say("no style is installed: pinxit train fast --style PICTURE makes one, and pinxit styles add installs it")
    elif sys.stdout and sys.stdout.isatty() and colored() is not False:
        from pinxit.cli.preview import show

        show(found)
    else:
        for style in found:
            print(style.name, *([f" {style.credit}"] if style.credit else []))


@styles.command()
@click.argument("network", cls=Argument, type=PATH, metavar="FILE", help="A network that pinxit train fast wrote.")
def add(network: Path) -> None:
    """Install the styles of a network, to be painted with by name."""
    for style in gallery.add(network):
        say(f"installed: pinxit stylize PHOTO --style {shlex.quote(style.name)}")


@styles.command()
@click.argument("name", cls=Argument, metavar="NAME", help="A style that you installed.")
def remove(name: str) -> None:
    """Remove a network that was installed, with all of its styles."""
    say(f"removed {', '.join(gallery.remove(name))}")
