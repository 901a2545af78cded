"""Sheets of pictures, maps and charts, large enough to be read on a phone, on their own light ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.options import Output
from pinxit.explain.pair import Pair
from pinxit.images import Image

WIDTH, DPI = 6.0, 150
"""Inches, and pixels an inch: 900 px wide."""
PAPER, INK = "#faf8f3", "#26221e"
PHOTO, PAINTING, RESULT = "#2f6f9f", "#c8742b", "#7a2e22"
"""Colors of what belongs to p, a and x."""
RULES: Any = {  # matplotlib names every key of it in a type
    "font.size": 13,
    "axes.titlesize": 13,
    "axes.facecolor": PAPER,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "mathtext.fontset": "dejavusans",
}
WEBP = Output(quality=84)


def sheet(rows: int, columns: int, height: float, **grid: object) -> tuple[Figure, NDArray[np.object_]]:
    """Return a figure of ``height`` inches and its axes, (rows, columns); ``grid`` as for ``Figure.subplots``."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **grid)  # type: ignore[call-overload]
    return figure, np.asarray(axes, np.object_)


def merged(figure: Figure, axes: NDArray[np.object_], columns: int = 1) -> list[Axes]:
    """Put so many axes in place of a row of them."""
    cells = axes[0].get_subplotspec()
    row = cells.get_gridspec()[cells.rowspan.start, :].subgridspec(1, columns)
    for each in axes:
        each.remove()
    return [figure.add_subplot(row[0, column]) for column in range(columns)]


def picture(axes: Axes, image: Image, title: str = "", below: str = "", color: str = INK) -> None:
    """Show an image, (H, W, 3) in [0, 1]."""
    axes.imshow(np.clip(image, 0, 1), interpolation="lanczos" if min(image.shape[:2]) > 64 else "nearest")
    _bare(axes, title, below, color)


def plane(axes: Axes, values: NDArray[np.float32], title: str = "", below: str = "", top: float | None = None) -> None:
    """Show a map or a matrix, (H, W), from 0, dark, to ``top``, light; by default its own greatest value."""
    axes.imshow(values, cmap="magma", vmin=0, vmax=top, interpolation="nearest")
    _bare(axes, title, below, INK)


def box(axes: Axes, x: float, y: float, width: float, height: float, color: str = "#ff4d2e") -> None:
    """Draw a frame around a part of the picture in ``axes``, in its pixels."""
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), width, height, fill=False, edgecolor="white", linewidth=3.2))
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), width, height, fill=False, edgecolor=color, linewidth=1.8))


def empty(axes: Axes, text: str = "") -> None:
    """Leave a place of the sheet empty, or write in its middle."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=22, color=INK, transform=axes.transAxes)


def lines(axes: Axes, curves: Mapping[str, Sequence[float]], colors: Sequence[str]) -> None:
    """Draw positive values by step, from step 1, on a logarithmic scale."""
    for (name, values), color in zip(curves.items(), colors, strict=True):
        axes.semilogy(range(1, len(values) + 1), values, color=color, linewidth=2.4, label=name)
    axes.legend(fontsize=13)
    axes.margins(x=0.01)


def write(make: Callable[[Pair], Figure], pair: Pair, path: Path) -> None:
    """Make a figure and write it as WebP."""
    with mpl.rc_context(RULES):
        canvas = FigureCanvasAgg(make(pair))
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    images.write(pixels.astype(np.float32) / np.float32(255), path, output=WEBP)


def _bare(axes: Axes, title: str, below: str, color: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_title(title, color=color)
    axes.set_xlabel(below, color=INK)
