"""Paint the pictures of the README: ``python tools/assets/make_gallery.py OUTDIR METHOD``; optimize takes minutes.

Reads the pictures of ``python tools/assets/make_pictures.py demo/``, paints those missing in OUTDIR, and writes
OUTDIR/gallery-METHOD.jpg: every painting with its photo and its style, small, below.
"""

from __future__ import annotations

import sys
from pathlib import Path

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
SIZE = 512
CELL = 420
SMALL = 96
COLUMNS = 3


def paint(demo: Path, out: Path, method: str, content: str, style: str) -> Path:
    """Paint one pair unless its picture exists; return its path."""
    target = out / f"{content}-{style}-{method}.png"
    if not target.exists():
        photo, painting = demo / "content" / f"{content}.png", demo / "style" / f"{style}.png"
        pinxit.stylize(photo, painting, method=method, size=SIZE).save(target)
    return target


def cover(path: Path, width: int, height: int) -> Image.Image:
    """Return the middle of a picture at exactly ``width`` x ``height`` px."""
    picture = Image.open(path).convert("RGB")
    scale = max(width / picture.width, height / picture.height)
    grown = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    left, top = (grown.width - width) // 2, (grown.height - height) // 2
    return grown.crop((left, top, left + width, top + height))


def gallery(demo: Path, out: Path, method: str) -> Image.Image:
    """Return all pairs as one picture."""
    rows = -(-len(PAIRS) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + SMALL)), "white")
    for place, (content, style) in enumerate(PAIRS):
        x, y = place % COLUMNS * CELL, place // COLUMNS * (CELL + SMALL)
        sheet.paste(cover(paint(demo, out, method, content, style), CELL - 6, CELL - 6), (x, y))
        for number, source in enumerate((demo / "content" / f"{content}.png", demo / "style" / f"{style}.png")):
            sheet.paste(cover(source, SMALL, SMALL - 12), (x + number * (SMALL + 6), y + CELL))
    return sheet


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    out, method = Path(sys.argv[1]), sys.argv[2]
    out.mkdir(parents=True, exist_ok=True)
    gallery(Path("demo"), out, method).save(out / f"gallery-{method}.jpg", quality=88, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
