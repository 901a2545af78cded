"""What all pictures are drawn on: coordinates, noise, palettes, light and grain.

Lengths are in units of the picture's long side, so that a picture looks the same at every size.
Colors are float32 sRGB in [0, 1]; geometry may be of either precision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]

Array = NDArray[np.floating[Any]]


@dataclass
class Canvas:
    """A picture being painted: its color, its paint's height, and where each pixel lies.

    ``x`` runs from 0 to ``width / side`` and ``y`` downwards from 0 to ``height / side``.
    """

    height: int
    width: int
    rng: np.random.Generator
    color: Array = field(init=False)
    relief: Array = field(init=False)
    x: Array = field(init=False)
    y: Array = field(init=False)

    def __post_init__(self) -> None:
        self.color = np.ones((self.height, self.width, 3), np.float32)
        self.relief = np.zeros((self.height, self.width), np.float32)
        rows, columns = np.mgrid[: self.height, : self.width].astype(np.float32)
        self.x, self.y = (columns + 0.5) / self.side, (rows + 0.5) / self.side

    @property
    def side(self) -> int:
        """The long side, px: the unit of length."""
        return max(self.height, self.width)

    @property
    def extent(self) -> tuple[float, float]:
        """(width, height) in units of the long side."""
        return self.width / self.side, self.height / self.side

    def noise(self, scale: float, octaves: int = 4, gain: float = 0.5) -> Array:
        """Fractal noise with features of size ``scale``: (H, W), mean 0, deviation 1."""
        total = np.zeros((self.height, self.width), np.float32)
        for octave in range(octaves):
            step = scale / 2**octave
            cells = [max(4, round(length / step) + 3) for length in reversed(self.extent)]
            lattice = self.rng.standard_normal(cells).astype(np.float32)
            total += gain**octave * enlarge(lattice, self.height, self.width)
        return np.asarray((total - total.mean()) / (total.std() + 1e-6), np.float32)

    def sample(self, values: Array, points: Array) -> Array:
        """Values of a (H, W, ...) field at ``points``, (..., 2) as x, y in long sides."""
        column = np.clip((points[..., 0] * self.side).astype(np.int32), 0, self.width - 1)
        row = np.clip((points[..., 1] * self.side).astype(np.int32), 0, self.height - 1)
        return np.asarray(values[row, column])

    def scatter(self, spacing: float, margin: float = 0.03) -> Array:
        """Points on a jittered grid, (N, 2) in long sides, in random order."""
        width, height = self.extent
        x, y = np.meshgrid(np.arange(-margin, width + margin, spacing), np.arange(-margin, height + margin, spacing))
        points = np.stack([x.ravel(), y.ravel()], 1)
        points += self.rng.uniform(-0.6, 0.6, points.shape) * spacing
        return np.asarray(self.rng.permutation(points), np.float32)

    def glaze(self, color: ArrayLike, mask: Array) -> None:
        """Cover the color by ``mask``, (H, W) in [0, 1]."""
        self.color += mask[..., None] * (np.asarray(color, np.float32) - self.color)

    def blur(self, values: Array, radius: float) -> Array:
        """Gaussian blur of a (H, W) field with a deviation of ``radius`` long sides."""
        return np.asarray(gaussian_filter(values, radius * self.side, truncate=3.0), np.float32)


def enlarge(lattice: Array, height: int, width: int) -> Array:
    """Smoothly enlarge a small (h, w) field to (height, width)."""
    return np.asarray(Image.fromarray(lattice).resize((width, height), Image.Resampling.BICUBIC), np.float32)


def palette(*colors: str) -> Array:
    """Colors written as ``"1d3461"``: (K, 3)."""
    return np.array([list(bytes.fromhex(color)) for color in colors], np.float32) / 255


def ramp(colors: Array, position: Array) -> Array:
    """Colors along a palette: ``position`` (...) in [0, 1] gives (..., 3)."""
    fine = np.linspace(0, len(colors) - 1, 1024)
    table = np.stack([np.interp(fine, np.arange(len(colors)), colors[:, c]) for c in range(3)], 1)
    return np.asarray(table.astype(np.float32)[np.clip(position * 1023, 0, 1023).astype(np.int32)])


def smoothstep(low: Array | float, high: float, value: Array) -> Array:
    """0 below ``low``, 1 above ``high`` (or the other way round when low > high), smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def jitter(rng: np.random.Generator, colors: Array, light: float, hue: float) -> Array:
    """Vary (N, 3) colors one by one: lightness by ``light``, and each channel by ``hue``."""
    value = 1 + light * rng.standard_normal((len(colors), 1))
    tint = hue * rng.standard_normal((len(colors), 3))
    return np.asarray(np.clip(colors * value + tint, 0, 1), np.float32)


def lit(color: Array, relief: Array, strength: float, gloss: float = 0.0) -> Array:
    """Light thick paint of height ``relief`` (px) from the upper left: diffuse, and ``gloss`` of highlights."""
    smooth = gaussian_filter(relief, 0.7)
    down, right = np.gradient(smooth)
    slope = strength * (down + right) / np.sqrt(1 + (strength * down) ** 2 + (strength * right) ** 2)
    shade = (1 + 0.42 * slope)[..., None]
    highlight = gloss * np.clip(slope - 0.35, 0, 1)[..., None]
    return np.asarray(np.clip(color * shade + highlight, 0, 1), np.float32)


def downsample(color: Array, factor: int) -> NDArray[np.float32]:
    """Average blocks of ``factor`` x ``factor`` pixels."""
    height, width = color.shape[0] // factor, color.shape[1] // factor
    blocks = color[: height * factor, : width * factor].reshape(height, factor, width, factor, 3)
    return np.asarray(blocks.mean((1, 3)), np.float32)
