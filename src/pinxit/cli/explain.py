"""``pinxit explain``: write a page that explains style transfer with two pictures."""

from pathlib import Path

import click

from pinxit.cli.command import PATH, QUIET, Argument, Command
from pinxit.cli.interrupt import Interrupt
from pinxit.cli.progress import ProgressBar, say
from pinxit.errors import BadOption, MissingExtra
from pinxit.files import atomic
from pinxit.images.sources import SUFFIXES


@click.command("explain", cls=Command)
@click.argument("photo", cls=Argument, type=PATH, metavar="PHOTO", help="The photo.")
@click.argument("painting", cls=Argument, type=PATH, metavar="PAINTING", help="The style picture.")
@click.option(
    "--output", "-o", type=PATH, default="explain.html", show_default=True, metavar="FILE", help="Page to write."
)
@click.option("--quick", is_flag=True, help="Compute smaller pictures and fewer steps: a third of the time.")
@QUIET
def write_page(photo: Path, painting: Path, output: Path, quick: bool, quiet: bool) -> None:
    """Explain style transfer with your own two pictures, on one web page that needs no net."""
    if output.suffix.lower() in SUFFIXES:
        raise BadOption(f"{output.name} has the ending of a picture, but would be a page: end its name in .html")
    atomic.check(output, protect=[photo, painting])
    try:
        from pinxit.explain.explain import explain
        from pinxit.explain.pair import FULL, QUICK
    except ImportError as error:
        raise MissingExtra("explaining", "optimize") from error
    with Interrupt(), ProgressBar(photo.name, quiet) as bar:

        def watch(words: str, share: float) -> None:
            bar.show_share(words, share, now=not share)

        page = explain(photo, painting, sizes=QUICK if quick else FULL, watch=watch).encode()
    atomic.save(page, output, protect=[photo, painting])
    if not quiet:
        say(f"wrote {output} ({len(page) / 1e6:.1f} MB), a page for a browser")
