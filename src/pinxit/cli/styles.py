"""``pinxit styles``: list the trained styles with previews; install and remove your own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinxit import images
from pinxit.cli.command import PATH, Argument, Group
from pinxit.cli.progress import colored, printable, put, say
from pinxit.images import Image
from pinxit.styles import gallery
from pinxit.styles.gallery import TrainedStyle

if TYPE_CHECKING:  # rich is imported where something is drawn: no other command needs it
    from rich.console import Group as Rows
    from rich.text import Text

WIDTH, HEIGHT = 28, 14
"""Most columns and lines of a preview; a line has two rows of pixels."""


@click.group(cls=Group, invoke_without_command=True)
@click.option("--plain", is_flag=True, help="Print one name per line.")
@click.pass_context
def styles(context: click.Context, plain: bool) -> None:
    """List the trained styles; install and remove your own."""
    if context.invoked_subcommand:
        return
    installed = gallery.installed()
    if plain:
        for style in installed:
            put(style.name)
    elif not installed:
        say("no style is installed: pinxit train fast --style PICTURE trains one, and pinxit styles add installs it")
    elif sys.stdout and sys.stdout.isatty() and colored() is not False:
        from rich.columns import Columns
        from rich.console import Console

        Console(highlight=False).print(Columns([_entry(style) for style in installed], padding=(1, 2)))
    else:
        for style in installed:
            put(f"{style.name}  {style.credit}".rstrip())


@styles.command()
@click.argument("network", cls=Argument, type=PATH, metavar="FILE", help="A network that pinxit train fast wrote.")
def add(network: Path) -> None:
    """Install the styles of a network, so that --style takes their names."""
    for style in gallery.add(network):
        say(f"installed: pinxit stylize PHOTO --style {shlex.quote(style.name)}")


@styles.command()
@click.argument("name", cls=Argument, metavar="NAME", help="A style that you installed.")
def remove(name: str) -> None:
    """Remove an installed network with all of its styles."""
    say(f"removed {', '.join(gallery.remove(name))}")


def _entry(style: TrainedStyle) -> Rows:
    """Return a style's thumbnail, name, artist and title, one below the other."""
    from rich.console import Group as Rows
    from rich.text import Text

    lines = [Text(printable(style.name), style="bold")]
    facts = [str(style.facts[key]) for key in ("artist", "title") if style.facts.get(key)]
    lines += [Text(printable(fact), style="dim") for fact in facts]
    for line in lines:
        line.truncate(WIDTH, overflow="ellipsis")
    return Rows(preview(style.thumbnail), *lines)


def preview(image: Image) -> Text:
    """Return a picture, (H, W, 3) in [0, 1], as colored half blocks, at most `WIDTH` columns and `HEIGHT` lines."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    height, width = image.shape[:2]
    scale = min(WIDTH / width, 2 * HEIGHT / height)
    rows, columns = max(2, 2 * round(height * scale / 2)), max(1, round(width * scale))
    pixels = (255 * images.resize(image, (rows, columns))).round().astype(int).tolist()
    text = Text()
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
        text.append("\n")
    return text[: len(text) - 1]
