"""Photos to learn from where the user gives none: those that the package scikit-image carries inside its wheel.

Eight of them, all in the public domain or under CC0, as its documentation tells. Few: a network learns from many crops
of them, but photos like those that will be painted are better.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pinxit.errors import MissingExtra

CREDITS = {
    "astronaut.png": "the astronaut Eileen Collins, by NASA, public domain",
    "chelsea.png": "the cat Chelsea, by Stefan van der Walt, CC0",
    "coffee.png": "a cup of coffee, by Rachel Michetti, CC0",
    "rocket.jpg": "the launch of DSCOVR, by SpaceX, public domain",
    "camera.png": "a man with a camera, by Lav Varshney, CC0",
    "brick.png": "a brick wall, by CC0 Textures, CC0",
    "grass.png": "grass, by Linolafett, CC0",
    "gravel.png": "gravel, by CC0 Textures, CC0",
}
"""File in scikit-image's folder of data -> its credit."""


def installed() -> list[Path]:
    """Return the photos of the installed scikit-image.

    Raises `MissingExtra` where it is not installed, or has them no longer.
    """
    package = importlib.util.find_spec("skimage")
    folder = Path(package.origin).parent / "data" if package and package.origin else Path()
    found = [folder / name for name in CREDITS if (folder / name).is_file()]
    if not found:
        raise MissingExtra("training without --photos", "train")
    return found
