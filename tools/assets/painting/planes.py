"""Pictures cut into pieces: discs of light, stained glass."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from painting.brush import Brush, cover
from painting.canvas import Array, Canvas, jitter, lit, palette, ramp, smoothstep


def facets(canvas: Canvas) -> None:
    """Discs of prismatic color, cut by lines, every facet a graded plane brushed along its arc."""
    x, y = canvas.x, canvas.y
    discs = ((0.34, 0.38, 0.36), (0.76, 0.20, 0.24), (0.70, 0.66, 0.30), (0.10, 0.80, 0.24), (0.06, 0.08, 0.20))
    distances = np.stack([np.hypot(x - cx, y - cy) / radius for cx, cy, radius in discs])
    owner = np.argmin(distances, 0)
    inside = distances.min(0) < 1
    distance = np.take_along_axis(distances, owner[None], 0)[0]
    turn = np.stack([np.arctan2(y - cy, x - cx) for cx, cy, _ in discs])
    turn = np.take_along_axis(turn, owner[None], 0)[0]
    ring = np.where(inside, np.floor(distance * 6), 6 + np.floor((distance - 1) * 2)).astype(np.int32)
    sectors = np.array([2, 4, 4, 6, 4, 6, 3, 3, 3, 3])[np.clip(ring, 0, 9)]
    slices = ((turn + np.pi + 0.5 * ring + owner) / (2 * np.pi) * sectors) % sectors
    sector = np.floor(slices).astype(np.int32)
    cuts = ((0.55, 0.62), (2.2, 0.02), (1.2, 0.75), (-0.5, 0.30))
    cut = sum(((x * np.cos(angle) + y * np.sin(angle)) > offset).astype(np.int32) for angle, offset in cuts)
    picture = _facet_colors(owner, ring, sector, cut, slices % 1, np.abs(distance * 6) % 1)
    label = ((owner * 40 + ring) * 8 + sector) * 8 + cut
    swirl = np.stack([-np.sin(turn), np.cos(turn)], -1).astype(np.float32)
    layers = ((0.022, 0.07), (0.011, 0.06), (0.007, 0.045))
    cover(canvas, picture, swirl, layers, None, (0.05, 0.02), Brush(0.08, 0.35, 0.8, 0.1), label.astype(np.float32))
    canvas.color = lit(canvas.color, canvas.relief, 0.3, 0.08)


def _facet_colors(
    owner: np.ndarray, ring: np.ndarray, sector: np.ndarray, cut: np.ndarray, across: Array, out: Array
) -> Array:
    """A step around the color wheel for each facet, to the far side for its neighbor, each plane graded."""
    wheel = palette("d8261c", "f0641e", "f9a01f", "fbd03a", "b8cf3f", "3f9f4a",
                    "1a8a8a", "2a7fc8", "1c3f9a", "4a2a86", "8f2a7a", "d03a6a")  # fmt: skip
    step = (2 * ring + 5 * (sector % 2) + 6 * (cut % 2) + 3 * owner) % 12
    mixed = (owner * 92821 + ring * 68917 + sector * 31337 + cut * 7919) % 1009
    side = np.where(mixed % 3 == 0, out, across)[..., None]
    color = wheel[step] + 0.55 * side * (wheel[(step + 1 + mixed % 2) % 12] - wheel[step])
    white = (np.array([0.0, 0.55, 0.0, 0.25, 0.0, 0.85, 0.0])[mixed % 7])[..., None] * (1 - 0.6 * side)
    dark = (np.array([1.0, 0.55, 1.0, 0.8, 1.0])[mixed % 5])[..., None]
    return np.asarray(np.clip(color * dark + white * (palette("fff6e0")[0] - color * dark), 0, 1), np.float32)


def mosaic(canvas: Canvas) -> None:
    """A stained-glass window: sun over hills and a river of glass, in dark lead."""
    picture, region = _window(canvas)
    points = _panes(canvas)
    wobble = np.stack([canvas.noise(0.05, 2), canvas.noise(0.05, 2)], -1) * 0.0015
    place = np.stack([canvas.x, canvas.y], -1) + wobble
    distance, nearest = cKDTree(points).query(place.reshape(-1, 2), k=2, workers=1)
    first = nearest[:, 0].reshape(canvas.relief.shape)
    gap = (distance[:, 1] - distance[:, 0]).reshape(canvas.relief.shape).astype(np.float32)
    tints = jitter(canvas.rng, np.full((len(points), 3), 0.8, np.float32), 0.16, 0.05)
    glass = picture * tints[first] / 0.8
    border = edges(canvas, region)
    lead = np.minimum(gap / 0.0040, border / 0.0034)
    ripple = canvas.noise(0.012, 2) * 0.05 + canvas.noise(0.08, 2) * 0.06
    pane_light = 0.82 + 0.34 * smoothstep(0.0, 0.030, gap)
    canvas.color = glass * (pane_light + ripple)[..., None]
    canvas.color += 0.22 * np.clip(canvas.color, 0, 1) * smoothstep(0.8, 2.2, canvas.noise(0.02, 2))[..., None]
    came = smoothstep(1.25, 0.75, lead)
    dark = 0.10 + 0.10 * smoothstep(0.9, 0.2, lead)[..., None] * palette("8a8f9f")[0]
    canvas.color += came[..., None] * (dark - canvas.color)
    glow = np.stack([canvas.blur(canvas.color[..., c], 0.012) for c in range(3)], -1)
    canvas.color = np.clip(1.06 * canvas.color + 0.18 * glow, 0, 1)


def _window(canvas: Canvas) -> tuple[Array, Array]:
    """The window's picture, and a number for each region that the lead must outline."""
    x, y = canvas.x, canvas.y
    region = np.zeros_like(x)
    sun = np.hypot(x - 0.40, y - 0.31)
    turn = np.arctan2(y - 0.31, x - 0.40)
    rays = np.floor((turn + np.pi) / (2 * np.pi) * 22)
    sky = ramp(palette("f9d24a", "f59a2f", "e0503f", "a8327a", "4a2f9a", "1f2f86"), sun / 0.72 + 0.10 * (rays % 2))
    picture, region = sky, rays % 2 + 2 * np.floor(sun / 0.2)
    shapes = [
        (sun < 0.125, ramp(palette("fff6c0", "ffd83a", "f9a820"), sun / 0.125), 20),
        (sun < 0.060, ramp(palette("ffffff", "fff3a0"), sun / 0.06), 21),
    ]
    hills = ((0.53, 0.05, 6, 0.3, ("3a7fc0", "2a4fa0")), (0.60, 0.05, 7, 2.6, ("2aa08a", "1a6a6f")),
             (0.68, 0.04, 6, 4.6, ("7fc23a", "2f8a3a")))  # fmt: skip
    for number, (level, swell, waves, phase, tones) in enumerate(hills):
        depth = y - level - swell * np.sin(waves * x + phase)
        shapes.append((depth > 0, ramp(palette(*tones), depth / 0.16), 30 + number))
    bend = 0.40 + 0.13 * np.sin(9.5 * (y - 0.62)) + 0.15 * (y - 0.62)
    half = 0.026 + 0.55 * np.clip(y - 0.60, 0, 1) ** 1.35
    river = (np.abs(x - bend) < half) & (y > 0.60)
    stripe = np.floor((x - bend) / half * 1.5 + 0.5) * (y > 0.7)
    shapes.append(
        (
            river,
            ramp(palette("1a3fa0", "3f9fe0", "bfeaf5", "3f9fe0", "1a3fa0"), 0.5 + 0.5 * (x - bend) / half),
            40 + stripe % 2,
        )
    )
    for cx, cy, size in ((0.10, 0.76, 0.105), (0.235, 0.88, 0.085), (0.72, 0.84, 0.095)):
        shapes += _tulip(x - cx, y - cy, size)
    for inside, colors, number in shapes:
        picture = np.where(inside[..., None], colors, picture)
        region = np.where(inside, number, region)
    return picture, region.astype(np.float32)


def _tulip(x: Array, y: Array, size: float) -> list[tuple[np.ndarray, Array, int]]:
    """A tulip of three petals, its stem and two leaves."""
    x, y = x / size, y / size
    stem = (np.abs(x - 0.1 * np.sin(2 * y)) < 0.09) & (y > 0)
    leaf = np.hypot((np.abs(x) - 0.55 * (y - 0.3)) / 0.28, (y - 1.4) / 1.1) < 1
    cup = np.hypot(x / 0.72, (y + 0.15) / 0.85) < 1
    jag = y > -0.62 + 0.55 * np.abs(np.sin(4.3 * x))
    middle = np.hypot(x / 0.34, (y + 0.1) / 0.85) < 1
    green = ramp(palette("1f7a3a", "8fd04a"), 0.5 + 0.4 * x)
    red = ramp(palette("ff7a3a", "e0203a", "8a0f3f"), np.abs(x) + 0.3 * y + 0.3)
    pink = ramp(palette("ffd0a0", "ff5a6a"), 0.6 + 0.6 * y)
    return [(leaf & (y > 0.3), green, 50), (stem, 0.8 * green, 51), (cup & jag, red, 52), (middle & jag, pink, 53)]


def _panes(canvas: Canvas) -> Array:
    """Centers of the panes."""
    return relaxed(canvas, canvas.scatter(0.036, 0.02), 4)


def relaxed(canvas: Canvas, points: Array, rounds: int, cell: float = 0.004) -> Array:
    """Even the points (N, 2) out by Lloyd's relaxation, on a grid of ``cell`` long sides."""
    grid = np.stack(np.meshgrid(np.arange(0, 1, cell), np.arange(0, 1, cell)), -1).reshape(-1, 2)
    grid = grid[(grid[:, 0] < canvas.extent[0]) & (grid[:, 1] < canvas.extent[1])].astype(np.float32)
    for _ in range(rounds):
        nearest = cKDTree(points).query(grid)[1]
        count = np.bincount(nearest, minlength=len(points))
        sums = np.stack([np.bincount(nearest, grid[:, c], len(points)) for c in range(2)], 1)
        points = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], points).astype(np.float32)
    return points


def edges(canvas: Canvas, region: Array) -> Array:
    """Distance to the nearest border between regions, in long sides, up to a few line widths."""
    border = np.zeros(region.shape, bool)
    border[1:] |= region[1:] != region[:-1]
    border[:, 1:] |= region[:, 1:] != region[:, :-1]
    return np.asarray(distance_transform_edt(~border) / canvas.side, np.float32)


STYLES = {"facets": (facets, 1.0), "mosaic": (mosaic, 1.25)}
