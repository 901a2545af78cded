"""A tree of spirals in gold leaf, over a meadow of enamel triangles, eyes and flowers."""

from __future__ import annotations

import numpy as np

from painting.block import Block
from painting.canvas import Array, Canvas, lit, palette, ramp, smoothstep


def goldleaf(canvas: Canvas) -> None:
    """A tree whose every branch curls into a spiral, on leaf over leaf of beaten gold."""
    crackle = _leaf(canvas)
    _carpet(canvas)
    block = Block(canvas)
    _engraved(block, canvas.rng)
    branches = _grow(canvas.rng)
    for share, rim, tone in (
        (1.0, 0.0055, "2a1608"),
        (1.0, 0.0, "9a5f1c"),
        (0.62, 0.0, "d9a43a"),
        (0.15, 0.0004, "f6dc86"),
    ):
        for path, width in branches:
            block.ribbon(path, share * np.maximum(width * np.linspace(1, 0.30, len(path)) ** 0.8, 0.0030) + rim, tone)
    _jewels(block, canvas.rng, branches)
    _flowers(block, canvas.rng)
    block.print_on(canvas)
    thickness = canvas.color.mean(2) * 2.2 + 0.22 * crackle
    canvas.color *= (1 + 0.05 * crackle + 0.05 * canvas.noise(0.006, 2))[..., None]
    canvas.color = lit(canvas.color, thickness * canvas.side / 1500, 0.8, 0.3)


def _leaf(canvas: Canvas) -> Array:
    """Squares of gold leaf, each with its own warmth, worn to the red clay beneath; returns its crackle."""
    x, y = canvas.x, canvas.y
    row = np.floor(y * 14).astype(np.int32)
    column = np.floor(x * 14 + 0.5 * (row % 2)).astype(np.int32)
    warmth = canvas.rng.random((16, 16)).astype(np.float32)[row % 16, column % 16]
    crackle = canvas.noise(0.03, 5, 0.65)
    gold = palette("5f3d10", "9a6a1a", "cf9a2a", "eac350", "f9e6a0")
    halo = np.exp(-(((x - 0.5) / 0.45) ** 2 + ((y - 0.40) / 0.38) ** 2))
    canvas.color = ramp(
        gold, 0.32 + 0.30 * (warmth - 0.5) + 0.26 * halo + 0.09 * crackle + 0.06 * canvas.noise(0.35, 3)
    )
    seam = 0.5 - np.maximum(np.abs((y * 14) % 1 - 0.5), np.abs((x * 14 + 0.5 * (row % 2)) % 1 - 0.5))
    canvas.glaze(palette("6a3a14")[0], 0.45 * smoothstep(0.035, 0.0, seam + 0.01 * crackle))
    canvas.glaze(palette("7a3018")[0], 0.55 * smoothstep(1.5, 2.6, crackle))
    return crackle


def _carpet(canvas: Canvas) -> None:
    """Rows of triangles in enamel, framed in gold."""
    x, y = canvas.x, canvas.y
    top = 0.79 + 0.025 * np.sin(6.5 * x + 0.5)
    row = np.floor((y - top) * 26)
    u, v = x * 24 + 0.5 * (row % 2), (y - top) * 26 % 1
    upward = np.abs(u % 1 - 0.5) < v * 0.5
    key = (np.floor(u + 0.5 * ~upward).astype(np.int32) * 31 + row.astype(np.int32) * 17 + upward * 7) % 97
    tones = palette("1f3f6f", "e9c24a", "8a1f2a", "f3ead0", "2f7a5a", "d0602a", "141414", "b98fc0", "3f8fb0")
    carpet = tones[canvas.rng.integers(0, len(tones), 97)][key]
    edge = np.minimum(np.abs(np.abs(u % 1 - 0.5) - v * 0.5), 0.7 * np.minimum(v, 1 - v))
    carpet = np.where((edge < 0.05)[..., None], palette("e9b93a")[0], carpet)
    canvas.color = np.where((y > top)[..., None], carpet, canvas.color).astype(np.float32)
    canvas.glaze(palette("2a1608")[0], smoothstep(0.004, 0.002, np.abs(y - top)))


def spiral(start: Array, aim: float, stem: float, radius: float, pitch: float, turn: float) -> Array:
    """A stem that bends into an Archimedean spiral: (N, 2).

    It leaves ``start`` toward ``aim``, runs for ``stem``, and winds to the side ``turn`` (+1 or -1) from
    ``radius`` inwards, one ``pitch`` a turn.
    """
    run = np.full(40, stem / 40)
    bend = run / radius * np.linspace(-0.25, 1, 40) ** 3
    angle = np.linspace(0, 2 * np.pi * max(radius - 0.35 * pitch, 0.3 * pitch) / pitch, 110)
    coil = (radius - pitch * angle / (2 * np.pi))[1:]
    delta = angle[1]
    heading = aim + turn * np.cumsum(np.concatenate([bend, np.full(109, delta)]))
    step = np.concatenate([run, coil * delta])[:, None] * np.stack([np.cos(heading), np.sin(heading)], 1)
    return np.asarray(start + np.concatenate([[[0, 0]], np.cumsum(step, 0)]), np.float32)


def _grow(rng: np.random.Generator) -> list[tuple[Array, float]]:
    """Paths and widths of all branches, the thin ones first."""
    branches: list[tuple[Array, float]] = []

    def bough(start: Array, aim: float, stem: float, radius: float, turn: float, width: float, order: int) -> None:
        path = spiral(start, aim, stem, radius, max(2.1 * width, 0.30 * radius), turn)
        branches.append((path, width))
        if order == 0:
            return
        for index, side in ((9, -turn), (17, turn), (25, -turn), (34, -turn), (48, -turn)):
            lean = np.arctan2(*(path[index + 1] - path[index])[::-1]) + side * rng.uniform(0.35, 0.75)
            size = rng.uniform(0.42, 0.62)
            bough(path[index], lean, stem * size * 0.8, radius * size, side, width * 0.60, order - 1)

    crown = np.array([0.50, 0.56])
    for aim, stem, radius, turn, width in (
        (-2.80, 0.30, 0.085, 1, 0.030),
        (-0.34, 0.30, 0.085, -1, 0.030),
        (-2.25, 0.40, 0.100, -1, 0.032),
        (-0.89, 0.40, 0.100, 1, 0.032),
        (-1.78, 0.34, 0.085, 1, 0.028),
        (-1.36, 0.34, 0.085, -1, 0.028),
    ):
        bough(crown, aim, stem, radius, turn, width, 2)
    t = np.linspace(0, 1, 60)
    for lean in (-0.075, -0.028, 0.028, 0.075):
        trunk = np.stack([0.5 + lean * (1 - t) ** 2.2 + 0.25 * lean * t, 0.90 - 0.345 * t], 1)
        branches.append((trunk.astype(np.float32), 0.042))
    return sorted(branches, key=lambda branch: branch[1])


def _engraved(block: Block, rng: np.random.Generator) -> None:
    """Small spirals scratched into the gold ground."""
    for _ in range(150):
        at, radius = rng.uniform([0, 0], [1, 0.78]), rng.uniform(0.012, 0.026)
        path = spiral(at, rng.uniform(0, 6.3), 0.4 * radius, radius, 0.0085, rng.choice([-1, 1]))
        block.ribbon(path, np.full(len(path), 0.0024), ("7a4e14", "fbe9a8", "5a3410")[rng.integers(0, 3)])


def _flowers(block: Block, rng: np.random.Generator) -> None:
    """Round flowers: rings of enamel with beads on one of them."""
    sets = (
        ("f3ead0", "c0392b", "f3c53a", "1f3f8a"),
        ("1a1a1a", "e9c24a", "8a2f6a", "f3ead0"),
        ("2f6f5a", "f3ead0", "e0702a", "1f2f5f"),
        ("e9b93a", "2a4fa0", "f3ead0", "b0283a"),
    )
    spots = rng.uniform([0, 0.81], [1, 1.0], (44, 2))
    for number, (x, y) in enumerate(spots[np.argsort(spots[:, 1])]):
        radius, tones = rng.uniform(0.016, 0.034), sets[number % len(sets)]
        block.circle(x, y, radius + 0.003, "2a1608")
        for ring, tone in zip((1.0, 0.78, 0.50, 0.24), tones, strict=True):
            block.circle(x, y, radius * ring, tone)
        for angle in np.linspace(0, 2 * np.pi, 11)[:-1]:
            block.circle(x + 0.64 * radius * np.cos(angle), y + 0.64 * radius * np.sin(angle), 0.10 * radius, tones[0])


def _jewels(block: Block, rng: np.random.Generator, branches: list[tuple[Array, float]]) -> None:
    """An eye in the heart of each larger spiral; triangles and eyes hung from the boughs."""
    for path, width in branches:
        if 0.015 < width < 0.04:
            for radius, tone in ((0.017, "2a1608"), (0.0145, "f3ead0"), (0.0095, "1f4f8a"), (0.0045, "14100a")):
                block.circle(path[-1, 0], path[-1, 1], radius, tone)
    tones = ("f3ead0", "1a1a1a", "b0283a", "2f6f5a", "27509a", "f3ead0")
    for _ in range(120):
        path, _width = branches[rng.integers(0, len(branches) - 4)]
        x, y = path[rng.integers(8, 60)] + rng.normal(0, 0.014, 2)
        size, tone = rng.uniform(0.009, 0.018), tones[rng.integers(0, 6)]
        if y < 0.74:
            wedge = np.array([[x, y - size], [x + 0.62 * size, y + 0.5 * size], [x - 0.62 * size, y + 0.5 * size]])
            block.shape(wedge, tone, 0.0026)


STYLES = {"goldleaf": (goldleaf, 1.0)}
