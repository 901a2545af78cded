"""Poppies in watercolor: transparent washes with dark edges, settling pigment and blooms.

Pigment is a density: light passes the washes by Beer's law, color = paper * exp(-density * absorbance).
"""

from __future__ import annotations

import numpy as np

from painting.canvas import Array, Canvas, palette, smoothstep


class Paper:
    """Wet paper on a canvas: holds its grain and the drift of the water, and takes washes."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.grain = canvas.noise(0.0042, 3)
        self.wander = canvas.noise(0.035, 5, 0.55)
        self.flow = canvas.noise(0.16, 4, 0.55)
        canvas.color = palette("fbf7ec")[0] * (1 + 0.012 * self.grain)[..., None]

    def wash(
        self,
        inside: Array,
        where: tuple[slice, slice],
        pigment: str,
        strength: float,
        edge: float = 0.5,
        soft: float = 0.0015,
        rough: float = 0.0035,
    ) -> None:
        """Lay ``pigment`` where the distance ``inside`` (long sides, negative outside) is positive.

        ``where`` is the window of the picture that ``inside`` covers; ``edge`` is how much pigment the
        drying rim gathers, ``soft`` how far it bleeds, ``rough`` how far its outline wanders.
        """
        wander, flow = self._piece(self.wander, where), self._piece(self.flow, where)
        depth = inside + rough * wander
        body = smoothstep(-soft, soft, depth)
        rim = np.exp(-np.clip(depth, 0, 1) / (0.0022 + soft)) * smoothstep(-1.5, 0.7, wander)
        bloom = np.exp(-(((flow - 1.0) / 0.10) ** 2)) * 0.22 - 0.25 * smoothstep(1.0, 1.5, flow)
        settled = 1 + 0.16 * self.grain[where] * np.clip(0.4 + 0.3 * flow, 0, 1)
        density = strength * body * np.clip(0.72 + 0.26 * flow + bloom + edge * rim, 0.08, 3) * settled
        absorbance = -np.log(np.clip(palette(pigment)[0], 0.02, 0.99))
        self.canvas.color[where] *= np.exp(-density[..., None] * absorbance)

    def _piece(self, field: Array, where: tuple[slice, slice]) -> Array:
        """A random piece of a field, as large as the window, mirrored where it would leave the picture."""
        pick = []
        for window, size in zip(where, field.shape, strict=True):
            start = int(self.canvas.rng.random() * size)
            steps = np.arange(start, start + window.stop - window.start) % (2 * size)
            pick.append(np.minimum(steps, 2 * size - 1 - steps))
        return field[np.ix_(*pick)]

    def window(self, x: float, y: float, reach: float) -> tuple[tuple[slice, slice], Array, Array]:
        """The part of the picture within ``reach`` of a point: its slices, and offsets from the point."""
        canvas = self.canvas
        top, bottom = (int(np.clip((y + s * reach) * canvas.side, 0, canvas.height)) for s in (-1, 1))
        left, right = (int(np.clip((x + s * reach) * canvas.side, 0, canvas.width)) for s in (-1, 1))
        where = (slice(top, bottom), slice(left, right))
        return where, canvas.x[where] - np.float32(x), canvas.y[where] - np.float32(y)


def watercolor(canvas: Canvas) -> None:
    """Poppies and cornflowers before a wet-in-wet sky."""
    paper = Paper(canvas)
    _sky(paper)
    _grasses(paper)
    heads = ((0.30, 0.36, 0.150), (0.56, 0.26, 0.120), (0.50, 0.53, 0.125), (0.17, 0.62, 0.085), (0.66, 0.47, 0.075))
    for x, y, radius in heads:
        _stem(paper, (x, y + 0.2 * radius), (0.5 * x + 0.19, 1.02), 0.10 * (x - 0.35), 0.0052)
    for x, y in ((0.09, 0.34), (0.70, 0.17), (0.40, 0.13)):
        _stem(paper, (x, y), (0.6 * x + 0.15, 1.02), 0.05, 0.0034)
        _bud(paper, x, y)
    for x, y, radius in ((0.10, 0.78, 0.050), (0.62, 0.76, 0.055), (0.36, 0.73, 0.045), (0.69, 0.66, 0.035)):
        _cornflower(paper, x, y, radius)
    for x, y, radius in heads:
        _poppy(paper, x, y, radius)
    _spatter(paper)
    slope = np.gradient(canvas.blur(paper.grain, 0.001), axis=1) * canvas.side / 1500
    canvas.color = np.clip(canvas.color * (1 + 0.12 * slope)[..., None], 0, 1)


def _sky(paper: Paper) -> None:
    """Broad washes that run into one another."""
    canvas = paper.canvas
    clouds = ((0.15, 0.12, 0.30, "7fb4d8", 0.85), (0.60, 0.10, 0.27, "8fa8dc", 0.8), (0.62, 0.42, 0.26, "f6cf8a", 0.8),
              (0.10, 0.46, 0.25, "f3b8b0", 0.75), (0.36, 0.30, 0.25, "b9dbe0", 0.7), (0.20, 0.80, 0.30, "a8c98a", 0.8),
              (0.58, 0.84, 0.30, "8fbf9f", 0.85), (0.40, 0.98, 0.28, "5f9a78", 0.9))  # fmt: skip
    for x, y, radius, pigment, strength in clouds:
        inside = radius - np.hypot(canvas.x - x, canvas.y - y) + 0.05 * canvas.noise(0.2, 4)
        paper.wash(
            inside.astype(np.float32), np.s_[0 : canvas.height, 0 : canvas.width], pigment, strength, 0.10, 0.075
        )


def _stem(
    paper: Paper, top: tuple[float, float], foot: tuple[float, float], bow: float, half: float, pigment: str = "4f7f3a"
) -> None:
    """A thin wash from ``top`` down to ``foot``, bent sideways by ``bow``, a little thinner at the top."""
    canvas = paper.canvas
    first, last = (int(np.clip(end[1] * canvas.side, 0, canvas.height)) for end in (top, foot))
    down = np.clip((canvas.y[first:last, :1] - top[1]) / (foot[1] - top[1]), 0, 1)
    middle = top[0] + (foot[0] - top[0]) * down + bow * np.sin(np.pi * down) + 0.006 * np.sin(9 * down + 40 * bow)
    left, right = (
        int(np.clip(edge * canvas.side, 0, canvas.width)) for edge in (middle.min() - 0.03, middle.max() + 0.03)
    )
    where = np.s_[first:last, left:right]
    lean = np.hypot(1, np.gradient(middle, axis=0) * canvas.side)
    inside = half * (0.35 + 0.65 * np.minimum(5 * down, 1)) - np.abs(canvas.x[where] - middle) / lean
    paper.wash(inside.astype(np.float32), where, pigment, 1.1, 0.6, 0.0010, 0.25 * half)


def _grasses(paper: Paper) -> None:
    """Blades from the lower edge, pale ones first."""
    rng = paper.canvas.rng
    for number in range(40):
        x, tall, lean = rng.uniform(-0.05, 0.85), rng.uniform(0.16, 0.44), rng.normal(0, 0.08)
        pigment = ("a9c77a", "7fae6a", "6f9f8a", "4f8a4f", "3f6f5a")[number // 8]
        _stem(paper, (x + lean, 1.0 - tall), (x, 1.03), -0.35 * lean, rng.uniform(0.003, 0.007), pigment)


def _petal(dx: Array, dy: Array, angle: float, reach: float, wide: float, ruffle: float) -> Array:
    """Distance inside a rounded petal that points to ``angle`` from the origin."""
    along, across = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    turn = np.arctan2(across, along - 0.52 * reach)
    radius = np.hypot((along - 0.52 * reach) / 0.56, across / wide)
    return (
        np.asarray(reach * (1 + 0.035 * np.sin(9 * turn + ruffle) + 0.02 * np.sin(17 * turn)) - radius, np.float32)
        * 0.55
    )


def _poppy(paper: Paper, x: float, y: float, radius: float) -> None:
    """Four or five overlapping petals, darker toward a black heart with stamens."""
    rng = paper.canvas.rng
    where, dx, dy = paper.window(x, y, 1.45 * radius)
    dy = dy * np.float32(1.18)
    lift = np.exp(-((np.hypot(dx, dy) / radius) ** 2) * 9)
    start = rng.uniform(0, 1.0)
    keep = paper.canvas.color[where].copy()
    outline = np.max([_petal(dx, dy, start + k * 1.2566, radius, 0.62, k) for k in range(5)], 0)
    lifted = smoothstep(-0.002, 0.002, outline + 0.0035 * paper.wander[where])[..., None] * 0.88
    paper.canvas.color[where] = keep + lifted * (palette("fdf3e6")[0] - keep)
    pigments = ("e8402a", "f0653a", "d92a2a", "f2553a", "e23a3f")
    for k in rng.permutation(5):
        shape = _petal(dx, dy, start + k * 1.2566, radius, 0.62, 2.1 * k)
        paper.wash(shape, where, pigments[k], rng.uniform(0.65, 1.0), 0.75)
        streak = shape - 0.25 * radius + 0.02 * np.sin(26 * np.arctan2(dy, dx) + k)
        paper.wash(streak, where, "c01f2f", 0.38, 0.2, 0.018)
    paper.canvas.color[where] *= 1 - 0.30 * lift[..., None] * np.array([0.5, 1, 0.8], np.float32)
    paper.wash(0.20 * radius - np.hypot(dx, dy), where, "2a1f3a", 1.5, 0.5, 0.006)
    for angle in rng.uniform(0, 2 * np.pi, 30):
        far = radius * rng.uniform(0.24, 0.40)
        spot = np.hypot(dx - far * np.cos(angle), dy - far * np.sin(angle))
        paper.wash(rng.uniform(0.002, 0.005) - spot, where, "1f1830", 1.6, 0.3, 0.0012)


def _bud(paper: Paper, x: float, y: float) -> None:
    where, dx, dy = paper.window(x, y, 0.06)
    paper.wash(0.024 - np.hypot(dx * 1.5, dy), where, "6f9a4a", 1.2, 0.7)
    paper.wash(0.013 - np.hypot(dx * 2.2 - 0.004, dy + 0.012), where, "e0452f", 1.1, 0.5)


def _cornflower(paper: Paper, x: float, y: float, radius: float) -> None:
    rng = paper.canvas.rng
    where, dx, dy = paper.window(x, y, 1.5 * radius)
    for angle in np.linspace(0, 2 * np.pi, 10)[:-1] + rng.uniform(0, 0.4):
        shape = _petal(
            dx, dy * np.float32(1.2), angle + rng.normal(0, 0.1), radius * rng.uniform(0.8, 1.05), 0.22, angle
        )
        paper.wash(shape, where, ("3f5fc8", "5a6fd8", "6a4fb8")[rng.integers(0, 3)], 0.9, 0.7)
    paper.wash(0.25 * radius - np.hypot(dx, dy), where, "3a2468", 1.4, 0.4, 0.003)


def _spatter(paper: Paper) -> None:
    """Drops flicked off the brush."""
    rng = paper.canvas.rng
    for _ in range(70):
        x, y = rng.uniform(0, paper.canvas.extent[0]), rng.uniform(0, 1)
        where, dx, dy = paper.window(x, y, 0.02)
        pigment = ("e8402a", "4f7f3a", "5a6fd8", "f0a03a")[rng.integers(0, 4)]
        if dx.size:
            paper.wash(rng.gamma(1.6, 0.0016) - np.hypot(dx, dy), where, pigment, rng.uniform(0.4, 1.0), 0.8, 0.0008)


STYLES = {"watercolor": (watercolor, 1.3333)}
