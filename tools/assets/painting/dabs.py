"""Pictures built of small touches: a seashore in dots of pure pigment, a bouquet in pastel."""

from __future__ import annotations

import numpy as np

from painting.brush import Brush, heading, lay, trace
from painting.canvas import Array, Canvas, jitter, lit, palette, ramp, smoothstep

SOFT = Brush(streak=0.18, dry=0.5, body=0.0, tip=0.2, opacity=0.92)  # a stick of chalk
PIGMENTS = palette(
    "f7f3e3", "f6d743", "f2a03d", "e4572e", "c2185b", "e88fb0", "6a3d9a", "2d2f7f",
    "2a6fbb", "5fb0d8", "1f8a70", "7ab648", "2f5d34", "f4c9a0", "9c8fc8", "b5d99c",
)  # fmt: skip


def dots(canvas: Canvas) -> None:
    """Sails at sunset, painted only with dots of sixteen unmixed pigments."""
    picture = _seashore(canvas)
    canvas.color[:] = palette("efe6cf")[0] * 0.5 + picture * 0.5
    flat = heading(np.zeros_like(canvas.x))
    for size, heat in ((0.0150, 0.16), (0.0120, 0.11), (0.0095, 0.07), (0.0075, 0.032)):
        centers = canvas.scatter(size * 1.02)
        colors = _unmix(canvas.rng, canvas.sample(picture, centers), heat)
        paths = trace(canvas, flat, centers, size * 0.85, 3)
        lay(canvas, paths, size, jitter(canvas.rng, colors, 0.06, 0.02), Brush(0.05, 0.0, 0.9, 0.3))
    canvas.color = lit(canvas.color, canvas.relief, 0.35, 0.1)


def _unmix(rng: np.random.Generator, colors: Array, heat: float) -> Array:
    """Replace each color by one pigment, drawn more often the nearer it is: the eye mixes them again."""
    distance = ((colors[:, None] - PIGMENTS) ** 2).sum(2)
    return np.asarray(PIGMENTS[np.argmin(distance / heat - rng.gumbel(size=distance.shape), axis=1)])


def _seashore(canvas: Canvas) -> Array:
    """The scene as smooth tones, (H, W, 3)."""
    x, y = canvas.x, canvas.y
    horizon = 0.40
    sun = np.hypot(x - 0.66, y - 0.29)
    picture = ramp(
        palette("2f4fa8", "5f8fd0", "a88fc8", "ee8fa0", "f8b04a", "fbd85a"), y / horizon + 0.05 * canvas.noise(0.3)
    )
    clouds = smoothstep(0.4, 1.4, canvas.noise(0.28, 4) + 1.2 * np.sin(30 * y + 3 * x) - 0.4)
    picture += 0.6 * (clouds * (y < horizon))[..., None] * (palette("f2a6b8")[0] - picture)
    glow = np.exp(-((sun / 0.16) ** 2))[..., None]
    picture += 0.8 * glow * (palette("fff0a8")[0] - picture)
    picture[sun < 0.052] = palette("fff6c4")[0]
    water = np.clip((y - horizon) / 0.35, 0, 1)
    ripple = np.sin(260 * np.sqrt(water + 0.02) + 4 * canvas.noise(0.15, 3))
    sea = ramp(palette("f3c27a", "8fb8cf", "3f86c0", "2a5fa8", "27408c"), water + 0.08 * ripple)
    path = np.exp(-(((x - 0.66) / (0.035 + 0.10 * water)) ** 2)) * smoothstep(-0.3, 0.5, ripple)
    sea += 0.85 * path[..., None] * (palette("fdb24a")[0] - sea)
    picture = np.where((y > horizon)[..., None], sea, picture)
    cape = horizon - 0.075 * smoothstep(0.46, 0.0, x) - 0.008 * np.sin(40 * x)
    _over(picture, (y > cape) & (y < horizon + 0.004), palette("8a7fc0")[0])
    for cx, base, size in ((0.50, 0.47, 0.17), (0.80, 0.43, 0.09), (0.385, 0.425, 0.06), (0.90, 0.52, 0.13)):
        _sail(picture, x, y, cx, base, size)
    shore = 0.655 - 0.10 * smoothstep(0.55, 0.0, x) + 0.012 * np.sin(14 * x)
    grass = ramp(
        palette("c8c84a", "6fb04a", "2f7f5a", "2d4f7f", "3d2f7f"), 4.2 * (y - shore) + 0.13 * canvas.noise(0.12)
    )
    picture = np.where((y > shore)[..., None], grass, picture)
    _tree(canvas, picture)
    return np.clip(picture, 0, 1)


def _over(picture: Array, inside: np.ndarray, color: Array) -> None:
    picture[inside] = color


def _sail(picture: Array, x: Array, y: Array, cx: float, base: float, size: float) -> None:
    """A boat with two sails, and its reflection."""
    up = (base - y) / size
    white, shade, hull = palette("fdf3dc", "e8a0a0", "5a2a5f")
    _over(picture, (up > 0.04) & (up < 1) & (x > cx) & (x - cx < 0.42 * size * (1 - up)), white)
    _over(picture, (up > 0.10) & (up < 0.85) & (x < cx - 0.02 * size) & (cx - x < 0.30 * size * (0.85 - up)), shade)
    _over(picture, (np.abs(x - cx) < 0.42 * size * (1 + up)) & (up > -0.10) & (up < 0.03), hull)
    wobble = 0.03 * size * np.sin(500 * y)
    under = (up < -0.12) & (up > -0.8) & (np.abs(x - cx - 0.08 * size + wobble) < 0.22 * size * (1 + up))
    picture[under] = 0.5 * picture[under] + 0.5 * white


def _tree(canvas: Canvas, picture: Array) -> None:
    """A tree on the left that frames the view, its leaves against the light."""
    x, y = canvas.x, canvas.y
    trunk = np.abs(x - 0.135 - 0.035 * np.sin(5 * y + 0.5)) < 0.016 + 0.03 * smoothstep(0.45, 0.75, y)
    _over(picture, trunk & (y > 0.15) & (y < 0.70), palette("4a2f6a")[0])
    crowns = ((0.14, 0.10, 0.15), (0.02, 0.17, 0.11), (0.27, 0.13, 0.09), (0.17, 0.22, 0.08), (0.34, 0.05, 0.08))
    inside = np.max([1 - np.hypot(x - cx, 1.25 * (y - cy)) / r for cx, cy, r in crowns], axis=0)
    leaves = inside + 0.22 * canvas.noise(0.06, 3) > 0.12
    tone = ramp(
        palette("23306e", "2f6a3c", "7ab648", "e8d44a"),
        0.45 - 1.6 * (y - 0.12) + 0.9 * (x - 0.12) + 0.16 * canvas.noise(0.07, 2),
    )
    _over(picture, leaves, tone[leaves])


def pastel(canvas: Canvas) -> None:
    """A bouquet glowing on dark paper, hatched with soft chalk."""
    x, y = canvas.x, canvas.y
    canvas.color[:] = palette("2e3145")[0]
    grain = canvas.noise(0.0028, 2) + 0.5 * np.sin(1100 * y)
    tooth = 0.4 + 0.6 * smoothstep(1.9, 0.1, grain)
    ground = ramp(
        palette("274a8f", "4f8fc0", "a8c4c0", "f2b89a", "e8785a", "8a3f78"), y * 0.95 + 0.12 * canvas.noise(0.5, 3)
    )
    aura = np.exp(-(((x - 0.37) / 0.34) ** 2 + ((y - 0.36) / 0.30) ** 2))[..., None]
    ground += 0.8 * aura * (palette("fbe3a8")[0] - ground)
    for angle, size in ((-0.80, 0.016), (-0.60, 0.011), (-1.0, 0.008)):
        flow = heading(angle + 0.25 * canvas.noise(0.4, 2))
        chalk(canvas, ground, flow, ((size, 0.11),), None, tooth, (0.15, 0.05))
    _vase(canvas, tooth)
    _bouquet(canvas, tooth)
    canvas.color *= (1 + 0.035 * grain)[..., None]


def chalk(
    canvas: Canvas,
    picture: Array,
    flow: Array,
    layers: tuple[tuple[float, float], ...],
    mask: Array | None,
    tooth: Array,
    vary: tuple[float, float] = (0.11, 0.035),
) -> None:
    """Hatch ``picture`` along ``flow`` inside ``mask``, so that the paper shows between the strokes."""
    for width, length in layers:
        starts = canvas.scatter((width * length) ** 0.5 * 0.85)
        if mask is not None:
            starts = starts[canvas.sample(mask, starts) > 0.5]
        colors = jitter(canvas.rng, canvas.sample(picture, starts), *vary)
        lay(canvas, trace(canvas, flow, starts, length, 7, mask), width, colors, SOFT, tooth)


def _vase(canvas: Canvas, tooth: Array) -> None:
    """A glazed vase on a table, and its shadow."""
    x, y = canvas.x, canvas.y
    table = (y > 0.86 + 0.01 * np.sin(9 * x)).astype(np.float32)
    cloth = ramp(palette("c95f4a", "7a2f52", "3a2550"), 5 * (y - 0.86) + 0.2 * canvas.noise(0.2))
    chalk(canvas, cloth, heading(np.full_like(x, 0.12)), ((0.012, 0.12), (0.008, 0.09)), table, tooth)
    drop = (y - 0.60) / 0.345
    shape = np.array([0.085, 0.068, 0.075, 0.105, 0.135, 0.148, 0.142, 0.120, 0.090, 0.075, 0.090])
    half = np.interp(drop, np.linspace(0, 1, len(shape)), shape).astype(np.float32)
    across = (x - 0.375) / half
    shadow = np.exp(-(((x - 0.47) / 0.20) ** 2 + ((y - 0.945) / 0.022) ** 2))
    canvas.glaze(palette("241a33")[0], 0.75 * shadow)
    inside = ((np.abs(across) < 1) & (drop > 0) & (drop < 1)).astype(np.float32)
    tones = palette("0e3a4f", "1f7f8c", "5fc0b8", "f2f7e0", "4fb0b0", "1a6a80", "12385a", "2f6f8f")
    glaze = ramp(tones, 0.5 + 0.5 * across + 0.05 * np.sin(30 * drop) * (np.abs(drop - 0.5) < 0.2))
    layers = ((0.013, 0.07), (0.009, 0.05), (0.006, 0.04))
    for flow in (heading(np.pi / 2 + 0.9 * across), heading(0.5 * across)):
        chalk(canvas, glaze, flow, layers, inside, tooth)


def _bouquet(canvas: Canvas, tooth: Array) -> None:
    """Leaves, then blossoms of petals from the rim inwards, the far ones first."""
    rng = canvas.rng
    leaves = 260
    base = np.stack([0.375 + rng.normal(0, 0.105, leaves), 0.41 + rng.normal(0, 0.095, leaves)], 1).astype(np.float32)
    aim = np.arctan2(base[:, 1] - 0.68, base[:, 0] - 0.375) + rng.normal(0, 0.45, leaves)
    tip = base + 0.075 * heading(aim)
    paths = np.stack([base, (base + tip) / 2 + rng.normal(0, 0.006, base.shape), tip], 1).astype(np.float32)
    greens = palette("16453f", "2f7a4a", "7fae4a", "1d3a5f", "b8c85a")[rng.integers(0, 5, leaves)]
    lay(
        canvas,
        paths,
        rng.uniform(0.010, 0.022, leaves),
        jitter(rng, greens, 0.12, 0.03),
        Brush(0.2, 0.3, 0, 0.9),
        tooth,
    )
    blooms = ((0.20, 0.30, 0.070, 0), (0.55, 0.27, 0.075, 1), (0.37, 0.17, 0.075, 2), (0.10, 0.44, 0.055, 3),
              (0.64, 0.43, 0.060, 2), (0.27, 0.46, 0.080, 4), (0.48, 0.43, 0.090, 0), (0.38, 0.57, 0.065, 3),
              (0.19, 0.58, 0.045, 1), (0.58, 0.56, 0.050, 4), (0.24, 0.12, 0.042, 4), (0.52, 0.13, 0.045, 3),
              (0.38, 0.32, 0.070, 1), (0.67, 0.31, 0.035, 0), (0.08, 0.31, 0.036, 2))  # fmt: skip
    tones = (palette("7a1230", "d02a3a", "f26a4a", "ffd08a"), palette("b8541a", "f29a2a", "fbd24a", "fff3b8"),
             palette("8a2a6a", "d85f9a", "f4a8c4", "fff0ea"), palette("2a2f8a", "4f6fd0", "8fb4f0", "f0f4ff"),
             palette("c8b8a8", "f2e6d4", "fffaf0", "f4c84a"))  # fmt: skip
    for cx, cy, radius, kind in blooms:
        for ring, tone in zip((1.0, 0.78, 0.52, 0.24), tones[kind], strict=True):
            count = int(26 * ring) + 8
            turn = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 0.5, count)
            reach = radius * ring * rng.uniform(0.82, 1.12, count)
            out = heading(turn + 0.25) * reach[:, None]
            mid = heading(turn) * reach[:, None] * 0.55
            middle = np.array([cx, cy])
            petal = np.stack([middle + 0.2 * mid, middle + mid, middle + out * [1, 0.9]], 1).astype(np.float32)
            color = jitter(rng, np.repeat(tone[None], count, 0), 0.10, 0.035)
            lay(canvas, petal, radius * 0.30, color, Brush(0.16, 0.35, 0, 0.35), 0.25 + 0.75 * tooth)


STYLES = {"dots": (dots, 0.75), "pastel": (pastel, 1.3333)}
