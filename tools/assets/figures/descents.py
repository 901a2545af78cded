"""Descents on pixels: chapters 4 to 6, and what rounding does to them, chapter 12."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch

from figures import drawing, material
from pinxit.api import Stylizer
from pinxit.config.options import STYLE_LAYERS
from pinxit.explain import neighbors as explained
from pinxit.explain.pair import Pair, tensor
from pinxit.images import Image, color
from pinxit.methods.optimize.losses import RelativeStyle, Style
from pinxit.methods.optimize.neighbors import STRIDE
from pinxit.nn.gram import gram

ARROWS = ((0.2, 0.12), (0.3, 0.75), (0.5, 0.45), (0.6, 0.9), (0.72, 0.2), (0.88, 0.6))
"""Places of the result, (row, column) as shares of its sides, whose models are shown."""
SHOWN = 5
"""Pictures of the descent."""
PATCH = 5
"""Side of the boxes, places."""
STEPS = 20
"""Of the largest level."""
NUDGE = 1e-6
"""By which one pixel differs."""
TINY = 1e-5  # gray levels: the lowest that the chart shows


def descent(pair: Pair) -> Figure:
    """The losses at every step, and the picture at five steps."""
    run = material.run(pair, "main")
    figure, axes = drawing.sheet(2, SHOWN, 3.6, height_ratios=(2.4, 1))
    (chart,) = drawing.merged(figure, axes[0])
    places = np.linspace(0, len(run.frames) - 1, SHOWN).round().astype(int)
    shown = [run.frames[place] for place in places]
    curves = {r"$\alpha$ L$_{content}$": [each["content"] for each in run.curve]}
    curves[r"$\beta$ L$_{style}$"] = [each["style"] for each in run.curve]
    drawing.lines(chart, curves, (drawing.PHOTO, drawing.PAINTING))
    for place, (step, image) in zip(axes[1], shown, strict=True):
        chart.axvline(step, color=drawing.INK, linewidth=0.8, linestyle=":")
        drawing.picture(place, image, below=str(step))
    return figure


@torch.no_grad()
def layers(pair: Pair) -> Figure:
    """The style loss of the photo by layer, as published and relative to the target."""
    pictures = pair.at(pair.sizes.picture)
    photo, painting = (dict(pair.network.walk(tensor(image))) for image in pictures)
    figure, axes = drawing.sheet(1, 2, 2.6)
    kinds: dict[str, type[Style | RelativeStyle]] = {"gatys": Style, "relative": RelativeStyle}
    for place, (title, make) in zip(axes[0], kinds.items(), strict=True):
        values = [float(make(gram(painting[name])[0])(photo[name])) for name in STYLE_LAYERS]
        place.barh(STYLE_LAYERS, values, color=drawing.PAINTING, log=make is Style)
        place.invert_yaxis()
        place.set_title(title)
    axes[0, 1].set_yticklabels([])
    return figure


def levels(pair: Pair) -> Figure:
    """The photo, recolored, and the pictures at the end of each level."""
    photo, painting = pair.at(pair.sizes.picture)
    options = {"losses": "relative", "init": "recolored", "levels": 3, "steps": STEPS, "size": pair.sizes.picture}
    stylizer = Stylizer(painting, method="optimize", **options)  # type: ignore[arg-type]
    ends: dict[int, Image] = {}
    for step in stylizer.steps(photo):
        ends[max(step.size)] = step.preview()
    figure, axes = drawing.sheet(2, 3, 3.2)
    drawing.picture(axes[0, 0], photo, below="p")
    drawing.picture(axes[0, 1], painting, below="a")
    drawing.picture(axes[0, 2], color.coral(photo, painting), below="x'")
    for place, (side, image) in zip(axes[1], ends.items(), strict=True):
        drawing.picture(place, image, below=f"{side} px")
    return figure


def neighbors(pair: Pair) -> Figure:
    """Places of a result, and the places of the painting that they took after."""
    result = np.clip(material.run(pair, "neighbors").image, 0, 1)
    _, painting = pair.at(pair.sizes.picture)
    found: dict[str, Any] = explained.matches(pair, result)
    (rows, columns), trim = found["grid"], found["trim"]
    figure, axes = drawing.sheet(1, 2, 2.9)
    left, right = axes[0]
    drawing.picture(left, result, below="x")
    drawing.picture(right, painting, below="a")
    for number, (down, across) in enumerate(ARROWS):
        row, column = int(down * rows), int(across * columns)
        there = divmod(found["index"][row * columns + column], found["of"][1])
        shade = f"C{number}"
        here = _boxed(left, result, ((row + 0.5) / rows, (column + 0.5) / columns), shade)
        shares = [trim + (1 - 2 * trim) * (at + 0.5) / of for at, of in zip(there, found["of"], strict=True)]
        model = _boxed(right, painting, (shares[0], shares[1]), shade)
        arrow = ConnectionPatch(here, model, "data", "data", axesA=left, axesB=right, arrowstyle="-|>", color=shade)
        arrow.set_linewidth(2)
        figure.add_artist(arrow)
    return figure


def _boxed(axes: Axes, image: Image, center: tuple[float, float], shade: str) -> tuple[float, float]:
    """Frame a place of a picture, whose center is given as shares of its sides; return the center, (x, y) in px."""
    height, width = image.shape[:2]
    side = PATCH * STRIDE
    x, y = center[1] * width, center[0] * height
    drawing.box(axes, x - side / 2, y - side / 2, side, side, shade)
    return x, y


def rounding(pair: Pair) -> Figure:
    """How two descents part whose photos differ by a millionth at one pixel."""
    side = pair.sizes.comparison
    photo, painting = pair.at(side)
    nudged = photo.copy()
    nudged[len(photo) // 2, len(photo[0]) // 2] += NUDGE
    options = {"losses": "relative", "init": "recolored", "levels": 1, "steps": pair.sizes.steps, "size": side}
    stylizer = Stylizer(painting, method="optimize", **options)  # type: ignore[arg-type]
    pairs = zip(*([step.preview() for step in stylizer.steps(each)] for each in (photo, nudged)), strict=True)
    gaps = [np.abs(one - other) * 255 for one, other in pairs]
    figure, axes = drawing.sheet(1, 2, 2.5, width_ratios=(1.2, 1))
    curves = {
        "max": [max(float(gap.max()), TINY) for gap in gaps],
        "mean": [max(float(gap.mean()), TINY) for gap in gaps],
    }
    drawing.lines(axes[0, 0], curves, (drawing.RESULT, drawing.PHOTO))
    drawing.plane(axes[0, 1], gaps[-1].max(2), below=f"0 … {gaps[-1].max():.1f} / 255")
    return figure
