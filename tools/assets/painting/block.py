"""Flat shapes with crisp outlines: what is cut into a block, or laid in enamel."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline  # type: ignore[import-untyped]

from painting.canvas import Array, Canvas

INK = (24, 34, 66)


class Block:
    """Flat shapes with dark outlines, in units of the long side, printed onto a canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.side = canvas.side
        self.image = Image.fromarray((canvas.color * 255).astype(np.uint8))
        self.draw = ImageDraw.Draw(self.image)

    def shape(self, points: Array, fill: str, line: float = 0.0) -> None:
        """A filled polygon, outlined by ``line``."""
        corners = [(float(x), float(y)) for x, y in points * self.side]
        self.draw.polygon(corners, fill=f"#{fill}")
        if line:
            self.draw.line([*corners, corners[0]], fill=INK, width=max(1, round(line * self.side)), joint="curve")

    def circle(self, x: float, y: float, radius: float, fill: str | tuple[int, int, int]) -> None:
        """A disc."""
        box = [(x - radius) * self.side, (y - radius) * self.side, (x + radius) * self.side, (y + radius) * self.side]
        self.draw.ellipse(box, fill=fill if isinstance(fill, tuple) else f"#{fill}")

    def ribbon(self, path: Array, width: Array, fill: str) -> None:
        """A band along ``path`` (N, 2), as wide as ``width`` (N) says, with round ends."""
        slope = np.gradient(path, axis=0)
        normal = np.stack([-slope[:, 1], slope[:, 0]], 1) / (np.hypot(slope[:, 0], slope[:, 1])[:, None] + 1e-9)
        left, right = path + 0.5 * width[:, None] * normal, path - 0.5 * width[:, None] * normal
        for k in range(len(path) - 1):  # piece by piece, since a spiral's outline would cross itself
            self.shape(np.stack([left[k], left[k + 1], right[k + 1], right[k]]), fill)
        for end in (0, -1):
            self.circle(float(path[end, 0]), float(path[end, 1]), 0.5 * float(width[end]), fill)

    def foam(self, blobs: Array, fill: str = "f6f0df") -> None:
        """Discs, rows of (x, y, radius), merged into one outlined shape."""
        for x, y, radius in blobs:
            self.circle(x, y, radius + 0.0028, INK)
        for x, y, radius in blobs:
            self.circle(x, y, radius, fill)

    def print_on(self, canvas: Canvas) -> None:
        canvas.color = np.asarray(self.image, np.float32) / 255


def curve(points: list[tuple[float, float]], count: int = 80) -> Array:
    """A smooth curve through the points: (count, 2)."""
    knots = np.array(points)
    reach = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(knots, axis=0), axis=1)))])
    return np.asarray(CubicSpline(reach, knots)(np.linspace(0, reach[-1], count)), np.float32)
