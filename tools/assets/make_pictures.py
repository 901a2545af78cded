"""Make the example pictures: content photos, and style pictures painted on the spot.

::

    python tools/assets/make_pictures.py OUTDIR                  # all of them
    python tools/assets/make_pictures.py OUTDIR --only swirls    # one
    python tools/assets/make_pictures.py OUTDIR --only swirls chelsea

The photos are those that the package scikit-image carries inside its wheel, all of them in the public
domain or under CC0; nothing is downloaded. The style pictures are our own: see ``painting``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from painting import STYLES
from painting.canvas import Canvas, downsample
from PIL import Image

Picture = NDArray[np.float32]
"""(H, W, 3), sRGB, range [0, 1]."""

OVERSAMPLING = 2  # painted larger by this factor, then averaged, for clean edges

CONTENT = {
    "chelsea": ("chelsea.png", "the cat Chelsea, by Stefan van der Walt, CC0"),
    "coffee": ("coffee.png", "a cup of coffee, by Rachel Michetti, CC0"),
    "astronaut": ("astronaut.png", "the astronaut Eileen Collins, by NASA, public domain"),
    "rocket": ("rocket.jpg", "the launch of DSCOVR, by SpaceX, public domain"),
}
"""Photo -> its file in scikit-image, and its credit."""


def make_style(name: str, size: int = 768, seed: int = 0) -> Picture:
    """Paint the style picture ``name``, its long side ``size`` px: (H, W, 3) in [0, 1].

    The same name, size and seed give the same picture; another size the same scene, another seed
    another variant of the scene. Raises ValueError for an unknown name or a size below 16.
    """
    if name not in STYLES:
        raise ValueError(f"unknown style {name!r}; known are {', '.join(STYLES)}")
    if size < 16:
        raise ValueError(f"size is {size}; it must be at least 16 px")
    paint, ratio = STYLES[name]
    height, width = round(size * min(ratio, 1)), round(size / max(ratio, 1))
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    canvas = Canvas(OVERSAMPLING * height, OVERSAMPLING * width, rng)
    paint(canvas)
    return np.clip(downsample(canvas.color, OVERSAMPLING), 0, 1).astype(np.float32)


def content(name: str) -> Picture:
    """Read the photo ``name`` from the installed scikit-image: (H, W, 3) in [0, 1].

    Raises ValueError for an unknown name, and ModuleNotFoundError without scikit-image.
    """
    if name not in CONTENT:
        raise ValueError(f"unknown photo {name!r}; known are {', '.join(CONTENT)}")
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the example photos come with scikit-image: pip install scikit-image")
    with Image.open(Path(package.origin).parent / "data" / CONTENT[name][0]) as photo:
        return np.asarray(photo.convert("RGB"), np.float32) / np.float32(255)


def save(picture: Picture, path: Path) -> None:
    """Write a picture as PNG; the file appears under its name only once complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    Image.fromarray((picture * 255 + 0.5).astype(np.uint8)).save(part, format="PNG")
    os.replace(part, path)


def main(arguments: list[str] | None = None) -> None:
    """Write ``content/*.png`` and ``style/*.png`` into the given folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("outdir", type=Path, help="folder for content/*.png and style/*.png")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[*STYLES, *CONTENT], help="only these pictures")
    parser.add_argument("--size", type=int, default=768, help="long side of the style pictures, px (default 768)")
    parser.add_argument("--seed", type=int, default=0, help="another variant of the scenes (default 0)")
    asked = parser.parse_args(arguments)
    if asked.size < 16 or asked.seed < 0:
        parser.error("--size must be at least 16, and --seed at least 0")
    for name in asked.only or [*CONTENT, *STYLES]:
        photo = name in CONTENT
        path = asked.outdir / ("content" if photo else "style") / f"{name}.png"
        save(content(name) if photo else make_style(name, asked.size, asked.seed), path)
        print(path)


if __name__ == "__main__":
    main()
