"""``pinxit code``: encode a style once, into a small file."""

import shlex
from pathlib import Path
from typing import Any

import click

import pinxit
from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import say
from pinxit.config.schema import CODE_GROUPS
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.images.sources import SUFFIXES


@click.command(cls=Command)
@click.argument("painting", cls=Argument, type=PATH, metavar="PAINTING", help="The style picture.")
@click.option("--output", "-o", type=PATH, metavar="FILE", help="File to write (default: NAME.style here).")
@takes_options(CODE_GROUPS)
def code(painting: Path, output: Path | None, options: dict[str, Any]) -> None:
    """Save the style of a picture as a code of about 20 kB, which --style takes in place of the picture."""
    target = output or Path(f"{painting.stem}.style")
    if target.suffix.lower() in SUFFIXES:
        raise BadOption(f"{target.name} has the ending of a picture, but would be a style code: end its name in .style")
    atomic.check(target, protect=[painting])
    pinxit.encode_style(painting, **options).save(target)
    typed = shlex.quote(str(target))
    say(f"wrote {target} ({target.stat().st_size / 1000:.1f} kB): pinxit stylize PHOTO --style {typed}")
