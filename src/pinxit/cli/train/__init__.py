"""``pinxit train``: the commands that train the one-pass networks, and those that export and pack."""

import click

from pinxit.cli.command import Group

COMMANDS = {
    "fast": "train.styles:fast", "gallery": "train.styles:gallery", "adain": "train.adain:adain",
    "export": "train.adain:export", "pack": "train.adain:pack",
}  # fmt: skip


@click.group(cls=Group, targets=COMMANDS)
def train() -> None:
    """Train the one-pass networks."""
