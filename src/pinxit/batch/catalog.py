"""Reads the table of works that one network is trained on, and writes the pages about the trained network.

The table is TOML with one section for each style, which is named after the style::

    [pointillism]
    work = "nga_219555"          # museum and number: the end of the picture's file name
    title = "Denise Maréchal"
    artist = "Théo van Rysselberghe"
    year = "1894"
    museum = "National Gallery of Art, Washington"
    licence = "CC0"
    strong = "medium"            # optional: `pinxit.config.training.TrainFast.strong` for this style
    trim = "5% 3% 5% 3%"         # optional: margins around the work in its picture: top, right, bottom, left
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinxit import images
from pinxit.batch import sheet
from pinxit.config import training
from pinxit.errors import BadOption, NotFound
from pinxit.files import atomic
from pinxit.styles import gallery
from pinxit.styles.gallery import TrainedStyle

KEYS = ("work", "title", "artist", "year", "museum", "licence")
CHECKS: dict[str, Callable[[str], object]] = {"strong": training.share_of, "trim": training.trim_of}
"""The optional keys, with the functions that refuse a wrong value."""
SHEET_SIDE = 320
"""Long side of a picture on a sheet, px. It is painted at the size that the styles are trained for, and reduced."""


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the table."""

    name: str
    facts: dict[str, str]  # the values of `KEYS`, and of the keys of `CHECKS` that are given


def read(path: Path) -> list[Work]:
    """Return the works of a table; raises `NotFound`, and `BadOption` for a malformed table."""
    try:
        works: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(f"{path.name!r} is not a file that can be read") from error
    except ValueError as error:
        line = re.search(r"line \d+", str(error))
        raise BadOption(f"{path.name!r} is no TOML: look at {line[0] if line else 'its end'}") from error
    for name, facts in works.items():
        if not isinstance(facts, dict) or {*facts} - {*CHECKS} != {*KEYS} or {*map(type, facts.values())} != {str}:
            raise BadOption(f"{name!r} in {path.name} must have exactly {', '.join(KEYS)}, all of them texts")
        for key in CHECKS.keys() & facts:
            CHECKS[key](facts[key])
    if not works:
        raise BadOption(f"{path.name!r} names no work")
    return [Work(name, facts) for name, facts in works.items()]


def picture(work: Work, folder: Path) -> Path:
    """Return the picture of a work: the file whose stem ends in the museum and number; raises `NotFound`."""
    number = work.facts["work"]
    for path in images.find_pictures(folder):
        if path.stem == number or path.stem.endswith(f"_{number}"):
            return path
    raise NotFound(f"{folder.name!r} has no picture of {work.name!r}: {number} ({work.facts['title']})")


def publish(network: Path, folder: Path, photos: Sequence[Path]) -> list[Path]:
    """Write a network's card, and a sheet for each photo, into ``folder``; return the paths.

    Raises `WriteFailed`, and the errors of painting.
    """
    styles = gallery.read(network)
    written = [folder / f"{network.stem}.md"]
    atomic.save(card(network, styles).encode(), written[0])
    size = training.TrainFast().style_size
    for photo in photos:
        large = sheet.sheet(photo, styles, size=size)
        height, width = (round(side * SHEET_SIDE / size) for side in large.shape[:2])
        written.append(folder / f"{network.stem}-{photo.stem}.jpg")
        images.write(images.resize(large, (height, width)), written[-1])
    return written


def card(network: Path, styles: Sequence[TrainedStyle]) -> str:
    """Return the page about a network's styles: works, sources, sha256, distances."""
    size = network.stat().st_size / 1e6
    head = (
        f"# {network.stem}\n\n{len(styles)} styles in one network: {network.name}, {size:.1f} MB, sha256 "
        f"`{styles[0].fingerprint}`.\n\n"
        "The distances are those that `pinxit score` measures on photos that the network was not trained on.\n\n"
        "| style | work | museum | licence | sha256 of the picture | content | style |\n"
        "|---|---|---|---|---|---:|---:|\n"
    )
    return head + "".join(_row(style) for style in styles)


def _row(style: TrainedStyle) -> str:
    facts = {key: str(style.facts.get(key, "")) for key in KEYS}
    work = ", ".join(part for part in (facts["artist"], f"*{facts['title']}*", facts["year"]) if part)
    source = f"{facts['museum']} ({facts['work']}) | {facts['licence']} | `{str(style.facts['sha256'])[:16]}`"
    scores = " | ".join(f"{style.scores[key]:.3f}" if key in style.scores else "-" for key in ("content", "style"))
    return f"| {style.name} | {work} | {source} | {scores} |\n"
