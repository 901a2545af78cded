"""``pinxit recipe``: print how a painted picture was made."""

from pathlib import Path

import click

from pinxit import images
from pinxit.cli.command import PATH, Argument, Command
from pinxit.cli.progress import put


@click.command(cls=Command)
@click.argument("picture", cls=Argument, type=PATH, help="A picture that pinxit painted.")
def recipe(picture: Path) -> None:
    """Print the recipe inside a painted picture, as JSON."""
    put(images.read_recipe(picture))
