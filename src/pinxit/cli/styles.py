"""``pinxit code``: keep a style in a small file; ``pinxit sheet``: one photo in many styles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import pinxit
from pinxit import atomic, gallery, images, sheet
from pinxit.cli.speech import say
from pinxit.errors import BadOption
from pinxit.images.encoding import format_of
from pinxit.options import METHODS, Output, specs


def code(
    painting: Annotated[Path, typer.Argument(metavar="PAINTING", help="The painting.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write (default: NAME.style here).")
    ] = None,
    **options: Any,
) -> None:
    """Keep the style of a painting in a file of a few kilobytes, that --style takes in place of the painting."""
    target = output or Path(f"{painting.stem}.style")
    atomic.check(target, protect=[painting])
    pinxit.code(painting, **options).save(target)
    say(f"wrote {target} ({target.stat().st_size / 1000:.1f} kB): pinxit stylize PHOTO --style {target}")


def make_sheet(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo.", show_default=False)],
    styles: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="STYLE...",
            help="Paintings, style codes, or names of taught styles; without any, all that pinxit styles lists.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Picture to write.")] = Path(
        "sheet.png"
    ),
    interpolate: Annotated[
        bool, typer.Option("--interpolate", help="Go from style to style: a row between two, a square between four.")
    ] = False,
    between: Annotated[
        int, typer.Option("--between", metavar="N", help="Pictures from one to the next.")
    ] = sheet.STEPS,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="METHOD",
            help=f"One of: {', '.join(METHODS)} (default: fast for taught styles, {sheet.METHOD} for pictures).",
            show_default=False,
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but warnings and errors.")] = False,
    **options: Any,
) -> None:
    """Paint one photo in several styles, or in all taught ones, on one sheet; or on the way between them."""
    format_of(output)
    atomic.check(output, protect=[photo, *(styles or [])])
    written = {name: options.pop(name) for name in specs(Output) if name in options}

    def watch(done: int, of: int) -> None:
        if not quiet:
            say(f"{done} of {of}")

    if not interpolate and between != sheet.STEPS:
        raise BadOption("--between is for --interpolate")
    paint = {"method": method, "watch": watch, **options}
    chosen = styles or gallery.installed()
    image = sheet.between(photo, chosen, between, **paint) if interpolate else sheet.sheet(photo, chosen, **paint)
    images.write(image, output, output=Output(**written))
    say(f"wrote {output} ({image.shape[1]} x {image.shape[0]})")
