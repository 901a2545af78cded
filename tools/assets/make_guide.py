"""Make the figures of the guide, docs/pictures/guide/NAME.webp, from the example pictures.

::

    python tools/assets/make_guide.py                  # all of them: some minutes
    python tools/assets/make_guide.py --only gram film

Needs ``pip install '.[all]'``. Figures made on another processor differ a little, as pictures by descent do.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from figures import descents, drawing, judging, material, measures, passes
from matplotlib.figure import Figure

from pinxit.explain.pair import Pair

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "guide"
FIGURES: dict[str, Callable[[Pair], Figure]] = {
    "features": measures.features,
    "content": measures.content,
    "gram": measures.grams,
    "descent": descents.descent,
    "layers": descents.layers,
    "levels": descents.levels,
    "neighbors": descents.neighbors,
    "controls": passes.controls,
    "adain": passes.adain,
    "network": passes.network,
    "trained": passes.trained,
    "film": passes.film,
    "scores": judging.scores,
    "votes": judging.votes,
    "rounding": descents.rounding,
}
"""By the names of their files."""


def main(arguments: list[str] | None = None) -> None:
    """Write the figures and print their names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=FIGURES, help="only these figures")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    asked = parser.parse_args(arguments)
    pair = material.pair()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.only or FIGURES:
        path = asked.out / f"{name}.webp"
        drawing.write(FIGURES[name], pair, path)
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)", flush=True)


if __name__ == "__main__":
    main()
