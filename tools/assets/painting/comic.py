"""A printed comic: flat inks, dots in rows, black outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from painting.canvas import Array, Canvas, palette, smoothstep
from painting.planes import edges

Region = tuple[NDArray[np.bool_], str, str, Array]
"""Where it is, its ground, the ink of its dots, and the share that they cover."""

PAPER = palette("fdf6e3")[0]
INK = palette("15120f")[0]
DOTS = 0.0125
"""Distance of two dots, in long sides."""


def comic(canvas: Canvas) -> None:
    """A burst over hills, a city and the sea, in four inks: each region a flat color, or dots of one on another."""
    region = np.zeros(canvas.relief.shape, np.float32)
    canvas.color[:] = PAPER
    for number, (inside, ground, dot, tone) in enumerate(_regions(canvas), 1):
        fill = np.broadcast_to(palette(ground)[0], canvas.color.shape).copy()
        screen = _screen(canvas, tone)
        fill += screen[..., None] * (palette(dot)[0] - fill)
        canvas.color[inside] = fill[inside]
        region[inside] = number
    _outline(canvas, region)
    worn = 0.05 * smoothstep(0.8, 2.5, canvas.noise(0.004, 2)) + 0.03 * canvas.noise(0.25, 2)
    canvas.color = np.clip(canvas.color + worn[..., None] * (PAPER - canvas.color), 0, 1).astype(np.float32)


def _screen(canvas: Canvas, tone: Array) -> Array:
    """The share of ink, (H, W): round dots on a lattice at 45 degrees, which cover ``tone`` of the paper."""
    across = (canvas.x + canvas.y) / np.sqrt(2) / DOTS
    down = (canvas.x - canvas.y) / np.sqrt(2) / DOTS
    distance = np.hypot(across - np.round(across), down - np.round(down))
    radius = np.sqrt(np.clip(tone, 0, 1) / np.pi)
    edge = 1.0 / (DOTS * canvas.side)
    return np.asarray(np.clip((radius - distance) / (2 * edge) + 0.5, 0, 1), np.float32)


def _regions(canvas: Canvas) -> list[Region]:
    """Return them from back to front."""
    x, y = canvas.x, canvas.y
    cx, cy = 0.56, 0.27
    radius, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    rays = np.floor((turn + np.pi) / (2 * np.pi) * 24) % 2 == 0
    spikes = 0.5 + 0.5 * np.abs(((turn + np.pi) / (2 * np.pi) * 13) % 1 * 2 - 1)
    everywhere = np.ones_like(x, bool)
    regions: list[Region] = [
        (everywhere, "39a9e0", "1464b4", np.clip(0.62 - 0.7 * y, 0.02, 0.7)),
        (rays & (radius > 0.1), "ffe14d", "f0912b", np.clip(0.75 * radius, 0.02, 0.6)),
        (radius < 0.23 * spikes, "f2352b", "b0121f", np.clip(2.2 * radius - 0.05, 0.0, 0.6)),
        (radius < 0.165 * spikes, "ffd91a", "f58a1f", np.clip(4 * radius - 0.15, 0.0, 0.6)),
        (radius < 0.095 * spikes, "fffdf2", "ffe14d", 0.0 * x + 0.12),
    ]
    for px, py, size in ((0.16, 0.17, 0.075), (0.90, 0.42, 0.065), (0.27, 0.44, 0.05)):
        regions.append((_cloud(x - px, y - py, size), "ffffff", "8fd0f0", np.clip(6 * (y - py) + 0.1, 0, 0.4)))
    for level, swell, waves, phase, ground, dot in (
        (0.52, 0.055, 7, 0.6, "7b4fb0", "3a2470"), (0.60, 0.05, 9, 2.4, "2fa35a", "0f6a3a")
    ):  # fmt: skip
        top = level + swell * np.sin(waves * x + phase) + 0.4 * swell * np.abs(np.sin(2.3 * waves * x))
        regions.append((y > top, ground, dot, np.clip(4 * (y - top), 0.03, 0.6)))
    regions += _city(x, y)
    sea = y > 0.66 + 0.012 * np.sin(23 * x)
    regions.append((sea, "24b5d8", "0f5fae", np.clip(2.6 * (y - 0.66) + 0.1, 0.05, 0.65)))
    for level, phase in ((0.685, 0.0), (0.715, 1.7)):
        crest = np.abs(y - level - 0.010 * np.sin(31 * x + phase)) < 0.006 * (0.6 + np.sin(13 * x + phase))
        regions.append((crest, "ffffff", "ffffff", 0.0 * x))
    return regions


def _cloud(x: Array, y: Array, size: float) -> NDArray[np.bool_]:
    """A cloud of five puffs on a flat base."""
    puffs = ((-1.3, 0.1, 0.6), (-0.6, -0.35, 0.75), (0.2, -0.55, 0.85), (0.95, -0.2, 0.7), (1.5, 0.15, 0.5))
    inside = np.zeros_like(x, bool)
    for px, py, radius in puffs:
        inside |= np.hypot(x / size - px, y / size - py) < radius
    return np.asarray(inside & (y / size < 0.45))


def _city(x: Array, y: Array) -> list[Region]:
    """Towers with lit windows."""
    towers = (
        (0.06, 0.09, 0.45, "f2352b", "8f0f1f"), (0.17, 0.07, 0.52, "ffd91a", "e0701f"),
        (0.27, 0.10, 0.40, "2f6fd0", "143a8a"),
        (0.76, 0.08, 0.47, "f58a1f", "a8380f"), (0.86, 0.11, 0.38, "d84aa0", "7a1a6a"),
    )  # fmt: skip
    regions: list[Region] = []
    for left, width, top, ground, dot in towers:
        body = (x > left) & (x < left + width) & (y > top)
        shade = np.clip((x - left) / width * 0.9 - 0.15, 0.0, 0.65)
        regions.append((body, ground, dot, shade))
        across, down = (x - left) / width * 3, (y - top - 0.02) / 0.045
        pane = (np.abs(across % 1 - 0.5) < 0.26) & (np.abs(down % 1 - 0.5) < 0.28) & (down > 0) & body
        regions.append((pane, "fff3a0", "ffd91a", 0.0 * x + 0.25))
    return regions


def _outline(canvas: Canvas, region: Array) -> None:
    """Black lines between the regions, thicker here and thinner there."""
    distance = edges(canvas, region)
    width = 0.0026 + 0.0011 * canvas.noise(0.12, 2)
    edge = 1.0 / canvas.side
    canvas.glaze(INK, np.clip((width - distance) / edge + 0.5, 0, 1).astype(np.float32))


STYLES = {"comic": (comic, 0.75)}
