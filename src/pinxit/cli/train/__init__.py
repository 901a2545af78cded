"""``pinxit train``: one module for each of its commands."""

from __future__ import annotations

import click

from pinxit.cli.command import Group
from pinxit.cli.train.adain import adain
from pinxit.cli.train.export import export
from pinxit.cli.train.fast import fast
from pinxit.cli.train.gallery import gallery
from pinxit.cli.train.pack import pack


@click.group(cls=Group)
def train() -> None:
    """Train the one-pass networks."""


for command in (fast, gallery, adain, export, pack):
    train.add_command(command)
