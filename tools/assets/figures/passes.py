"""One pass of a network, chapters 7 to 9, and films, chapter 10."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from figures import drawing, material
from pinxit import images
from pinxit.api import Stylizer
from pinxit.config.options import Film, Limits
from pinxit.explain.one_pass import LAYER, normalized
from pinxit.explain.pair import Pair, fitted
from pinxit.images import Image
from pinxit.images.inputs import load
from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import Layer, layers, skips
from pinxit.styles import gallery
from pinxit.video import flow
from pinxit.video.api import stylize_video
from pinxit.video.score import score_video

LARGER = 1.5
"""Of pictures by one pass, relative to the others: their strokes need more pixels."""
STRENGTHS = (0.3, 0.6, 1.0)
SHORE = 0.77
"""Share of the photo above the lake."""
CHANNELS = 12
TRAINED = ("starry-night", "great-wave", "stained-glass", "mosaic")
FRAMES, PAN = 5, 0.02
"""Frames of the film, and by how much of its width each one is moved."""
BRIGHT = 0.15
"""Difference of two frames that is shown as the lightest color."""
STEPS = {"down": drawing.PHOTO, "same": "#8d8577", "up": drawing.PAINTING}
"""Colors of the layers, by what they do to the size of the maps."""


def controls(pair: Pair) -> Figure:
    """Three strengths; two styles mixed, a mask, and two styles by regions."""
    side = round(LARGER * pair.sizes.picture)
    photo, painting = pair.at(side)
    second = fitted(load(material.SECOND, Limits())[0], side)
    mask = np.zeros_like(photo)
    mask[: round(SHORE * len(mask))] = 1

    def painted(style: object, **options: object) -> Image:
        return Stylizer(style, method="adain", size=side, **options)(photo).image  # type: ignore[arg-type]

    figure, axes = drawing.sheet(2, 3, 3.2)
    for place, strength in zip(axes[0], STRENGTHS, strict=True):
        drawing.picture(place, painted(painting, strength=strength), below=f"s = {strength:g}")
    drawing.picture(axes[1, 0], painted([(painting, 0.5), (second, 0.5)]), below=r"$\frac{1}{2} a_1 + \frac{1}{2} a_2$")
    drawing.picture(axes[1, 1], mask, below="$T$")
    drawing.picture(axes[1, 2], painted([painting, second], masks=[mask, 1 - mask]), below=r"$T\, a_1,\; (1-T)\, a_2$")
    return figure


def adain(pair: Pair) -> Figure:
    """Means and deviations of some channels of the photo, before and after AdaIN, and of the painting."""
    photo, painting = pair.at(pair.sizes.picture)
    facts: dict[str, Any] = normalized(pair)
    figure, axes = drawing.sheet(2, 3, 4.2, height_ratios=(1, 1.3))
    result = Stylizer(painting, method="adain", size=pair.sizes.picture)(photo).image
    colors = (drawing.PHOTO, drawing.PAINTING, drawing.RESULT)
    for place, image, name, color in zip(axes[0], (photo, painting, result), "pax", colors, strict=True):
        drawing.picture(place, image, name, color=color)
    names = {"mean": "$\\mu$", "std": "$\\sigma$"}
    for place, (key, letter) in zip(drawing.merged(figure, axes[1], 2), names.items(), strict=True):
        place.set_title(f"{letter}, {LAYER}")
        _dots(place, {name: facts[name][key][:CHANNELS] for name in ("before", "after", "target")})
    return figure


def _dots(axes: Axes, values: dict[str, list[float]]) -> None:
    """Draw the numbers of some channels: the photo's, those after AdaIN, and around these the painting's."""
    places = np.arange(len(values["before"]))
    axes.vlines(places, values["before"], values["after"], color="#b9b0a3", linewidth=1.5)
    axes.plot(places, values["before"], "o", color=drawing.PHOTO, markersize=7)
    ring = {"markeredgecolor": drawing.PAINTING, "markeredgewidth": 2.2, "markersize": 13}
    axes.plot(places, values["target"], "o", color="none", **ring)  # type: ignore[arg-type]
    axes.plot(places, values["after"], "o", color=drawing.RESULT, markersize=6)
    axes.set_xticks([])
    axes.margins(0.08)


def network(pair: Pair) -> Figure:
    """The transform network: a block for each layer, as tall as its maps and as wide as its channels are many."""
    figure, ((axes,),) = drawing.sheet(1, 1, 3.1)
    shape = Shape()
    x, tops = 0.0, dict[str, tuple[float, float]]()
    for layer in (Layer("p", 0, 3, 0, "same"), *layers(shape), Layer("x", 0, 3, 0, "same")):
        height, width = 0.75**layer.level, 0.012 + 0.009 * layer.outputs**0.55
        color = drawing.RESULT if layer.level == 0 else STEPS[layer.step]
        axes.add_patch(Rectangle((x, -height / 2), width, height, facecolor=color))
        tops[layer.name] = x + width / 2, height / 2
        x += width + 0.026
    for level in skips(shape):
        _arc(axes, tops[f"down{level}"], tops[f"up{level}"])
    for name in "px":
        axes.text(tops[name][0], 0.54, name, ha="center", fontsize=16, color=drawing.RESULT)
    _label(axes, shape, tops)
    axes.set_xlim(-0.03, x)
    axes.set_ylim(-0.98, 0.85)
    axes.set_axis_off()
    return figure


SHIFT = 0.02
GROUND = {"facecolor": drawing.PAPER, "edgecolor": "none", "pad": 1}


def _arc(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "mutation_scale": 12, "color": drawing.INK, "linewidth": 1.2}
    axes.add_patch(FancyArrowPatch(start, end, connectionstyle="arc3,rad=-0.28", **style))  # type: ignore[arg-type]


def _label(axes: Axes, shape: Shape, tops: dict[str, tuple[float, float]]) -> None:
    """Write the sides of the maps and the numbers of channels below the blocks, and where the code comes in."""
    deepest = len(shape.widths)
    middle = float(np.mean([x for name, (x, _) in tops.items() if name.startswith(f"block{deepest}")]))
    named = {1: ("stem", "up1"), **{level: (f"down{level}", f"up{level}") for level in range(2, deepest)}}
    places = {middle: deepest, **{tops[name][0]: level for level, names in named.items() for name in names}}
    for x, level in places.items():
        text = f"1/{2**level}\n{shape.widths[level - 1]}"
        beside = SHIFT if x == tops["stem"][0] else 0  # its neighbor's label is close
        axes.text(x - beside, -0.5, text, ha="center", va="top", fontsize=10, bbox=GROUND)
    first, last = tops["stem"][0], max(x for name, (x, _) in tops.items() if name != "x")
    axes.plot((first, last), (-0.8, -0.8), color=drawing.PAINTING, linewidth=2)
    for name, (x, top) in tops.items():
        if name not in "px":
            axes.plot((x, x), (-0.8, -top), color=drawing.PAINTING, linewidth=0.9, zorder=0)
    text = f"$a \\to c \\in R^{{{shape.code}}} \\to \\sigma(a), \\mu(a)$"
    axes.text((first + last) / 2, -0.83, text, ha="center", va="top", fontsize=14, color=drawing.PAINTING)


def trained(pair: Pair) -> Figure:
    """The photo in some styles of the gallery, each with the picture that it was trained on."""
    side = round(LARGER * pair.sizes.picture)
    photo, _ = pair.at(side)
    styles = gallery.by_name()
    figure, axes = drawing.sheet(2, len(TRAINED), 2.7)
    for (above, below), name in zip(axes.T, TRAINED, strict=True):
        drawing.picture(above, styles[name].thumbnail)
        drawing.picture(below, Stylizer(styles[name], method="fast", size=side)(photo).image, below=name)
    return figure


def film(pair: Pair) -> Figure:
    """Two frames of a film, painted one by one and by pinxit, and what is left after warping one to the other."""
    _, painting = pair.at(pair.sizes.picture)
    figure, axes = drawing.sheet(3, 3, 4.4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "film").mkdir()
        frames = _frames(load(material.PHOTO, Limits())[0], pair.sizes.picture)
        for number, frame in enumerate(frames):
            images.write(frame, folder / "film" / f"{number:03}.png")
        for column, image in enumerate(frames[-2:]):
            drawing.picture(axes[0, column], image, below=("t - 1", "t")[column])
        drawing.empty(axes[0, 2], "$|x_t - W(x_{t-1})|$")
        for row, steadiness in zip(axes[1:], (0.0, Film().steadiness), strict=True):
            painted = folder / f"painted-{steadiness > 0}"
            stylize_video(folder / "film", painting, painted, size=pair.sizes.picture, steadiness=steadiness)
            error = score_video(folder / "film", painted).warping
            pictures = [images.read(each)[..., :3] for each in images.find_pictures(painted)[-2:]]
            for place, image in zip(row, pictures, strict=False):
                drawing.picture(place, image)
            drawing.plane(row[2], _left(frames[-2:], pictures), below=f"{1000 * error:.2f} / 1000", top=BRIGHT)
    return figure


def _frames(photo: Image, side: int) -> list[Image]:
    """Return the frames of a film that moves along a photo."""
    step, width = PAN * photo.shape[1], round(photo.shape[1] * (1 - PAN * FRAMES))
    cuts = [photo[:, round(step * number) :][:, :width] for number in range(FRAMES)]
    return [fitted(np.ascontiguousarray(each), side) for each in cuts]


def _left(frames: list[Image], painted: list[Image]) -> NDArray[np.float32]:
    """Return by how much the second painted frame differs from the first one, warped to it; 0 where nothing was."""
    size = painted[0].shape[0], painted[0].shape[1]
    back = flow.estimate(*(flow.gray(each, max(size)) for each in frames)).at(size).back
    gap = np.abs(painted[1] - flow.warp(painted[0], back)).mean(2)
    return np.asarray(np.where(flow.outside(back), 0, gap), np.float32)
