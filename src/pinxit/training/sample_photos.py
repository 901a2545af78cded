"""The photos to train on by default: eight that the package scikit-image carries.

All are in the public domain or under CC0, according to its documentation. Photos like those to be painted train better.
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
"""File in scikit-image's data folder -> its credit."""


def sample_photos() -> list[Path]:
    """Return the photos of the installed scikit-image.

    Raises `MissingExtra` where it is not installed, or no longer has them.
    """
    package = importlib.util.find_spec("skimage")
    folder = Path(package.origin).parent / "data" if package and package.origin else Path()
    photos = [folder / name for name in CREDITS if (folder / name).is_file()]
    if not photos:
        raise MissingExtra("training without --photos", "train")
    return photos
