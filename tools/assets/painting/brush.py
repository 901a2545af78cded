"""Brush strokes by the ten thousand: ribbons swept along paths, later ones covering earlier ones.

A stroke is a path with a width. All strokes of a layer are swept at once: every sample (along, across)
of every stroke is a pixel write, in painting order, of the sample's own number. What remains visible is
then colored in one go, so that hidden paint costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from painting.canvas import Array, Canvas, jitter

CHUNK = 150_000  # samples swept at once: they stay in the processor's cache
BRUSHES = 64  # different sets of bristles
BRISTLES = 48  # samples across one brush


@dataclass(frozen=True)
class Brush:
    """How the paint sits: ``streak`` of color between bristles, ``dry`` share of bristles that run out
    of paint, ``body`` of the relief, ``tip`` how pointed the ends are (0 blunt, 1 pointed)."""

    streak: float = 0.10
    dry: float = 0.3
    body: float = 1.0
    tip: float = 0.3
    opacity: float = 1.0


def trace(
    canvas: Canvas, flow: Array, starts: Array, length: Array | float, points: int = 9, regions: Array | None = None
) -> Array:
    """Paths that follow ``flow``, (H, W, 2) unit vectors, through ``starts`` (N, 2): (N, points, 2).

    A path ends early where it would leave the region it starts in, by the labels ``regions`` (H, W).
    """
    half = points // 2
    step = (np.broadcast_to(np.asarray(length, np.float32), len(starts)) / (points - 1))[:, None]
    path = np.empty((len(starts), points, 2), np.float32)
    path[:, half] = starts
    home = None if regions is None else canvas.sample(regions, starts)
    for sign, indices in ((1, range(half + 1, points)), (-1, range(half - 1, -1, -1))):
        at, last = starts, None
        for index in indices:
            direction = canvas.sample(flow, at)
            if last is not None:  # a field of lines has no front: go on the way we came
                direction = direction * np.where((direction * last).sum(1, keepdims=True) < 0, -1, 1)
            ahead, last = at + sign * step * direction, direction
            if regions is not None:
                ahead = np.where((canvas.sample(regions, ahead) == home)[:, None], ahead, at)
            at = ahead
            path[:, index] = at
    return path


def heading(angle: Array) -> Array:
    """Unit vectors (..., 2) of angles in radians."""
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def along(potential: Array) -> Array:
    """Unit vectors (H, W, 2) along the level lines of a (H, W) field: its curl."""
    down, right = np.gradient(potential)
    size = np.hypot(down, right) + 1e-12
    return np.stack([down / size, -right / size], -1).astype(np.float32)


def lay(
    canvas: Canvas, path: Array, width: Array | float, color: Array, brush: Brush = Brush(), tooth: Array | None = None
) -> None:
    """Paint strokes on the canvas: ``path`` (N, P, 2), full ``width`` (N) and ``color`` (N, 3), in order.

    ``tooth``, (H, W) in [0, 1], is how much of the paint the ground takes: 1 everywhere if None.
    """
    widths = np.broadcast_to(np.asarray(width, np.float32), len(path)) * canvas.side
    bristles = _bristles(canvas.rng)
    stroke, t, v = _sweep(canvas, path * canvas.side, widths, brush, bristles)
    seen = np.flatnonzero(stroke >= 0)
    stroke, t, v = stroke[seen], t[seen], v[seen]
    edge = np.sqrt(np.clip(1 - v * v, 0, 1))
    streak = bristles[stroke % BRUSHES, ((v + 1) / 2 * (BRISTLES - 1)).astype(np.int32)]
    paint = color[stroke] * (1 + brush.streak * streak)[:, None]
    flat, relief = canvas.color.reshape(-1, 3), canvas.relief.reshape(-1)
    taken = np.float32(brush.opacity) if tooth is None else brush.opacity * tooth.reshape(-1)[seen, None]
    flat[seen] += taken * (paint - flat[seen])
    thick = brush.body * np.clip(widths[stroke], 1, 24) * (0.35 * edge + 0.10 * streak + 0.10 * t)
    relief[seen] = 0.4 * relief[seen] + thick


def _bristles(rng: np.random.Generator) -> Array:
    """Paint carried by each bristle: (BRUSHES, BRISTLES), mean 0, deviation 1."""
    raw = rng.standard_normal((BRUSHES, BRISTLES + 4))
    smooth = sum(weight * raw[:, k : k + BRISTLES] for k, weight in enumerate((1, 2, 3, 2, 1)))
    return np.asarray(smooth / np.std(smooth), np.float32)


def _sweep(
    canvas: Canvas, path: Array, widths: Array, brush: Brush, bristles: Array
) -> tuple[np.ndarray, Array, Array]:
    """Which stroke is on top at each pixel (-1: none), and how far along [0, 1] and across [-1, 1] it."""
    steps, lanes = _grid(path, widths)
    t, v = np.linspace(0, 1, steps, dtype=np.float32), np.linspace(-1, 1, lanes, dtype=np.float32)
    half = 0.5 * (1 - np.abs(2 * t - 1) ** (2 + 6 * (1 - brush.tip))) ** (0.5 + brush.tip)
    wet = bristles[:, ((v + 1) / 2 * (BRISTLES - 1)).astype(np.int32)]
    painted = wet[:, None, :] < (2.2 - brush.dry * (1.2 + 2.6 * t**2))[:, None]  # bristles run dry toward the end
    top = np.full(canvas.height * canvas.width, -1, np.int64)
    count = max(1, CHUNK // (steps * lanes))
    for first in range(0, len(path), count):
        spine = _resample(path[first : first + count], t)
        slope = np.gradient(spine, axis=1)
        reach = half * widths[first : first + count, None] / (np.hypot(slope[..., 0], slope[..., 1]) + 1e-9)
        column = _across(spine[..., 0], -slope[..., 1] * reach, v)
        row = _across(spine[..., 1], slope[..., 0] * reach, v)
        keep = painted[np.arange(first, first + len(spine)) % BRUSHES]
        keep &= (column.view(np.uint32) < canvas.width) & (row.view(np.uint32) < canvas.height)
        number = np.flatnonzero(keep)
        # repeated targets keep the last value written, which is the painter's order
        top[(row * canvas.width + column).reshape(-1)[number]] = number + first * steps * lanes
    stroke, sample = np.divmod(top, steps * lanes)
    return np.where(top < 0, -1, stroke), t[sample // lanes], v[sample % lanes]


def _grid(path: Array, widths: Array) -> tuple[int, int]:
    """Samples along and across each stroke, so that neighbors lie closer than a pixel."""
    length = np.linalg.norm(np.diff(path, axis=1), axis=2).sum(1)
    return int(1.3 * np.percentile(length, 98)) + 3, int(1.3 * widths.max()) + 2


def _across(middle: Array, reach: Array, v: Array) -> NDArray[np.int32]:
    """Pixel coordinates of all samples, (N, T, V), from the (N, T) spine and the brush's reach to its side."""
    return (middle[..., None] + reach[..., None] * v).astype(np.int32)


def _resample(path: Array, t: Array) -> Array:
    """Points at ``t`` along polylines (N, P, 2), by linear interpolation: (N, T, 2)."""
    at = t * (path.shape[1] - 1)
    left = np.minimum(at.astype(np.int32), path.shape[1] - 2)
    weight = (at - left)[:, None]
    return np.asarray(path[:, left] * (1 - weight) + path[:, left + 1] * weight, np.float32)


def cover(
    canvas: Canvas,
    picture: Array,
    flow: Array,
    layers: tuple[tuple[float, float], ...],
    mask: Array | None = None,
    vary: tuple[float, float] = (0.12, 0.03),
    brush: Brush = Brush(),
    regions: Array | None = None,
) -> None:
    """Paint ``picture``, (H, W, 3), where ``mask`` is above 1/2, with strokes along ``flow``.

    Strokes start inside the mask, and end at the borders of ``regions``, (H, W) of labels, if given.

    ``layers`` are (width, length) of the strokes, in long sides, from coarse to fine; ``vary`` is the
    jitter of lightness and of hue from stroke to stroke.
    """
    covered = np.ones(canvas.relief.shape, bool) if mask is None else mask > 0.5
    canvas.color[covered] = 0.8 * picture[covered]  # the underpainting
    for width, length in layers:
        starts = canvas.scatter(max(width, (width * length) ** 0.5 * 0.75))
        if mask is not None:
            starts = starts[canvas.sample(mask, starts) > 0.5]
        if not len(starts):
            continue
        size = np.exp(canvas.rng.normal(0, 0.22, len(starts))).clip(0.6, 1.6).astype(np.float32)
        paths = trace(canvas, flow, starts, length * size, regions=regions)
        colors = jitter(canvas.rng, canvas.sample(picture, starts), *vary)
        lay(canvas, paths, width * size, colors, brush)
