"""Votes in a file, and their tally.

A file of votes is text, a line for each, with tabs between: sheet, judge, choice (A, B or tie), the faults of A, the
faults of B; faults are separated by semicolons. A judge's later vote on a sheet replaces the earlier one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.markdown import table
from benchmarks.votes.sheets import Key
from pinxit.errors import BadOption, NotFound

CHOICES = ("A", "B", "tie")
Z = 1.959964
"""Standard deviations of a 95% interval."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One judge's choice on one sheet, and the faults that the judge named."""

    sheet: str
    judge: str
    choice: str
    faults: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Of A, and of B."""

    def line(self) -> str:
        """Return the vote as a line of a file."""
        return "\t".join([self.sheet, self.judge, self.choice, *("; ".join(names) for names in self.faults)]) + "\n"


def read(path: Path) -> list[Vote]:
    """Return the votes of a file, each judge's last on each sheet.

    Raises `NotFound` for a file that cannot be read, `BadOption` for a line that is no vote.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"cannot read votes from {path.name}") from error
    votes = [_vote(line, path.name) for line in lines if line.strip() and not line.startswith("#")]
    return list({(vote.sheet, vote.judge): vote for vote in votes}.values())


def _vote(line: str, name: str) -> Vote:
    sheet, judge, choice, *faults = [*line.split("\t"), "", "", ""][:5]
    if choice not in CHOICES:
        raise BadOption(f"a line of {name} is no vote: {line[:80]!r}; write SHEET, JUDGE, A or B or tie, tabs between")
    first, second = (tuple(fault.strip() for fault in names.split(";") if fault.strip()) for names in faults)
    return Vote(sheet, judge, choice, (first, second))


def wilson(won: int, votes: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share, ``won`` of ``votes`` (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    if not votes:
        return 0.0, 1.0
    share, square = won / votes, Z * Z / votes
    middle = share + square / 2
    half = Z * math.sqrt((share * (1 - share) + square / 4) / votes)
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


def tally(keys: Mapping[str, Key], votes: Iterable[Vote]) -> str:
    """Return a page: votes won with Wilson's interval, then every named fault with its sheets.

    Raises `BadOption` for a vote on a sheet that the keys do not have.
    """
    votes = list(votes)
    strangers = sorted({vote.sheet for vote in votes} - keys.keys())
    if strangers:
        raise BadOption(f"the keys do not have the sheet {strangers[0]}: give the keys of these sheets")
    names = sorted({name for key in keys.values() for name in (key.A, key.B)})
    won = Counter(_contender(keys[vote.sheet], vote.choice) for vote in votes if vote.choice != "tie")
    decided = sum(won.values())
    rows = [[name, f"{won[name]} of {decided}", *_shares(won[name], decided)] for name in names]
    ties = len(votes) - decided
    judges = len({vote.judge for vote in votes})
    head = (
        f"{len(votes)} votes by {judges} {'judge' if judges == 1 else 'judges'}, {ties} of them ties, left out below."
    )
    return "\n\n".join([head, table(["", "won", "share", "95% interval"], rows), *_faults(keys, votes)])


def _contender(key: Key, letter: str) -> str:
    return key.A if letter == "A" else key.B


def _shares(won: int, decided: int) -> list[str]:
    low, high = wilson(won, decided)
    return [f"{won / decided:.0%}" if decided else "", f"{low:.0%} to {high:.0%}"]


def _faults(keys: Mapping[str, Key], votes: Iterable[Vote]) -> list[str]:
    """Return the table of named faults, the most frequent first; nothing where none was named."""
    sheets: dict[tuple[str, str], set[str]] = {}
    for vote in votes:
        for letter, names in zip("AB", vote.faults, strict=True):
            for fault in names:
                sheets.setdefault((_contender(keys[vote.sheet], letter), fault), set()).add(vote.sheet)
    ordered = sorted(sheets.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
    rows = [[name, fault, f"{len(on)} of {len(keys)}", " ".join(sorted(on))] for (name, fault), on in ordered]
    return [table(["", "fault", "sheets", "which"], rows)] if rows else []
