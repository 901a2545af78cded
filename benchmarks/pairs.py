"""Pairs of content and style that programs paint."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.folders import ROOT
from pinxit.errors import BadOption, NotFound

EVALUATION = ROOT.parent / "shared" / "data" / "eval" / "pairs_40.tsv"
"""The evaluation pairs, present only where the project's data lie beside its code."""
DEMO = ROOT / "demo"

_NAME = re.compile(r"\w[\w.-]*")  # it becomes the name of a folder


@dataclass(frozen=True, slots=True)
class Pair:
    """One content picture and one style picture, with a name that can be a folder's."""

    name: str
    content: Path
    style: Path


def choose(tsv: Path | None, count: int) -> list[Pair]:
    """Return the first ``count`` pairs of ``tsv``; by default the evaluation pairs, or else our example pictures.

    Raises what `from_tsv` and `from_examples` raise.
    """
    if tsv is not None or EVALUATION.is_file():
        return from_tsv(tsv or EVALUATION, count)
    if not (DEMO / "style").is_dir():
        subprocess.run([sys.executable, ROOT / "tools" / "assets" / "make_pictures.py", DEMO], check=True)
    return from_examples(DEMO, count)


def from_tsv(path: Path, count: int) -> list[Pair]:
    """Return the first ``count`` lines of ``path``: name, content and style, with tabs between.

    The pictures' names are relative to the folder of ``path``.

    Raises `NotFound` for a file that is not there, `BadOption` for a line that is no pair.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"cannot read {path.name} as a table of pairs: give a text file that is there") from error
    pairs = [_pair(line, path) for line in lines if line.strip()][:count]
    if not pairs or len({pair.name for pair in pairs}) < len(pairs):
        raise BadOption(f"{path.name} must hold at least one pair, each with a different name")
    return pairs


def _pair(line: str, path: Path) -> Pair:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) != 3 or not _NAME.fullmatch(fields[0]):
        raise BadOption(f"a line of {path.name} is not a pair: {line[:80]!r}; write NAME, CONTENT, STYLE, tabs between")
    pair = Pair(fields[0], path.parent / fields[1], path.parent / fields[2])
    for picture in (pair.content, pair.style):
        if not picture.is_file():
            raise NotFound(f"{picture.name} of the pair {pair.name} is not there")
    return pair


def from_examples(folder: Path, count: int) -> list[Pair]:
    """Return up to ``count`` pairs of the pictures of ``make_pictures.py``: every style once, the photos in turn.

    Raises `NotFound` where there are none.
    """
    contents, styles = (sorted((folder / name).glob("*.png")) for name in ("content", "style"))
    if not contents or not styles:
        raise NotFound(
            f"no example pictures in {folder.name}: make them with tools/assets/make_pictures.py {folder.name}/"
        )
    turns = [(contents[i % len(contents)], style) for i, style in enumerate(styles[:count])]
    return [Pair(f"{content.stem}-{style.stem}", content, style) for content, style in turns]
