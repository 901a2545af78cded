"""Writes the figures of `benchmarks.films` as a page."""

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
    """Return the page of all parts with figures in ``folder``."""
    parts: dict[str, Callable[[Any], str]] = {
        "steady": _steady,
        "pace": _pace,
        "kills": _kills,
        "memory": _memory,
        "cuts": _cuts,
    }
    text = ["# Measurements of films\n\nWritten by `python -m benchmarks.films`; see [README.md](../README.md).\n"]
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
        "at the painted long side, px: of frames painted one by one, and of `pinxit video`. Where measured, the same "
        "of styletransfer-lite's pictures in the same style, each blended by 0.3 with the previous one, as its "
        "`video --smooth 0.3` does.\n\n" + table(head, lines) + "\n" + _beside(rows)
    )


def _beside(rows: Sequence[dict[str, Any]]) -> str:
    """Return sentences about the means over the films that the peer painted too."""
    both = [row for row in rows if PEER in row]
    lines = []
    for size in sorted({row["size"] for row in both}):
        these = [row for row in both if row["size"] == size]
        warping = " to ".join(_thousand(fmean(row[way]["warping"] for row in these)) for way in (STEADY, PEER))
        style = " to ".join(f"{fmean(row[way]['style'] for row in these):.3f}" for way in (STEADY, PEER))
        lines.append(
            f"Means over the {len(these)} films that both painted at {size} px, pinxit to the peer: warping error "
            f"{warping}, style distance {style}.\n"
        )
    return "".join(f"\n{line}" for line in lines)


def _line(row: dict[str, Any], peer: bool) -> list[str]:
    alone, steady = row[ALONE], row[STEADY]
    true = f"{steady['true'] / alone['true']:.2f}" if steady["true"] is not None else MISSING
    cells = [f"{row['sequence']}, {Path(row['style']).stem}", str(row["size"]), _thousand(alone["warping"])]
    cells += [_thousand(steady["warping"]), f"{steady['warping'] / alone['warping']:.2f}", true]
    cells += [f"{alone['style']:.3f}", f"{steady['style']:.3f}", f"{steady['style'] / alone['style'] - 1:+.1%}"]
    beside = [_thousand(row[PEER]["warping"]), f"{row[PEER]['style']:.3f}"] if PEER in row else [MISSING, MISSING]
    return cells + (beside if peer else [])


def _thousand(error: float) -> str:
    return f"{1000 * error:.2f}"


def _pace(figures: dict[str, Any]) -> str:
    height, width = figures["size"]
    cost = (
        f"Painting a frame of {width}x{height} takes {1000 * figures['painting']:.0f} ms of CPU time; flow, warp, "
        f"blend and grain together take {1000 * figures['steadying']:.0f} ms: "
        f"{figures['steadying'] / figures['painting']:.2f} of it."
    )
    runs = [
        [
            run["program"],
            f"{run['side']} px",
            amount(run["seconds"], "s"),
            amount(run["cpu"], "s"),
            _thousand(run["warping"]),
        ]
        for run in figures["runs"]
    ]
    return (
        f"## Speed\n\n{cost} Whole runs over {figures['frames']} frames, start to exit, medians of three; on a machine "
        "with other work, CPU time is more reliable than wall time:\n\n"
        + table(["program", "long side", "wall time", "CPU time", "warping x 1000"], runs)
        + _long(figures["long"])
        + "\n"
    )


def _long(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table of films of ten seconds."""
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
        f"\n\nFilms of ten seconds, made by repeating the sequences to {LONG} frames; start to exit, medians of "
        f"{LONG_TURNS}:\n\n" + table(head, lines)
    )


def _kills(figures: dict[str, Any]) -> str:
    yes = {True: "yes", False: "**no**"}
    films = f"{figures['films']} film{'s' * (figures['films'] > 1)}"
    return (
        f"## Killed and resumed\n\n{films}, killed {figures['killed']} times at random moments (SIGKILL) and resumed. "
        f"Same frames as an uninterrupted run: {yes[figures['same frames']]}; same sound as the source, packet by "
        f"packet: {yes[figures['sound intact']]}; a job left behind: {'**yes**' if figures['job left'] else 'no'}.\n"
    )


def _memory(figures: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            f"{one['frames']:,}",
            amount(one["peak_bytes"], "GB") if one["peak_bytes"] else MISSING,
            amount(one["seconds"], "s"),
        ]
        for one in figures
    ]
    return "## Memory by length\n\n" + table(["frames", "peak memory", "wall time"], rows) + "\n"


def _cuts(figures: Sequence[dict[str, Any]]) -> str:
    rows = [
        [one["file"], str(one["exit"]), "a film" if one["film"] else MISSING, one["said"].replace("|", "\\|")]
        for one in figures
    ]
    lines = [
        "| file | exit status | output | message |",
        "|---|---:|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "## Files that are cut off or not films\n\n" + "\n".join(lines) + "\n"
