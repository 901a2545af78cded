"""Numbers and rows as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MISSING = "\N{EN DASH}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table: the first column to the left, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def amount(number: float, unit: str = "") -> str:
    """Return a number as people read it: ``0.04 s``, ``93.4 s``, ``2,750 s``, ``1.25 GB`` (of bytes), ``0.187``."""
    if unit == "GB":
        return f"{number / 1e9:.2f} GB"
    if unit == "s":
        digits = 2 if number < 0.995 else 1 if number < 99.95 else 0
        return f"{number:,.{digits}f} s"
    return f"{number:.3f}"
