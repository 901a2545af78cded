"""A table of works to be taught together, and the pages that tell of the network that came of it.

As TOML, one table for each style, whose name is the style's::

    [pointillism]
    work = "nga_219555"          # museum and its number: the end of the picture's file name
    title = "Denise Maréchal"
    artist = "Théo van Rysselberghe"
    year = "1894"
    museum = "National Gallery of Art, Washington"
    licence = "CC0"
    strong = "medium"            # may be left out: as `pinxit.config.training.TrainFast.strong`, for this style alone
    trim = "5% 3% 5% 3%"         # may be left out: what of the picture is not the work, top, right, bottom, left
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinxit import images
from pinxit.batch import sheet
from pinxit.config import training as course
from pinxit.errors import BadOption, NotFound
from pinxit.files import atomic
from pinxit.styles import gallery
from pinxit.styles.gallery import TrainedStyle

KEYS = ("work", "title", "artist", "year", "museum", "licence")
CHECKS: dict[str, Callable[[str], object]] = {"strong": course.share_of, "trim": course.trim_of}
"""The keys that may be left out, and what refuses a wrong value."""
SHEET_SIDE = 320
"""Long side of the pictures of a sheet, px, as they are shown. They are painted as large as strokes are made for."""


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the table."""

    name: str
    facts: dict[str, str]
    """What `KEYS`, and those of `CHECKS` that are there, say of it."""


def read(path: Path) -> list[Work]:
    """Return the works of a table.

    Raises `NotFound`, and `BadOption` where it is no such table.
    """
    try:
        whole: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(f"{path.name!r} is not a file that can be read") from error
    except ValueError as error:
        line = re.search(r"line \d+", str(error))
        raise BadOption(f"{path.name!r} is no TOML: look at {line[0] if line else 'its end'}") from error
    for name, facts in whole.items():
        if not isinstance(facts, dict) or {*facts} - {*CHECKS} != {*KEYS} or {*map(type, facts.values())} != {str}:
            raise BadOption(f"{name!r} in {path.name} must have exactly {', '.join(KEYS)}, all of them texts")
        for key in CHECKS.keys() & facts:
            CHECKS[key](facts[key])
    if not whole:
        raise BadOption(f"{path.name!r} names no work")
    return [Work(name, facts) for name, facts in whole.items()]


def picture(work: Work, folder: Path) -> Path:
    """Return the picture of a work: the file whose name, without its ending, ends in the museum and its number.

    Raises `NotFound` where there is none.
    """
    wanted = work.facts["work"]
    for path in images.find_pictures(folder):
        if path.stem == wanted or path.stem.endswith(f"_{wanted}"):
            return path
    raise NotFound(f"{folder.name!r} has no picture of {work.name!r}: {wanted} ({work.facts['title']})")


def publish(network: Path, folder: Path, photos: Sequence[Path]) -> list[Path]:
    """Write a network's card and a sheet for each photo into ``folder``; return what was written.

    Raises `WriteFailed`, and what painting raises.
    """
    styles = gallery.read(network)
    written = [folder / f"{network.stem}.md"]
    atomic.save(card(network, styles).encode(), written[0])
    for photo in photos:
        painted = course.TrainFast().painted
        large = sheet.sheet(photo, styles, size=painted)
        height, width = (round(side * SHEET_SIDE / painted) for side in large.shape[:2])
        image = images.resize(large, (height, width))
        written.append(folder / f"{network.stem}-{photo.stem}.jpg")
        images.write(image, written[-1])
    return written


def card(network: Path, styles: Sequence[TrainedStyle]) -> str:
    """Return the page that tells of a network's styles: works, sources, sha256, distances."""
    size = network.stat().st_size / 1e6
    head = (
        f"# {network.stem}\n\n{len(styles)} styles in one network: {network.name}, {size:.1f} MB, sha256 "
        f"`{styles[0].fingerprint}`.\n\n"
        "Distances are those of photos that were not learned from, as `pinxit score` measures them.\n\n"
        "| style | work | museum | licence | sha256 of the picture | content | style |\n"
        "|---|---|---|---|---|---:|---:|\n"
    )
    return head + "".join(_row(style) for style in styles)


def _row(style: TrainedStyle) -> str:
    facts = {key: str(style.facts.get(key, "")) for key in KEYS}
    work = ", ".join(part for part in (facts["artist"], f"*{facts['title']}*", facts["year"]) if part)
    scores = style.scores
    numbers = " | ".join(f"{scores[key]:.3f}" if key in scores else "-" for key in ("content", "style"))
    sha256 = str(style.facts["sha256"])[:16]
    source = f"{facts['museum']} ({facts['work']}) | {facts['licence']}"
    return f"| {style.name} | {work} | {source} | `{sha256}` | {numbers} |\n"
