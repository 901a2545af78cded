"""Pictures pulled from a block or a plate: a woodblock wave, an etching of ships."""

from __future__ import annotations

import numpy as np

from painting.block import Block, curve
from painting.canvas import Array, Canvas, palette, ramp, smoothstep


def woodblock(canvas: Canvas) -> None:
    """A great wave before a mountain and a red sun, in flat colors with graded edges."""
    x, y = canvas.x, canvas.y
    canvas.color = ramp(palette("27406f", "8fa9ad", "e9dcbc", "efe0bd", "f2cfae", "eab49a"), y / 0.50)
    canvas.glaze(palette("1c2c5a")[0], 0.9 * smoothstep(0.085, 0.0, y + 0.006 * canvas.noise(0.1, 2)))
    sun = np.hypot(x - 0.735, y - 0.205)
    disc = ramp(palette("a81f23", "cf3a2a", "e2633a"), (y - 0.10) / 0.21)
    canvas.color[sun < 0.098] = disc[sun < 0.098]
    block = Block(canvas)
    _mist(block)
    _mountain(block)
    for number, (base, swell) in enumerate(((0.470, 0.016), (0.505, 0.026))):
        _swell(block, canvas.rng, base, swell, 5.5 - number, number * 1.9)
    _breaker(block, canvas.rng)
    for number, (base, swell) in enumerate(((0.605, 0.040), (0.665, 0.035))):
        _swell(block, canvas.rng, base, swell, 2.6 + 0.7 * number, 0.9 + 2.4 * number, foam=True)
    block.print_on(canvas)
    _impression(canvas)


def _impression(canvas: Canvas) -> None:
    """The wood's grain, the paper's fibers and the printer's uneven pressure."""
    x, y = canvas.x, canvas.y
    rings = np.sin(
        2 * np.pi * 38 * (y + 0.05 * np.sin(3.1 * x + 1) + 0.012 * canvas.noise(0.4, 2)) + 2 * canvas.noise(0.3, 2)
    )
    pressure = canvas.noise(0.30, 4)
    dark = 1 - canvas.color.mean(2)
    fiber = canvas.noise(0.004, 2)
    slope = np.abs(canvas.color - palette("3f5f86")[0]).max(2) < 0.02
    canvas.glaze(palette("d9b9a0")[0], slope * 0.85 * smoothstep(0.33, 0.485, y))
    grain = (0.10 * rings + 0.05 * pressure) * (0.25 + dark) + 0.035 * fiber
    canvas.color = np.clip(
        canvas.color * (1 + 0.6 * grain[..., None]) + 0.45 * grain[..., None] * dark[..., None], 0, 1
    )
    canvas.glaze(palette("e9dcbc")[0], 0.07 + 0.05 * smoothstep(0.5, 2.0, pressure))


def _mist(block: Block) -> None:
    """Bars of haze with round ends."""
    for x, y, length, half, fill in (
        (0.50, 0.135, 0.30, 0.011, "f3e6cb"),
        (0.62, 0.165, 0.42, 0.011, "f3e6cb"),
        (0.88, 0.275, 0.30, 0.010, "f3e0c4"),
        (0.47, 0.262, 0.30, 0.009, "f3e0c4"),
    ):
        for end in (x, x + length):
            block.circle(end, y, half, fill)
        block.shape(np.array([[x, y - half], [x + length, y - half], [x + length, y + half], [x, y + half]]), fill)


def _mountain(block: Block) -> None:
    across = np.linspace(-1, 1, 121)
    height = 0.20 * (np.exp(-2.6 * np.abs(across)) - np.exp(-2.6)) / (1 - np.exp(-2.6))
    top = np.minimum(height, 0.172) + 0.002 * np.sin(40 * across) * (height > 0.172)
    outline = np.stack([0.60 + 0.34 * across, 0.475 - top], 1).astype(np.float32)
    block.shape(outline, "3f5f86", 0.003)
    snow = np.abs(across) < 0.26
    hem = 0.475 - top[snow] + 0.020 + 0.045 * np.abs(np.sin(27 * across[snow])) * (1 - np.abs(across[snow]) / 0.27)
    lower = np.stack([0.60 + 0.34 * across[snow], np.minimum(hem, 0.475 - 0.075)], 1)[::-1]
    block.shape(np.concatenate([outline[snow], lower]), "f6f0df", 0.002)


def _swell(
    block: Block, rng: np.random.Generator, base: float, swell: float, waves: float, phase: float, foam: bool = False
) -> None:
    """A row of pointed waves, striped along their backs."""
    t = np.linspace(-0.3, 1.3, 400)
    turn = 2 * np.pi * waves * t + phase
    x, top = t + 0.62 * swell * np.sin(turn), base - swell * np.cos(turn) * (0.75 + 0.25 * np.sin(0.31 * turn))
    stripes = ("1f3a78", "6f9cb8", "27509a", "a9c8c8", "1f3a78", "4a7fae", "16285c")
    for number, fill in enumerate(stripes):
        sink = swell * (0.42 * number + 0.10 * number**1.5 * np.sin(turn * 0.5 + 0.4 * number) ** 2)
        edge = np.stack([x + 0.12 * swell * number, top + sink], 1)
        block.shape(np.concatenate([edge, [[1.4, 1.0], [-0.4, 1.0]]]).astype(np.float32), fill, 0.0024)
    if foam:
        crest = np.flatnonzero(np.cos(turn) > 0.55)
        pick = crest[:: max(1, len(crest) // 90)]
        lift = rng.uniform(-0.014, 0.010, len(pick))
        block.foam(np.stack([x[pick], top[pick] + lift, rng.uniform(0.004, 0.011, len(pick))], 1))


def _breaker(block: Block, rng: np.random.Generator) -> None:
    """The great wave: striped from its back to its hollow, with claws of foam."""
    back = curve(
        [(-0.15, 0.62), (-0.02, 0.42), (0.10, 0.22), (0.24, 0.095), (0.38, 0.085), (0.475, 0.165), (0.500, 0.265)]
    )
    hollow = curve(
        [(0.52, 0.78), (0.33, 0.62), (0.245, 0.47), (0.255, 0.335), (0.325, 0.245), (0.415, 0.225), (0.500, 0.265)]
    )
    block.shape(np.concatenate([back, hollow[::-1], [[0.5, 0.9], [-0.2, 0.9]]]), "1f3a78", 0.003)
    stripes = (
        "f1ead6",
        "1f3a78",
        "6f9cb8",
        "f1ead6",
        "27509a",
        "1b3069",
        "a9c8c8",
        "27509a",
        "f1ead6",
        "16285c",
        "3f6fa6",
    )
    edges = np.linspace(0.06, 1.0, len(stripes) + 1) ** 1.15
    for low, high, fill in zip(edges, edges[1:], stripes, strict=False):
        inner, outer = back + low * (hollow - back), back + high * (hollow - back)
        block.shape(np.concatenate([inner, outer[::-1]]), fill, 0.0022)
    crest = np.concatenate([back[30:], hollow[-24:][::-1]])
    blobs = [(*point, radius) for point in crest[::1] for radius in rng.uniform(0.008, 0.020, 1)]
    blobs += [
        (*(point + rng.normal(0, 0.013, 2)), radius) for point in crest for radius in rng.uniform(0.004, 0.012, 2)
    ]
    blobs += _claws(rng, crest)
    block.foam(np.array(blobs))
    for _ in range(90):
        spray = crest[rng.integers(10, len(crest))] + rng.normal(0, 1, 2) * [0.055, 0.050] + [0.03, 0.01]
        block.foam(np.array([[*spray, rng.uniform(0.0015, 0.0045)]]))


def _claws(rng: np.random.Generator, crest: Array) -> list[tuple[float, float, float]]:
    """Fingers that bend down and forward from the crest, each a row of shrinking discs."""
    blobs = []
    for point in crest[14::2]:
        at, aim = np.array(point), rng.uniform(-0.2, 1.3)
        bend, radius = rng.uniform(0.10, 0.28), rng.uniform(0.0075, 0.0115)
        for _ in range(rng.integers(7, 12)):
            blobs.append((at[0], at[1], radius))
            at = at + 0.75 * radius * np.array([np.cos(aim), np.sin(aim)])
            aim, radius = aim + bend, radius * 0.88
    return blobs


def etching(canvas: Canvas) -> None:
    """Ships under a low sun, in engraved lines that swell with the tone and cross in the shadows."""
    x, y = canvas.x, canvas.y
    waver, billow = canvas.noise(0.16, 2), canvas.noise(0.24, 3)
    horizon, sun = 0.50, np.hypot(x - 0.60, y - 0.40)
    depth = np.clip((y - horizon) / 0.27, 0, 1)
    roll = (0.05 + 0.95 * depth) * np.sin(2 * np.pi * (5.5 - 2.5 * depth) * (x + 0.5) + 30 * depth + 0.8 * waver)
    roll += 0.5 * depth * np.sin(2 * np.pi * 8 * x - 44 * depth + billow)
    tone, solid = _seascape(canvas, sun, depth, roll, horizon)
    below = y > horizon
    sky = sun + 0.009 * billow
    first = np.where(below, y + 0.0085 * roll + 0.0008 * waver, sky) / 0.0078
    second = np.where(below, 0.80 * y + 0.50 * x + 0.008 * roll, 0.78 * y + 0.62 * x + 0.006 * billow) / 0.0078
    third = (0.80 * y - 0.60 * x + 0.002 * waver) / 0.0072
    ink = _engrave(first, tone)
    ink = np.maximum(ink, _engrave(second, 1.35 * (tone - 0.42)))
    ink = np.maximum(ink, _engrave(third, 1.6 * (tone - 0.68)))
    _pull(canvas, np.maximum(ink, solid), waver)


def _pull(canvas: Canvas, ink: Array, waver: Array) -> None:
    """Print the plate: toned paper, a pressed rim, a ruled border, ink that did not take everywhere."""
    x, y = canvas.x, canvas.y
    speck = canvas.noise(0.0025, 2)
    ink = ink * np.clip(0.92 + 0.09 * speck + 0.06 * canvas.noise(0.2, 2), 0, 1)
    canvas.color = palette("efe3c8")[0] * (1 + 0.020 * speck + 0.025 * canvas.noise(0.25, 3))[..., None]
    width, height = canvas.extent
    rim = np.min(np.stack([x, y, width - x, height - y]), 0)
    canvas.glaze(palette("cdb98f")[0], 0.35 * smoothstep(0.10, 0.0, rim) + 0.12 * (rim > 0.022))
    ink *= smoothstep(0.0275, 0.030, rim + 0.0006 * waver)
    ink = np.maximum(ink, 0.8 * smoothstep(0.0016, 0.0006, np.abs(rim - 0.024)))
    canvas.color = np.clip(canvas.color + ink[..., None] * (palette("221913")[0] - canvas.color), 0, 1)


def _engrave(phase: Array, tone: Array) -> Array:
    """Lines at the whole numbers of ``phase``, as thick as ``tone`` [0, 1] asks, at most 4/5 of the gap."""
    gap = np.abs((phase + 0.5) % 1 - 0.5)
    half = 0.42 * np.clip(tone, 0, 0.95)
    down, right = np.gradient(phase)
    pixel = np.clip(np.hypot(down, right), 0.02, 0.5)
    return np.asarray(np.clip((half - gap) / pixel + 0.5, 0, 1) * (tone > 0.03), np.float32)


def _seascape(canvas: Canvas, sun: Array, depth: Array, roll: Array, horizon: float) -> tuple[Array, Array]:
    """How dark each place is, and what is solid ink."""
    x, y = canvas.x, canvas.y
    cloud = canvas.noise(0.34, 5, 0.55) + 1.5 * (0.20 - y) / 0.22
    body, lining = smoothstep(0.1, 1.0, cloud), np.exp(-((cloud - 0.15) ** 2) / 0.06)
    sky = 0.16 + 0.46 * smoothstep(0.08, 0.65, sun) + body * (0.30 + 0.14 * canvas.noise(0.1, 3)) - 0.40 * lining
    sky *= smoothstep(0.055, 0.075, sun) * (0.55 + 0.45 * smoothstep(0.06, 0.25, sun))
    path = np.exp(-(((x - 0.60) / (0.04 + 0.13 * depth)) ** 2))
    sea = 0.40 + 0.22 * depth**0.6 + 0.34 * roll - 0.42 * path + 0.05 * canvas.noise(0.2, 2)
    sea = np.where(roll < -0.85 + 0.25 * depth, 0.06, sea)  # foam along the crests
    tone = np.clip(np.where(y > horizon, sea, sky), 0, 1).astype(np.float32)
    solid = np.zeros_like(x)
    for cx, base, size in ((0.30, 0.600, 0.44), (0.80, 0.525, 0.15), (0.92, 0.513, 0.08), (0.545, 0.508, 0.05)):
        _ship(tone, solid, (x - cx) / size, (y - base) / size, size)
    birds = ((0.70, 0.22, 0.020), (0.75, 0.25, 0.014), (0.66, 0.27, 0.011), (0.55, 0.20, 0.012), (0.79, 0.20, 0.010))
    for bx, by, span in birds:
        reach = np.abs(x - bx) / span
        wing = np.abs(y - by + 0.45 * span * np.sin(2.4 * np.clip(reach, 0, 1)))
        solid[(wing < 0.0022 * (1.1 - reach)) & (reach < 1)] = 1
    return tone, solid


def _ship(tone: Array, solid: Array, x: Array, y: Array, size: float) -> None:
    """A three-master, one unit tall with the keel at the origin, its sails filled from the left."""
    deck = -0.085 - 0.075 * np.clip(np.abs(x + 0.04) / 0.40, 0, 1) ** 3
    hull = (y > deck) & (y < 0.03 + 0.004 * np.sin(40 * x)) & (np.abs(x) < 0.43 - 0.6 * np.clip(y + 0.12, 0, 1))
    tone[hull], solid[hull] = 0.9, 0.93
    strake = hull & (np.abs(y - deck - 0.045) < 0.011)
    solid[strake] = np.where(np.sin(95 * x[strake]) > 0.45, 0.93, 0.05)
    tone[strake] = 0.1
    mirror = (y > 0.03) & (y < 0.30) & (np.abs(x + 0.05 * np.sin(60 * y)) < 0.40 - 0.5 * y)
    tone[mirror] = np.clip(tone[mirror] + 0.38 * (1 - y[mirror] / 0.30), 0, 1)
    thin = 0.007 + 0.0006 / size
    for mast, tall, wide in ((-0.26, 0.70, 0.12), (0.00, 0.92, 0.155), (0.24, 0.76, 0.13)):
        solid[(np.abs(x - mast) < thin) & (y < -0.06) & (y > -tall - 0.06)] = 1
        for low, high, share in ((0.16, 0.42, 1.0), (0.45, 0.66, 0.82), (0.69, 0.85, 0.62)):
            bottom, top = -low * tall - 0.03, -high * tall - 0.05
            level = np.clip((y - top) / (bottom - top), 0, 1)
            half = wide * share * (0.80 + 0.2 * level)
            across = (x - mast - 0.035 * np.sin(np.pi * level)) / half
            sail = (np.abs(across) < 1) & (y > top + 0.012 * across**2) & (y < bottom - 0.03 * (1 - across**2))
            tone[sail] = np.clip(0.30 + 0.34 * across[sail] + 0.30 * (1 - level[sail]) ** 2, 0.04, 1)
            outline = sail & ((np.abs(across) > 1 - 0.006 / half) | (level > 0.985 - 0.12 * (1 - across**2)))
            solid[outline] = np.maximum(solid[outline], 0.9)
            solid[(np.abs(y - top) < thin) & (np.abs(x - mast) < 1.08 * half)] = 1
        flag = (y < -tall - 0.03) & (y > -tall - 0.075) & (x > mast) & (x < mast + 0.10 - 0.3 * np.abs(y + tall + 0.05))
        solid[flag] = 0.9
    for x0, y0, x1, y1 in (
        (-0.42, -0.14, -0.26, -0.66),
        (-0.26, -0.70, 0.0, -0.14),
        (0.0, -0.94, 0.24, -0.14),
        (0.24, -0.78, 0.60, -0.24),
        (0.0, -0.94, -0.26, -0.40),
        (0.36, -0.13, 0.62, -0.25),
        (0.24, -0.52, 0.58, -0.23),
    ):
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        solid[np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) < 0.5 * thin] = 1


STYLES = {"woodblock": (woodblock, 0.7), "etching": (etching, 0.75)}
