"""``pinxit sheet``: paint one photo in many styles, side by side."""

from pathlib import Path
from typing import Any

import click

from pinxit import images
from pinxit.batch import sheet
from pinxit.cli.command import PATH, QUIET, Argument, Command, takes_method
from pinxit.cli.flags import takes_options
from pinxit.cli.interrupt import Interrupt
from pinxit.cli.progress import ProgressBar, say
from pinxit.config.options import Output
from pinxit.config.schema import STYLIZE_GROUPS
from pinxit.config.spec import specs
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.images.encoding import format_of
from pinxit.styles import gallery


@click.command("sheet", cls=Command)
@click.argument("photo", cls=Argument, type=PATH, metavar="PHOTO", help="The photo.")
@click.argument(
    "styles",
    cls=Argument,
    nargs=-1,
    type=PATH,
    metavar="STYLE...",
    help="Style pictures, style codes, or names of trained styles; by default every style that pinxit styles lists.",
)
@click.option(
    "--output", "-o", type=PATH, default="sheet.png", show_default=True, metavar="FILE", help="Picture to write."
)
@click.option(
    "--interpolate", is_flag=True, help="Interpolate between two styles in a row, or between four in a square."
)
@click.option(
    "--between",
    default=sheet.STEPS,
    show_default=True,
    metavar="N",
    help="Number of pictures from one style to the next.",
)
@takes_method()
@QUIET
@takes_options(STYLIZE_GROUPS)
def make_sheet(
    photo: Path,
    styles: tuple[Path, ...],
    output: Path,
    interpolate: bool,
    between: int,
    method: str,
    quiet: bool,
    options: dict[str, Any],
) -> None:
    """Paint one photo in several styles, or in every trained style, on one sheet; or interpolate between styles."""
    format_of(output)
    protect = [photo, *styles]
    atomic.check(output, protect=protect)
    written = Output(**{name: options.pop(name) for name in specs(Output) if name in options})
    if not interpolate and between != sheet.STEPS:
        raise BadOption("--between needs --interpolate")
    chosen = list(styles) or gallery.installed()
    with Interrupt(), ProgressBar(photo.name, quiet) as bar:
        paint = {"method": method, "watch": lambda done, of: bar.show(f"{int(done)} of {of}", done, of), **options}
        image = sheet.between(photo, chosen, between, **paint) if interpolate else sheet.sheet(photo, chosen, **paint)
    images.write(image, output, output=written, protect=protect)
    if not quiet:
        say(f"wrote {output} ({image.shape[1]} x {image.shape[0]})")
