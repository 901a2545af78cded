"""The contact sheet: a row for each pair, with content, style, pinxit's picture and pastiche's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from benchmarks.optimize.figures import Row, Runs
from benchmarks.optimize.programs import Task

CELL = 320  # px
GAP = 8
CAPTION = 24
COLUMNS = ("content", "style", "pinxit", "pastiche")


def contact_sheet(rows: Sequence[Row], folder: Path) -> Image.Image:
    """Return the sheet of the finished pictures in ``folder``; one that is missing stays an empty place."""
    step = CELL + GAP
    sheet = Image.new("RGB", (len(COLUMNS) * step + GAP, len(rows) * (step + CAPTION) + CAPTION + GAP), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for column, title in enumerate(COLUMNS):
        draw.text((GAP + column * step, 4), title, "black", font)
    for number, row in enumerate(rows):
        top = CAPTION + number * (step + CAPTION)
        for column, path in enumerate(_pictures(row, folder)):
            _place(sheet, path, (GAP + column * step, top))
        draw.text((GAP, top + CELL + 2), row.name, "gray", font)
    return sheet


def _pictures(row: Row, folder: Path) -> tuple[Path | None, ...]:
    pair = row.ours.pair
    return pair.content, pair.style, _painted(row.ours, folder), _painted(row.peers, folder)


def _painted(runs: Runs, folder: Path) -> Path | None:
    record = runs.whole
    if record is None:
        return None
    return Task(runs.program, runs.pair, record.kind, runs.setting, record.steps, folder).picture


def _place(sheet: Image.Image, path: Path | None, corner: tuple[int, int]) -> None:
    """Paste a picture, whole and centered, into its place; an empty place is light gray."""
    cell = Image.new("RGB", (CELL, CELL), "white" if path else "lightgray")
    if path:
        with Image.open(path) as picture:
            fitted = ImageOps.contain(ImageOps.exif_transpose(picture).convert("RGB"), (CELL, CELL))
        cell.paste(fitted, ((CELL - fitted.width) // 2, (CELL - fitted.height) // 2))
    sheet.paste(cell, corner)
