"""Blind sheets: the photo and the painting above, the results of two contenders below, A and B in random order."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from benchmarks.pairs import Pair
from pinxit.errors import BadOption, NotFound
from pinxit.files import atomic

WIDTH, TOP, GAP, LABEL = 620, 220, 10, 30
"""px: width of a result, height of the photo and the painting, space between, height of the letters' row."""
HIGHEST = 900
"""Height of a result at most, px."""
ENDINGS = ("png", "jpg", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class Key:
    """What a sheet shows: the pair, and which contender is A and which is B."""

    sheet: str
    pair: str
    A: str
    B: str


def make(pairs: Sequence[Pair], folders: tuple[Path, Path], out: Path, keys: Path, seed: int = 0) -> list[Key]:
    """Write a sheet for each pair to ``out``, and the keys to the file ``keys``; return the keys.

    A folder holds ``PAIR.png`` (or .jpg, .webp) for each pair; its name is the contender's. The same seed gives the
    same order.

    Raises `BadOption` for contenders of one name and for keys among the sheets, `NotFound` for a missing result.
    """
    contenders = dict(zip(_names(folders), folders, strict=True))
    if out.resolve() in keys.resolve().parents:
        raise BadOption("keep the keys apart from the sheets: a judge is given the folder of sheets")
    results = {name: [_result(folder, pair) for pair in pairs] for name, folder in contenders.items()}
    rng = random.Random(seed)
    made = []
    for number, pair in enumerate(pairs):
        order = list(contenders) if rng.random() < 0.5 else list(contenders)[::-1]
        made.append(Key(f"{number + 1:02d}", pair.name, *order))
        data = io.BytesIO()
        _sheet(pair, [results[name][number] for name in order]).save(data, "PNG")
        _save(data.getvalue(), out / f"{made[-1].sheet}.png")
    _save(json.dumps([asdict(key) for key in made], indent=1).encode(), keys)
    return made


def read_keys(path: Path) -> dict[str, Key]:
    """Return the keys that `make` wrote, by sheet.

    Raises `NotFound` where the file cannot be read.
    """
    try:
        keys = [Key(**key) for key in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError) as error:
        raise NotFound(f"cannot read the keys in {path.name}: name the file written with the sheets") from error
    return {key.sheet: key for key in keys}


def _names(folders: tuple[Path, Path]) -> tuple[str, str]:
    first, second = (folder.resolve().name for folder in folders)
    if first == second:
        raise BadOption(f"both contenders are called {first!r}: give folders of different names")
    return first, second


def _result(folder: Path, pair: Pair) -> Path:
    for ending in ENDINGS:
        path = folder / f"{pair.name}.{ending}"
        if path.is_file():
            return path
    raise NotFound(f"{folder.name} has no result of the pair {pair.name}")


def _save(data: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.save(data, path)


def _sheet(pair: Pair, results: Sequence[Path]) -> Image.Image:
    photo, painting = _open(pair.content), _open(pair.style)
    size = (WIDTH, min(HIGHEST, round(WIDTH * photo.height / photo.width)))
    sheet = Image.new("RGB", (2 * WIDTH + GAP, TOP + LABEL + size[1]), "white")
    left = 0
    for picture in (photo, painting):
        small = ImageOps.contain(picture, (WIDTH, TOP), Image.Resampling.LANCZOS)
        sheet.paste(small, (left, 0))
        left += small.width + GAP
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for column, path in enumerate(results):
        x = column * (WIDTH + GAP)
        draw.text((x + 4, TOP + 4), "AB"[column], "black", font)
        sheet.paste(_open(path).resize(size, Image.Resampling.LANCZOS), (x, TOP + LABEL))
    return sheet


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")
