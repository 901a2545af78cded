"""Pictures of a craft: a batik cloth, a floor of small stones, a pencil drawing."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from painting.canvas import Array, Canvas, jitter, palette, ramp, smoothstep
from painting.planes import relaxed

INDIGO, BROWN, CREAM = palette("16244f", "8a4a1c", "f3e2bd")


def batik(canvas: Canvas) -> None:
    """Flowers and leaves in cream, brown and red on indigo: lines of wax, rows of dots, fine cracks."""
    x, y = canvas.x, canvas.y
    canvas.color[:] = INDIGO * (1 + 0.12 * canvas.noise(0.2, 3)[..., None])
    wave = np.abs(
        np.sin(2 * np.pi * (9 * (x + 0.03 * np.sin(9 * y)))) * np.sin(2 * np.pi * (9 * (y + 0.03 * np.sin(9 * x))))
    )
    canvas.glaze(palette("33508f")[0], 0.8 * smoothstep(0.08, 0.03, wave))
    stamp = np.hypot((x * 36 + 0.5) % 1 - 0.5, (y * 36 + 0.5) % 1 - 0.5)
    canvas.glaze(CREAM, 0.75 * smoothstep(0.16, 0.11, stamp))
    centers = canvas.rng.permutation(canvas.scatter(0.17, 0.0))
    for number, (cx, cy) in enumerate(centers):
        _flower(canvas, float(cx), float(cy), float(canvas.rng.uniform(0.055, 0.10)), number)
    crack = np.abs(canvas.noise(0.06, 3)) + 0.6 * np.abs(canvas.noise(0.02, 2)) * 0.3
    canvas.glaze(INDIGO, 0.55 * smoothstep(0.035, 0.0, crack))
    weave = np.sin(2 * np.pi * 230 * x) * np.sin(2 * np.pi * 230 * y)
    canvas.color = np.clip(canvas.color * (1 + 0.05 * weave[..., None]), 0, 1).astype(np.float32)


def _flower(canvas: Canvas, cx: float, cy: float, size: float, number: int) -> None:
    """Petals outlined in wax around a dotted heart, with two pairs of leaves."""
    x, y = (canvas.x - cx) / size, (canvas.y - cy) / size
    radius, turn = np.hypot(x, y), np.arctan2(y, x) + 0.7 * number
    petals = 5 + number % 4
    inks = palette("8a4a1c", "b8352a", "d9882f", "8f2f4f")
    for leaf in range(4):
        angle = 0.4 + leaf * np.pi / 2 + 0.7 * number
        u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
        depth = 1 - np.hypot((u - 1.25) / 0.5, v / 0.2)
        _waxed(canvas, depth, palette("2f6f5a")[0], 0.25)
        canvas.glaze(CREAM, smoothstep(0.03, 0.01, np.abs(v)) * (depth > 0.1))
    edge = 0.62 + 0.33 * np.abs(np.sin(petals * turn / 2)) ** 0.6
    _waxed(canvas, (edge - radius) * 2, inks[number % 4], 0.16)
    ring = np.abs((edge - radius) * 2 - 0.4)
    dots = np.abs(np.sin(turn * petals * 3)) > 0.6
    canvas.glaze(CREAM, smoothstep(0.10, 0.05, ring) * dots * (radius > 0.3))
    veins = np.abs(np.sin(petals * turn)) < 0.13
    canvas.glaze(CREAM, np.asarray(veins & (radius > 0.34) & (radius < 0.55), np.float32))
    _waxed(canvas, (0.30 - radius) * 4, palette("e8b53a")[0], 0.2)
    canvas.glaze(INDIGO, smoothstep(0.5, 0.2, np.hypot((x * 9) % 1 - 0.5, (y * 9) % 1 - 0.5)) * (radius < 0.2))


def _waxed(canvas: Canvas, depth: Array, ink: Array, line: float) -> None:
    """Fill where ``depth`` is positive, with a line of cream along the edge."""
    canvas.glaze(CREAM, smoothstep(-0.02, 0.02, depth))
    canvas.glaze(ink, smoothstep(line, line + 0.05, depth))


def tesserae(canvas: Canvas) -> None:
    """A floor of small stones: two fish and a sun in the sea, the stones laid along the shapes."""
    x, y = canvas.x, canvas.y
    picture, field = _sea(canvas)
    step = 0.0165
    points = canvas.scatter(step * 0.92, 0.0)
    rows = canvas.sample(field, points)  # stones lie in rows along the outlines
    gradient = np.stack([*reversed(np.gradient(canvas.blur(field, 0.004)))], -1) * canvas.side
    slope = canvas.sample(gradient, points)
    length = np.maximum(np.hypot(slope[:, 0], slope[:, 1]), 0.3)
    shift = (np.round(rows / step) * step - rows) / length**2
    points = np.asarray(points + np.clip(shift, -step, step)[:, None] * slope, np.float32)
    points = relaxed(canvas, points, 2, 0.002)
    stones = jitter(canvas.rng, canvas.sample(picture, points), 0.13, 0.025)
    place = np.stack([x, y], -1).reshape(-1, 2)
    distance, nearest = cKDTree(points).query(place, k=2, workers=1)
    gap = (distance[:, 1] - distance[:, 0]).reshape(x.shape)
    canvas.color = stones[nearest[:, 0]].reshape(canvas.color.shape)
    tilt = canvas.rng.standard_normal((len(points), 2))[nearest[:, 0]]
    light = 0.035 * ((place - points[nearest[:, 0]]) * tilt).sum(1).reshape(x.shape) / step
    canvas.color += light[..., None] + 0.03 * canvas.noise(0.004, 2)[..., None]
    grout = smoothstep(0.0032, 0.0014, gap)
    canvas.glaze(palette("4a4038")[0], grout)
    canvas.color = np.clip(canvas.color, 0, 1).astype(np.float32)


def _sea(canvas: Canvas) -> tuple[Array, Array]:
    """The picture, and the distance field whose level lines the stones follow."""
    x, y = canvas.x, canvas.y
    wave = y - 0.30 - 0.02 * np.sin(14 * x)
    bands = np.floor((wave + 0.012 * np.sin(25 * x)) / 0.05) % 2
    sea = ramp(palette("7fd0d8", "2f9fb8", "1a6f9a", "14406f"), np.clip(wave / 0.45 + 0.12 * bands, 0, 1))
    sun = np.hypot(x - 0.72, y - 0.13)
    sky = ramp(palette("f7c948", "f2a23a", "e8793a", "f4dfb0"), np.clip(sun / 0.5, 0, 1))
    picture = np.where((wave > 0)[..., None], sea, sky)
    disc = ramp(palette("fff3b0", "f9c52a", "d8502a"), np.clip(sun / 0.09, 0, 1))
    picture = np.where((sun < 0.09)[..., None], disc, picture)
    field = np.where(wave > 0, wave, sun)
    for cx, cy, size, face, tones in (
        (0.34, 0.47, 0.24, 1, ("fbe3a0", "e8862f", "b8321f")), (0.72, 0.63, 0.18, -1, ("f0f0e0", "d85a7a", "7a1f4f"))
    ):  # fmt: skip
        u, v = face * (x - cx) / size, (y - cy) / size
        body = 1 - np.hypot(u / 0.8, v / (0.36 * np.clip(1.1 - 0.25 * u, 0.4, 2)))
        tail = 0.30 - np.abs(v) * 0.9 + 0.55 * (-u - 1.05)
        tail = np.minimum(np.minimum(tail, (u + 1.25) * 1.5), (-0.62 - u) * 1.5)
        shape = np.maximum(body, tail)
        scales = np.floor((u + 0.06 * np.cos(14 * v)) / 0.16) % 2
        fish = ramp(palette(*tones), np.clip(np.abs(v) / 0.36 + 0.22 * scales, 0, 1))
        picture = np.where((shape > 0)[..., None], fish, picture)
        picture = np.where(((shape > 0) & (shape < 0.10))[..., None], palette("3a1f1a")[0], picture)
        eye = np.hypot(u - 0.5, v + 0.07)
        picture = np.where((eye < 0.09)[..., None], palette("fffbe8")[0], picture)
        picture = np.where((eye < 0.05)[..., None], palette("15120f")[0], picture)
        field = np.where(shape > -0.35, size * 0.4 * shape, field)
    return np.asarray(picture, np.float32), np.asarray(field, np.float32)


def pencil(canvas: Canvas) -> None:
    """A drawing in soft pencil: a lake, firs and mountains, hatched in three directions on rough paper."""
    x, y = canvas.x, canvas.y
    tone = _landscape(canvas)
    grain = canvas.noise(0.0022, 2)
    dark = np.zeros_like(x)
    for angle, spacing, least in ((0.9, 0.0042, 0.10), (0.5, 0.0050, 0.34), (-0.7, 0.0046, 0.58), (1.5, 0.0040, 0.76)):
        bend = 0.004 * canvas.noise(0.15, 2)
        across = (x * np.cos(angle) + y * np.sin(angle) + bend) / spacing
        stroke = 0.5 + 0.5 * np.cos(2 * np.pi * across)
        pressure = 0.75 + 0.35 * canvas.noise(0.05, 3)
        line = smoothstep(0.42, 0.95, stroke * pressure + 0.14 * grain)
        dark = np.maximum(dark, line * smoothstep(least - 0.1, least + 0.25, tone)) * 1.0 + 0.1 * line * (tone > least)
    down, right = np.gradient(canvas.blur(tone, 0.0016))
    edge = smoothstep(0.012, 0.05, np.hypot(down, right) * canvas.side / 250)
    dark = np.clip(0.85 * dark + 0.10 * tone + edge * (0.75 + 0.25 * grain), 0, 1) * (0.88 + 0.12 * grain)
    canvas.color[:] = palette("f6f2e8")[0] + 0.012 * grain[..., None]
    canvas.glaze(palette("2b2a2e")[0], np.clip(dark, 0, 0.94).astype(np.float32))
    canvas.color = np.clip(canvas.color, 0, 1).astype(np.float32)


def _landscape(canvas: Canvas) -> Array:
    """How dark each place is, 0 to 1."""
    x, y = canvas.x, canvas.y
    tone = np.clip(0.16 - 0.5 * y + 0.10 * canvas.noise(0.25, 4), 0, 0.45)
    for level, swell, waves, phase, value in ((0.30, 0.10, 5, 0.4, 0.30), (0.38, 0.07, 8, 2.0, 0.48)):
        ridge = level + swell * np.sin(waves * x + phase) + 0.018 * canvas.noise(0.05, 4)[:1]
        light = 0.5 + 0.5 * np.tanh(2.5 * canvas.noise(0.10, 4))
        tone = np.where(y > ridge, value * (0.35 + 0.8 * light), tone)
    lake = y > 0.50
    ripple = 0.5 + 0.5 * np.sin(2 * np.pi * 30 * (y + 0.003 * np.sin(20 * x) + 0.002 * canvas.noise(0.1, 2)))
    tone = np.where(lake, 0.14 + 0.34 * ripple * smoothstep(0.75, 0.5, y), tone)
    shore = y > 0.64 + 0.05 * np.sin(4 * x + 1) + 0.02 * canvas.noise(0.08, 3)[:1]
    tone = np.where(shore, 0.55 + 0.25 * canvas.noise(0.02, 3), tone)
    for cx, base, height in (
        (0.10, 0.70, 0.42),
        (0.20, 0.72, 0.30),
        (0.83, 0.70, 0.50),
        (0.93, 0.72, 0.36),
        (0.74, 0.69, 0.24),
    ):
        up = (base - y) / height
        tier = 0.16 * height * (1 - up) * (0.55 + 0.45 * ((up * 9) % 1)) * 1.5
        inside = (np.abs(x - cx + 0.004 * canvas.noise(0.01, 2)) < tier) & (up > 0) & (up < 1)
        tone = np.where(inside, 0.72 + 0.28 * ((up * 9) % 1) * 0.9, tone)
    return np.asarray(np.clip(tone, 0, 1), np.float32)


STYLES = {"batik": (batik, 0.8), "tesserae": (tesserae, 0.8), "pencil": (pencil, 0.75)}
