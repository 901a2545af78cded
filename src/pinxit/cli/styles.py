"""``pinxit code``: keep a style in a small file; ``pinxit sheet``: one photo in many styles."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

import pinxit
from pinxit import images
from pinxit.batch import sheet
from pinxit.cli.command import PATH, QUIET, Argument, Command, takes_method
from pinxit.cli.flags import takes_options
from pinxit.cli.progress import ProgressBar, say
from pinxit.config.options import Output, specs
from pinxit.config.schema import CODE_GROUPS, STYLIZE_GROUPS
from pinxit.errors import BadOption
from pinxit.files import atomic
from pinxit.images.encoding import format_of
from pinxit.images.sources import SUFFIXES
from pinxit.styles import gallery


@click.command(cls=Command)
@click.argument("painting", cls=Argument, type=PATH, metavar="PAINTING", help="The painting.")
@click.option("--output", "-o", type=PATH, metavar="FILE", help="File to write (default: NAME.style here).")
@takes_options(CODE_GROUPS)
def code(painting: Path, output: Path | None, **options: Any) -> None:
    """Keep the style of a painting in a file of a few kilobytes, that --style takes in place of the painting."""
    target = output or Path(f"{painting.stem}.style")
    if target.suffix.lower() in SUFFIXES:
        raise BadOption(f"{target.name} would be no picture, but a style code: end its name in .style")
    atomic.check(target, protect=[painting])
    pinxit.code(painting, **options).save(target)
    typed = shlex.quote(str(target))
    say(f"wrote {target} ({target.stat().st_size / 1000:.1f} kB): pinxit stylize PHOTO --style {typed}")


@click.command("sheet", cls=Command)
@click.argument("photo", cls=Argument, type=PATH, metavar="PHOTO", help="The photo.")
@click.argument(
    "styles",
    cls=Argument,
    nargs=-1,
    type=PATH,
    metavar="STYLE...",
    help="Paintings, style codes, or names of trained styles; without any, all that pinxit styles lists.",
)
@click.option(
    "--output",
    "-o",
    type=PATH,
    default="sheet.png",
    show_default=True,
    metavar="FILE",
    help="Picture to write.",
)
@click.option("--interpolate", is_flag=True, help="Go from style to style: a row between two, a square between four.")
@click.option("--between", default=sheet.STEPS, show_default=True, metavar="N", help="Pictures from one to the next.")
@takes_method(f"fast for trained styles, {sheet.METHOD} for pictures")
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
    **options: Any,
) -> None:
    """Paint one photo in several styles, or in all taught ones, on one sheet; or on the way between them."""
    format_of(output)
    protect = [photo, *styles]
    atomic.check(output, protect=protect)
    written = Output(**{name: options.pop(name) for name in specs(Output) if name in options})
    if not interpolate and between != sheet.STEPS:
        raise BadOption("--between is for --interpolate")
    chosen = list(styles) or gallery.installed()
    with ProgressBar(photo.name, quiet) as bar:

        def watch(done: int, of: int) -> None:
            bar.show(f"{done} of {of}", done, of)

        paint = {"method": method, "watch": watch, **options}
        image = sheet.between(photo, chosen, between, **paint) if interpolate else sheet.sheet(photo, chosen, **paint)
    images.write(image, output, output=written, protect=protect)
    if not quiet:
        say(f"wrote {output} ({image.shape[1]} x {image.shape[0]})")
