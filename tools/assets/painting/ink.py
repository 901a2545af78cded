"""Ink on rough paper: mountains in mist.

Ink is a density: light passes the washes by Beer's law, color = paper * exp(-density * absorbance).
"""

from __future__ import annotations

import numpy as np

from painting.block import curve
from painting.brush import Brush, heading, lay
from painting.canvas import Array, Canvas, palette, smoothstep


def inkwash(canvas: Canvas) -> None:
    """Peaks in mist, a boat, a pine on a cliff and a red sun, in ink on rough paper."""
    x, y = canvas.x, canvas.y
    grain = canvas.noise(0.0030, 3)
    canvas.color = palette("f1e8d2")[0] * (1 + 0.018 * grain + 0.02 * canvas.noise(0.3, 3))[..., None]
    flow = canvas.noise(0.22, 5, 0.6)
    sun = np.hypot(x - 0.235, y - 0.185) + 0.0016 * canvas.noise(0.03, 3)
    blot = smoothstep(0.076, 0.071, sun) * (0.72 + 0.10 * flow + 0.20 * np.exp(-(((0.073 - sun) / 0.006) ** 2)))
    canvas.glaze(palette("c8321f")[0], np.clip(blot, 0, 1))
    density: Array = 0.05 * np.clip(flow, 0, 2) * smoothstep(0.5, 0.0, y)
    ridges = (
        (0.36, 0.10, 0.16, 0.16, 1.0, 0.9),
        (0.45, 0.17, 0.13, 0.30, 2.4, 1.2),
        (0.56, 0.17, 0.12, 0.52, 4.3, 1.0),
        (0.70, 0.10, 0.09, 0.85, 0.4, 1.1),
    )
    for base, rise, fade, strength, phase, pace in ridges:
        density = _peak(canvas, density, flow, grain, (base, rise, fade, strength, phase, pace))
    _ink(canvas, density)
    tooth = smoothstep(0.75, -0.15, grain)
    _texture(canvas, tooth)
    _shore(canvas, tooth)
    _pine(canvas, 0.35 + 0.65 * tooth)
    _seal(canvas, 0.625, 0.845, grain)


def _ink(canvas: Canvas, density: Array) -> None:
    """Let ink of ``density``, (H, W), soak in: a warm black that is bluish where thin."""
    absorbance = np.array([2.05, 1.90, 1.72], np.float32)
    canvas.color *= np.exp(-np.clip(density, 0, 2)[..., None] * absorbance)


def _ridge(x: Array, rise: float, phase: float, pace: float) -> Array:
    """Steep rounded towers, as of limestone: height above the base."""
    tall = np.abs(np.sin(4.1 * pace * x + phase)) ** 0.7 * (0.55 + 0.45 * np.sin(1.9 * pace * x + 2.1 * phase))
    small = 0.35 * np.abs(np.sin(11.3 * pace * x + 1.7 * phase))
    return np.asarray(rise * (tall + small + 0.15 * np.sin(23 * pace * x + phase)))


def _peak(
    canvas: Canvas, density: Array, flow: Array, grain: Array, shape: tuple[float, float, float, float, float, float]
) -> Array:
    """One range of mountains: dark along the ridge, fading down into mist, over what lies behind."""
    base, rise, fade, strength, phase, pace = shape
    rough = canvas.noise(0.05, 5, 0.6)
    depth = canvas.y - (base - _ridge(canvas.x, rise, phase, pace)) + 0.004 * rough
    inside = smoothstep(-0.0012 - 0.004 * smoothstep(0.4, 1.6, flow), 0.0014, depth)
    body = np.exp(-np.clip(depth, 0, 1) / fade) * (1 + 0.22 * flow + 0.16 * rough)
    rim = 0.55 * np.exp(-np.clip(depth, 0, 1) / 0.006) * smoothstep(-1.2, 0.8, rough)
    pooled = 0.30 * smoothstep(0.3, 1.3, rough) * np.exp(-np.clip(depth, 0, 1) / (0.6 * fade))
    wash = strength * (body + rim + pooled) * (1 + 0.07 * grain)
    mist = smoothstep(1.9 * fade, 0.9 * fade, depth)
    return np.asarray(density + inside * (np.clip(wash, 0, 2) - density * (0.35 + 0.65 * mist)), np.float32)


def _dry(
    canvas: Canvas, points: list[tuple[float, float]], width: float, ink: float, tooth: Array, dry: float = 0.7
) -> None:
    """A single stroke of a loaded brush that runs dry."""
    path = curve(points, 24)[None]
    lay(canvas, path, width, np.full((1, 3), 0.10 + 0.5 * (1 - ink), np.float32), Brush(0.25, dry, 0, 0.7, 0.92), tooth)


def _texture(canvas: Canvas, tooth: Array) -> None:
    """Hemp-fiber strokes down the faces of the two nearer ranges."""
    rng = canvas.rng
    for base, rise, phase, pace, count, ink in ((0.56, 0.17, 4.3, 1.0, 240, 0.40), (0.70, 0.10, 0.4, 1.1, 200, 0.18)):
        x = rng.uniform(0, canvas.extent[0], count).astype(np.float32)
        y = base - _ridge(x, rise, phase, pace) + np.abs(rng.normal(0.004, 0.045, count)).astype(np.float32)
        aim = np.pi / 2 + rng.normal(0, 0.30, count)
        length = rng.uniform(0.02, 0.055, count)[:, None]
        start = np.stack([x, y], 1)
        path = np.stack([start, start + 0.5 * length * heading(aim), start + length * heading(aim + 0.35)], 1)
        color = np.full((count, 3), ink, np.float32) + rng.uniform(0, 0.25, (count, 1)).astype(np.float32)
        lay(
            canvas,
            path.astype(np.float32),
            rng.uniform(0.003, 0.009, count),
            color,
            Brush(0.2, 0.9, 0, 0.8, 0.5),
            tooth,
        )


def _shore(canvas: Canvas, tooth: Array) -> None:
    """Still water, a boat with its fisherman, and birds."""
    rng = canvas.rng
    for _ in range(16):
        x, y = rng.uniform(0.0, 0.62), rng.uniform(0.80, 0.97)
        _dry(
            canvas,
            [(x, y), (x + 0.05, y + 0.002), (x + rng.uniform(0.10, 0.22), y)],
            rng.uniform(0.002, 0.006),
            0.35,
            tooth,
            0.95,
        )
    ones = np.ones_like(tooth)
    _dry(canvas, [(0.395, 0.838), (0.440, 0.852), (0.490, 0.850), (0.535, 0.832)], 0.011, 1.0, ones, 0.25)
    _dry(canvas, [(0.450, 0.846), (0.452, 0.825), (0.456, 0.812)], 0.012, 1.0, ones, 0.2)
    _dry(canvas, [(0.440, 0.811), (0.456, 0.803), (0.472, 0.811)], 0.008, 1.0, ones, 0.1)
    _dry(canvas, [(0.458, 0.826), (0.495, 0.790), (0.545, 0.775)], 0.0025, 0.9, ones, 0.1)
    for x, y, s in (
        (0.40, 0.20, 0.016),
        (0.445, 0.175, 0.012),
        (0.475, 0.205, 0.010),
        (0.37, 0.16, 0.009),
        (0.43, 0.225, 0.008),
    ):
        _dry(canvas, [(x - s, y - 0.5 * s), (x - 0.4 * s, y - 0.55 * s), (x, y)], 0.0042, 0.95, ones, 0.1)
        _dry(canvas, [(x, y), (x + 0.5 * s, y - 0.65 * s), (x + 1.1 * s, y - 0.6 * s)], 0.0042, 0.95, ones, 0.1)


def _pine(canvas: Canvas, tooth: Array) -> None:
    """A pine that leans from the right edge, with fans of needles."""
    rng = canvas.rng
    trunk = [(0.74, 0.80), (0.665, 0.72), (0.640, 0.60), (0.585, 0.52), (0.560, 0.42), (0.500, 0.36)]
    for shift in (0.0, 0.006, -0.005):
        _dry(canvas, [(x + shift, y + shift) for x, y in trunk], 0.026 - abs(shift), 1.0, tooth, 0.55)
    boughs = (
        ((0.640, 0.60), (0.57, 0.615), (0.50, 0.600), (0.455, 0.625)),
        ((0.585, 0.52), (0.52, 0.53), (0.465, 0.505)),
        ((0.60, 0.545), (0.645, 0.49), (0.69, 0.475)),
        ((0.560, 0.42), (0.61, 0.375), (0.66, 0.365)),
        ((0.500, 0.36), (0.44, 0.365), (0.395, 0.345)),
        ((0.54, 0.40), (0.50, 0.43), (0.44, 0.44)),
    )
    for bough in boughs:
        _dry(canvas, list(bough), 0.010, 1.0, tooth, 0.5)
    lines = np.concatenate([curve(list(bough), 14)[4:] for bough in boughs] + [curve(trunk, 30)[-6:]])
    hubs = np.repeat(lines, 2, 0) + rng.normal(0, 0.011, (2 * len(lines), 2)) - [0, 0.010]
    fans = np.repeat(hubs, 34, 0)
    aim = -np.pi / 2 + rng.uniform(-1.35, 1.35, len(fans))
    reach = rng.uniform(0.016, 0.034, len(fans))[:, None]
    path = np.stack(
        [fans, fans + 0.55 * reach * heading(aim), fans + reach * heading(aim + rng.normal(0, 0.12, len(aim)))], 1
    )
    shade = np.repeat(rng.uniform(0.03, 0.28, len(hubs)), 34)[:, None] + np.zeros(3)
    lay(
        canvas,
        path.astype(np.float32),
        0.0022,
        shade.astype(np.float32),
        Brush(0.1, 0.35, 0, 0.9, 0.85),
        0.4 + 0.6 * tooth,
    )


def _seal(canvas: Canvas, left: float, top: float, grain: Array) -> None:
    """A red seal with a made-up sign, worn by the paper's grain."""
    u, v = (canvas.x - left) / 0.048, (canvas.y - top) / 0.056
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1)
    bars = [
        (0.16, 0.84, 0.16, 0.23),
        (0.46, 0.54, 0.16, 0.86),
        (0.16, 0.23, 0.36, 0.86),
        (0.77, 0.84, 0.36, 0.86),
        (0.16, 0.84, 0.80, 0.87),
        (0.28, 0.72, 0.42, 0.49),
        (0.28, 0.72, 0.60, 0.67),
    ]
    for u0, u1, v0, v1 in bars:
        inside &= ~((u > u0) & (u < u1) & (v > v0) & (v < v1))
    canvas.glaze(palette("b3261c")[0], inside * smoothstep(1.7, 0.6, grain) * 0.9)


STYLES = {"inkwash": (inkwash, 1.4)}
