"""``pinxit train``: one module for each of its commands."""

from __future__ import annotations

import click

from pinxit.cli.command import Group

COMMANDS = {name: f"train.{name}:{name}" for name in ("fast", "gallery", "adain", "export", "pack")}


@click.group(cls=Group, targets=COMMANDS)
def train() -> None:
    """Train the one-pass networks."""
