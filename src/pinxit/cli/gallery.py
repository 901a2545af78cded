"""``pinxit styles``: the taught styles that there are, with a preview; and those of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.color import Color
from rich.columns import Columns
from rich.console import Console, Group
from rich.style import Style
from rich.text import Text

from pinxit import gallery, images
from pinxit.cli.speech import say
from pinxit.gallery import Taught
from pinxit.stylizer import Image

WIDTH, HEIGHT = 28, 14
"""Most columns and lines of a preview; a line has two rows of pixels."""

styles = typer.Typer(help="List the taught styles; add and remove your own.", invoke_without_command=True)


@styles.callback()
def listed(
    context: typer.Context, plain: Annotated[bool, typer.Option("--plain", help="Print one name a line.")] = False
) -> None:
    """List the taught styles: those of the gallery, and your own."""
    if context.invoked_subcommand:
        return
    found = gallery.installed()
    if plain:
        for style in found:
            print(style.name)
        return
    console = Console(highlight=False)
    if not found:
        say("no style is installed: pinxit train fast --style PICTURE makes one, and pinxit styles add installs it")
    elif console.color_system and console.is_terminal:
        console.print(Columns([_shown(style) for style in found], padding=(1, 2)))
    else:
        for style in found:
            console.print(Text.assemble(style.name, f"  {style.credit}" if style.credit else ""), soft_wrap=True)


def add(
    network: Annotated[Path, typer.Argument(metavar="FILE", help="A network that pinxit train fast wrote.")],
) -> None:
    """Install the styles of a network, to be painted with by name."""
    for style in gallery.add(network):
        say(f"installed: pinxit stylize PHOTO --style {_quoted(style.name)}")


def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="A style that you installed.")]) -> None:
    """Remove a network that was installed, with all of its styles."""
    say(f"removed {', '.join(gallery.remove(name))}")


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _shown(style: Taught) -> Group:
    caption = Text(style.name, style="bold", no_wrap=True, overflow="ellipsis")
    lines = [Text(line, style="dim") for line in (str(style.facts.get(key, "")) for key in ("artist", "title")) if line]
    for line in lines:
        line.truncate(WIDTH, overflow="ellipsis")
    return Group(preview(style.thumbnail), caption, *lines)


def preview(image: Image) -> Text:
    """Return a picture, (H, W, 3) in [0, 1], as colored half blocks, at most `WIDTH` columns and `HEIGHT` lines."""
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


styles.command()(add)
styles.command()(remove)
