"""Thick oil paint: a swirling night, and dusk in wavy bands."""

from __future__ import annotations

import numpy as np

from painting.brush import Brush, along, cover, heading
from painting.canvas import Array, Canvas, lit, palette, ramp, smoothstep


def swirls(canvas: Canvas) -> None:
    """A night sky of whirling strokes in Prussian blue and ochre over rolling hills."""
    x, y = canvas.x, canvas.y
    sky, flow = _night(canvas)
    cover(canvas, sky, flow, ((0.030, 0.16), (0.015, 0.10), (0.0085, 0.075)), vary=(0.13, 0.025))
    hills = (
        (0.520, 0.050, 5.0, 0.4, ("24456f", "3a6a94", "16305a")),
        (0.580, 0.035, 7.0, 2.2, ("2f6b68", "5c8f62", "1c4a5e")),
        (0.655, 0.030, 6.0, 4.0, ("c99a2e", "e6c45a", "8a6a24", "b5812a")),
        (0.735, 0.020, 8.0, 1.0, ("6b4a1e", "c08a2c", "3c4a24", "2b3320")),
    )
    for level, swell, waves, phase, colors in hills:
        ridge = level + swell * np.sin(waves * x + phase) + 0.012 * np.sin(17 * x + 2 * phase)
        depth = y - ridge
        field = depth + 0.006 * canvas.noise(0.12, 2)
        tone = 0.5 + 0.5 * np.sin(95 * field + canvas.noise(0.2, 3))
        picture = ramp(palette(*colors), tone)
        picture[depth < 0.010] = palette("0f1d3c")[0]
        cover(canvas, picture, along(field), ((0.014, 0.09), (0.008, 0.055)), _mask(depth > 0), (0.12, 0.03))
    _cypress(canvas)
    canvas.color = lit(canvas.color, canvas.relief, 0.55, 0.25)


def _mask(inside: np.ndarray) -> Array:
    return inside.astype(np.float32)


def _night(canvas: Canvas) -> tuple[Array, Array]:
    """The sky's picture and its flow: whirls in a stream, and lights with rings around them."""
    x, y = canvas.x, canvas.y
    stream = y - 0.04 * np.sin(7 * x) + 0.004 * canvas.noise(0.25, 2)
    for cx, cy, radius, turn in ((0.36, 0.25, 0.17, 0.16), (0.70, 0.40, 0.10, -0.08)):
        stream = stream + turn * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    for cx, cy, radius, arms in ((0.36, 0.27, 0.115, 1), (0.56, 0.35, 0.085, -1), (0.92, 0.44, 0.06, 1)):
        distance = np.hypot(x - cx, (y - cy) * 1.15)
        spiral = distance + arms * 0.0161 * np.arctan2(y - cy, x - cx)  # one turn of color in one turn around
        weight = np.exp(-((distance / radius) ** 3))
        stream = stream + (spiral - stream) * weight
    tone = 0.5 + 0.42 * np.sin(62 * stream) + 0.16 * canvas.noise(0.3, 3)
    blues = palette("0b1c4d", "173a85", "2a62b4", "5a9bd0", "a9d0dc", "e8ecd0")
    picture = ramp(blues, 0.1 + 0.75 * tone - 0.25 * (y - 0.25))
    lights = ((0.83, 0.15, 0.135), (0.08, 0.10, 0.055), (0.26, 0.07, 0.036), (0.55, 0.10, 0.048),
              (0.67, 0.23, 0.030), (0.05, 0.31, 0.040), (0.80, 0.36, 0.042), (0.29, 0.44, 0.032))  # fmt: skip
    glow = palette("fffbe0", "ffe15a", "f2a51e", "e9d98a", "9cc7c4", "4f8fc0")
    for cx, cy, radius in lights:
        distance = np.hypot(x - cx, y - cy)
        halo = smoothstep(1.25 * radius, 0.75 * radius, distance + 0.008 * canvas.noise(0.05, 2))
        rings = distance / radius + 0.09 * np.sin(distance * 300)
        picture += halo[..., None] * (ramp(glow, rings) - picture)
        stream = stream + (distance - stream) * halo
    crescent = (np.hypot(x - 0.825, y - 0.15) < 0.060) & (np.hypot(x - 0.855, y - 0.138) > 0.050)
    picture[crescent] = palette("f08c12")[0]
    return picture, along(stream)


def _cypress(canvas: Canvas) -> None:
    """A dark flame of a tree at the left."""
    x, y = canvas.x, canvas.y
    height = np.clip((y - 0.13) / 0.67, 0, 1)
    middle = 0.175 + 0.018 * np.sin(16 * y) + 0.03 * height
    half = 0.085 * height**0.8 * (1 + 0.22 * np.sin(34 * y + 1) + 0.1 * np.sin(71 * y))
    offset = (x - middle) / (half + 1e-4)
    tone = 0.5 + 0.5 * np.sin(5 * offset + 20 * y) + 0.2 * canvas.noise(0.1, 2)
    picture = ramp(palette("0a1a17", "16352a", "3d5a2c", "7a6a2a", "152438"), np.clip(tone, 0, 1))
    flow = heading(-np.pi / 2 + 0.55 * np.sin(26 * y + 3 * offset) + 0.3 * offset)
    mask = _mask((np.abs(offset) < 1) & (y > 0.13))
    cover(canvas, picture, flow, ((0.013, 0.09), (0.008, 0.07)), mask, (0.2, 0.02), Brush(tip=0.8))


def bands(canvas: Canvas) -> None:
    """Dusk over a fjord in long wavy bands of orange and blue, with a low sun and a bridge."""
    x, y = canvas.x, canvas.y
    wave = y + 0.028 * np.sin(9 * x + 1.5) * np.exp(-3 * y) + 0.014 * np.sin(21 * x + 14 * y)
    wave = wave + 0.004 * canvas.noise(0.3, 2)
    fire = palette("8e1f14", "d63a1a", "f07a1c", "f9b233", "fbdc7a", "f07a1c", "c4301c", "6f8f8a", "f4a02a")
    sky = ramp(fire, 0.5 + 0.5 * np.sin(46 * wave + 1.2 * canvas.noise(0.5, 2)))
    distance = np.hypot(x - 0.245, 1.1 * (y - 0.300))
    halo = smoothstep(0.105, 0.055, distance + 0.01 * np.sin(21 * x + 14 * y))
    disc = ramp(palette("fffbe0", "fff0a0", "fbd24a", "f6a02a", "e8541c"), distance / 0.095)
    sky += halo[..., None] * (disc - sky)
    wave = wave + (distance - wave) * halo
    cover(canvas, sky, along(wave), ((0.028, 0.24), (0.014, 0.20), (0.008, 0.14)), vary=(0.08, 0.025))
    _fjord(canvas)
    _bridge(canvas)
    canvas.color = lit(canvas.color, canvas.relief, 0.4, 0.15)


def _fjord(canvas: Canvas) -> None:
    """Dark water that turns around a bright bay, and the land on its right."""
    x, y = canvas.x, canvas.y
    shore = 0.400 + 0.030 * np.sin(6 * x + 0.6) + 0.010 * np.sin(19 * x)
    turn = np.hypot(1.25 * (x - 0.36), 2.1 * (y - 0.530)) + 0.03 * np.sin(7 * x + 9 * y) + 0.004 * canvas.noise(0.2, 2)
    blue = palette("0b1730", "16335f", "2f5f93", "7aa3a8", "e8b04c", "1d4577", "0e2140")
    water = ramp(blue, 0.5 + 0.5 * np.sin(34 * turn + 2.2 + canvas.noise(0.4, 2)))
    layers, sea = ((0.018, 0.18), (0.010, 0.14)), (y > shore).astype(np.float32)
    cover(canvas, water, along(turn), layers, sea, (0.12, 0.02), regions=sea)
    bank = x - 0.60 + 0.10 * np.sin(7.5 * y - 1.2) - 0.25 * (y - 0.55)
    land = ramp(
        palette("12202e", "1f4038", "5f6f38", "a8612a", "241a2c"), 0.5 + 0.5 * np.sin(58 * bank + canvas.noise(0.3, 2))
    )
    ground = ((bank > 0) & (y > shore - 0.17 * smoothstep(0.44, 0.82, x))).astype(np.float32)
    cover(
        canvas,
        land,
        along(bank + 0.35 * (y - shore)),
        ((0.016, 0.12), (0.009, 0.09)),
        ground,
        (0.16, 0.02),
        regions=ground,
    )


def _bridge(canvas: Canvas) -> None:
    """Planks and a rail that run to a vanishing point at the left."""
    x, y = canvas.x, canvas.y
    angle = np.arctan2(y - 0.50, x + 0.16)
    flow = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    wood = palette("3a1c14", "8a4a22", "c9853a", "5d3a4a", "a85a2a", "e0b060", "4a2618")
    deck = ramp(wood, 0.5 + 0.5 * np.sin(60 * angle + 0.9 * canvas.noise(0.35, 2)))
    cover(canvas, deck, flow, ((0.020, 0.22), (0.010, 0.16)), (angle > 0.66).astype(np.float32), (0.12, 0.02))
    rails = (np.abs(angle - 0.50) < 0.020) | (np.abs(angle - 0.60) < 0.016) | (np.abs(angle - 0.665) < 0.014)
    posts = (angle > 0.50) & (angle < 0.66) & (np.abs(np.sin(7.5 * np.log(x + 0.16))) < 0.09)
    wooden = ramp(wood, 0.4 + 0.4 * np.sin(240 * angle))
    cover(canvas, wooden, flow, ((0.010, 0.12),), rails.astype(np.float32), (0.15, 0.02))
    cover(canvas, 0.6 * wooden, heading(np.full_like(x, 1.5)), ((0.010, 0.04),), posts.astype(np.float32), (0.15, 0.02))


STYLES = {"swirls": (swirls, 0.8), "bands": (bands, 1.25)}
