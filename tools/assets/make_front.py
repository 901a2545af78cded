"""Make the sheet of the method optimize on the README's first page, docs/pictures/gallery-optimize.jpg.

::

    python tools/assets/make_front.py              # several minutes

Needs ``pip install '.[all]'``. All photos and style pictures are those of ``make_pictures``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from make_pictures import content, make_style
from PIL import Image

import pinxit

PAIRS = (
    ("chelsea", "swirls"),
    ("coffee", "goldleaf"),
    ("astronaut", "mosaic"),
    ("rocket", "woodblock"),
    ("astronaut", "dots"),
    ("chelsea", "inkwash"),
)
"""Photo and style of each cell, row by row."""
COLUMNS, SIDE, INSET, GAP = 3, 416, 96, 6
"""Cells in a row; sides of a painting and of the pictures below it, and the space between cells, px."""
STEPS = SIDE + INSET + 2 * GAP, SIDE + GAP
"""From one cell to the next, down and across, px."""


def square(picture: Image.Image, side: int) -> Image.Image:
    """Return the middle of a picture, ``side`` px wide and high."""
    least = min(picture.size)
    left, top = ((length - least) // 2 for length in picture.size)
    return picture.crop((left, top, left + least, top + least)).resize((side, side), Image.Resampling.LANCZOS)


def main(arguments: list[str] | None = None) -> None:
    """Paint the cells and write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    pictures = Path(__file__).parents[2] / "docs" / "pictures"
    parser.add_argument("--out", type=Path, default=pictures / "gallery-optimize.jpg", help="file to write")
    asked = parser.parse_args(arguments)
    rows = -(-len(PAIRS) // COLUMNS)
    size = COLUMNS * STEPS[1] - GAP, rows * STEPS[0] - GAP
    sheet = Image.new("RGB", size, "white")
    for number, (photo, style) in enumerate(PAIRS):
        top, left = (each * step for each, step in zip(divmod(number, COLUMNS), STEPS, strict=True))
        cell = square(Image.fromarray((content(photo) * 255).astype("uint8")), SIDE)
        painting = make_style(style)
        sheet.paste(pinxit.stylize(cell, painting, method="optimize", size=SIDE).to_pil(), (left, top))
        small = Image.fromarray((painting * 255).astype("uint8"))
        for index, picture in enumerate((cell, small)):
            sheet.paste(square(picture, INSET), (left + index * (INSET + GAP), top + SIDE + GAP))
        print(photo, style, flush=True)
    sheet.save(asked.out, quality=85, optimize=True, progressive=True)
    print(f"{asked.out} ({asked.out.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
