"""Draws strips of a film for visual inspection: frames of each way of painting, and their changes along the flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pinxit import images
from pinxit.images import Image as Picture
from pinxit.video import flow

FRAMES = 6
WIDTH = 320  # px
LABEL = 20
LOUDER = 5
"""Factor by which differences are amplified."""


def write(sequence: Path, ways: Mapping[str, Path], folder: Path) -> Path:
    """Write ``strip.png``: a row of photos, then for each way a row of frames and one of differences."""
    photos = images.find_pictures(sequence)
    chosen = sorted({round(number) for number in np.linspace(1, len(photos) - 1, FRAMES)})
    rows = [("photo", [_small(images.read(photos[number])) for number in chosen])]
    for name, painted in ways.items():
        paths = images.find_pictures(painted)
        rows.append((name, [_small(images.read(paths[number])) for number in chosen]))
        rows.append((f"{name}: changed x {LOUDER}", [_changed(photos, paths, number) for number in chosen]))
    target = folder / "strip.png"
    _sheet(rows).save(target)
    return target


def _changed(photos: list[Path], paths: list[Path], number: int) -> Image.Image:
    """Return the difference of a frame and the previous one, warped by the photos' flow; black: unknown."""
    shown, last = (images.read(paths[n])[..., :3] for n in (number, number - 1))
    size = (shown.shape[0], shown.shape[1])
    photo, before = (images.resize(images.read(photos[n])[..., :3], size) for n in (number, number - 1))
    motion = flow.estimate(flow.gray(before), flow.gray(photo)).at(size)
    moved = flow.warp(last, motion.back)
    return _small(np.clip(np.abs(shown - moved) * motion.trust[..., None] * LOUDER, 0, 1).astype(np.float32))


def _small(image: Picture) -> Image.Image:
    height = max(1, round(image.shape[0] * WIDTH / image.shape[1]))
    small = images.resize(np.ascontiguousarray(image[..., :3]), (height, WIDTH))
    return Image.fromarray(np.rint(small * 255).astype(np.uint8))


def _sheet(rows: list[tuple[str, list[Image.Image]]]) -> Image.Image:
    height = max(cell.height for _, cells in rows for cell in cells) + LABEL
    sheet = Image.new("RGB", (WIDTH * len(rows[0][1]), height * len(rows)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for row, (label, cells) in enumerate(rows):
        draw.text((4, row * height + 2), label, "black", font)
        for column, cell in enumerate(cells):
            sheet.paste(cell, (column * WIDTH, row * height + LABEL))
    return sheet
