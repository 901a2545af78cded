"""How results are judged, chapter 11: four distances, and blind votes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from figures import drawing, material
from pinxit import images
from pinxit.api import Stylizer
from pinxit.explain.pair import Pair
from pinxit.metrics.distances import Scorer

VOTES = Path(__file__).parents[3] / "benchmarks" / "results" / "votes.md"
COUNTS = re.compile(r"(\d+) : (\d+) \((\d+)% to (\d+)%\)")


def scores(pair: Pair) -> Figure:
    """Photo, one pass, descent and painting, with their four numbers."""
    photo, painting = pair.at(pair.sizes.picture)
    copy = images.resize(painting, (photo.shape[0], photo.shape[1]))
    shown = {
        "p": photo,
        "adain": Stylizer(painting, method="adain", size=pair.sizes.picture)(photo).image,
        "optimize": np.clip(material.run(pair, "neighbors").image, 0, 1),
        "a": copy,
    }
    scorer = Scorer(size=pair.sizes.picture)
    figure, axes = drawing.sheet(2, len(shown), 3.0, height_ratios=(1, 1.1))
    for (above, below), (name, image) in zip(axes.T, shown.items(), strict=True):
        drawing.picture(above, image, name)
        score = scorer.score(photo, painting, image)
        values = {"content": score.content, "style": score.style, "patches": score.patch_precision, "SSIM": score.ssim}
        for number, (word, value) in enumerate(values.items()):
            below.text(0.0, 0.95 - 0.24 * number, word, fontsize=11.5, va="top", color=drawing.INK)
            below.text(1.0, 0.95 - 0.24 * number, f"{value:.2f}", fontsize=13, va="top", ha="right", weight="bold")
        below.set_axis_off()
    return figure


def votes(pair: Pair) -> Figure:
    """The blind votes on record: how many pairs each judge gave to ``adain``, with Wilson's 95% interval."""
    rows = [COUNTS.findall(line) for line in VOTES.read_text(encoding="utf-8").splitlines() if COUNTS.search(line)]
    counts = [[int(number) for number in each] for row in rows for each in row]
    figure, ((axes,),) = drawing.sheet(1, 1, 2.5)
    for place, (won, lost, low, high) in enumerate(counts):
        y, of = -place - 0.5 * (place // 2), won + lost
        axes.barh(y, won / of, color=drawing.RESULT, height=0.8)
        axes.barh(y, lost / of, left=won / of, color="#cfc6b8", height=0.8)
        axes.plot((low / 100, high / 100), (y - 0.28, y - 0.28), color="#f5b82e", linewidth=3)
        axes.text(0.02, y, str(won), color="white", va="center", weight="bold")
        axes.text(0.98, y, str(lost), color=drawing.INK, va="center", ha="right", weight="bold")
    axes.axvline(0.5, color=drawing.PAPER, linewidth=1.5, linestyle=":")
    labels = [str(number + 1) for number in range(len(rows))]
    axes.set_yticks([-0.5 - 2.5 * number for number in range(len(labels))], labels, fontsize=16)
    axes.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
    axes.set_xlim(0, 1)
    axes.spines[:].set_visible(False)
    return figure
