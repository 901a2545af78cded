"""``pinxit demo``: paint the photo that comes with pinxit by every installed method, side by side."""

from collections.abc import Callable
from pathlib import Path

import click

from pinxit import images
from pinxit.api import Stylizer
from pinxit.batch import sheet
from pinxit.cli.command import PATH, QUIET, Command
from pinxit.cli.progress import ProgressBar, on_terminal, say
from pinxit.errors import MissingExtra
from pinxit.files import atomic
from pinxit.images.encoding import format_of, has_screen
from pinxit.methods.table import OPTIMIZE
from pinxit.studio import STATIC
from pinxit.styles.gallery import SHIPPED

PHOTO = STATIC / "pictures" / "lake.jpg"
PAINTING = SHIPPED / "starry_night.jpg"
TRAINED = "starry-night"  # of the gallery, and the work that `PAINTING` shows


def _watcher(bar: ProgressBar, names: list[str]) -> Callable[[float, int], None]:
    """Return a function that shows which method paints, and how far it is."""
    begun = -1

    def watch(done: float, of: int) -> None:
        nonlocal begun
        now_at = min(int(done), of - 1)
        bar.show(f"{names[now_at]}, {now_at + 1} / {of}: {done - now_at:.0%}", done, of, now=now_at != begun)
        begun = now_at

    return watch


@click.command(cls=Command)
@click.option(
    "--output", "-o", type=PATH, default="pinxit_demo.jpg", show_default=True, metavar="FILE", help="Picture to write."
)
@click.option(
    "--size",
    type=click.IntRange(16, 2048),
    default=512,
    show_default=True,
    metavar="N",
    help="Long side of each painting, px.",
)
@click.option("--open/--no-open", "opens", default=True, help="Open the picture.")
@QUIET
def demo(output: Path, size: int, opens: bool, quiet: bool) -> None:
    """Paint a photo that comes with pinxit by every method, side by side."""
    format_of(output)
    atomic.check(output)
    adain, fast = Stylizer(PAINTING, size=size), Stylizer(TRAINED, size=size)
    optimize = Stylizer(PAINTING, method=OPTIMIZE.name, size=size, effort="quick")
    stylizers = [adain, fast, optimize]
    try:
        OPTIMIZE.require_packages()
    except MissingExtra as error:
        say(f"{error}; the others paint without them")
        stylizers = [adain, fast]
    names = [stylizer.method.name for stylizer in stylizers]
    with ProgressBar("demo", quiet) as bar:
        image = sheet.compare(PHOTO, stylizers, names, watch=_watcher(bar, names))
    images.write(image, output)
    if not quiet:
        say(f"painted {output} by {', '.join(names)}")
        say("your own: pinxit stylize PHOTO --style PAINTING -o painted.png")
    if opens and on_terminal() and has_screen():
        click.launch(str(output))
