"""Make the example pictures of the studio's page: paintings and photos.

::

    python tools/assets/make_studio_pictures.py            # into src/pinxit/studio/static/pictures

The paintings are those of `make_pictures`. The lake is the photo in examples/pictures, whose file is not changed; the
cat and the coffee are CC0 photos from scikit-image.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from make_pictures import Picture, content, make_style
from painting import STYLES
from PIL import Image

FOLDER = Path(__file__).parents[2] / "src" / "pinxit" / "studio" / "static" / "pictures"
PAINTING, PAINTING_SMALL = 640, 192  # px, long side
PHOTO_SMALL = 128  # shown at up to 64 px, on screens of two pixels each
LAKE = Path(__file__).parents[2] / "examples" / "pictures" / "lake.jpg"
PHOTOS = {"cat": "chelsea", "coffee": "coffee"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", help="names to make (default: all)")
    only = parser.parse_args().only
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in STYLES:
        if not only or name in only:
            picture = shot(make_style(name, 2 * PAINTING))
            write(picture, PAINTING, f"{name}.webp", quality=82, method=6)
            write(square(picture), PAINTING_SMALL, f"{name}-small.webp", quality=80, method=6)
    for name in PHOTOS:
        if not only or name in only:
            picture = shot(content(PHOTOS[name]))
            write(picture, max(picture.size), f"{name}.jpg", quality=88)
            write(square(picture), PHOTO_SMALL, f"{name}-small.jpg", quality=85)
    if not only or LAKE.stem in only:
        shutil.copy(LAKE, FOLDER)
        write(square(Image.open(LAKE)), PHOTO_SMALL, f"{LAKE.stem}-small.jpg", quality=85)


def shot(picture: Picture) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def square(picture: Image.Image) -> Image.Image:
    """Cut the middle out."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def write(picture: Image.Image, side: int, name: str, **options: Any) -> None:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small.save(FOLDER / name, **options)


if __name__ == "__main__":
    main()
