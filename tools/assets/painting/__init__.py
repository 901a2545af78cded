"""Functions in NumPy that each draw one picture in its own style from a seed.

``STYLES`` names them, with the height of each picture over its width.
"""

from __future__ import annotations

from collections.abc import Callable

from painting import aquarelle, comic, craft, dabs, ink, oils, ornament, planes, prints
from painting.canvas import Canvas

STYLES: dict[str, tuple[Callable[[Canvas], None], float]] = {
    **oils.STYLES,
    **dabs.STYLES,
    **planes.STYLES,
    **prints.STYLES,
    **ornament.STYLES,
    **ink.STYLES,
    **aquarelle.STYLES,
    **comic.STYLES,
    **craft.STYLES,
}
