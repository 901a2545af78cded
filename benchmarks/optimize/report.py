"""The pages: results/optimize.md with everything, and the short table that the READMEs show."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.markdown import MISSING, amount, table
from benchmarks.optimize.figures import (
    COST,
    QUALITY,
    THRESHOLDS,
    WALL,
    Crossing,
    Row,
    all_records,
    crossings,
    is_traced,
    mean,
    sides,
)
from benchmarks.optimize.programs import PEER, PINXIT, SHORT, TIMED, TRACED, Program, Setting
from benchmarks.optimize.records import Record
from benchmarks.optimize.tables import (
    CHINESE,
    ENGLISH,
    Words,
    by_pair,
    cell,
    curve_by_pair,
    side_cells,
    times,
)
from pinxit.files import atomic

READMES = {"README.md": ENGLISH, "README.zh-CN.md": CHINESE}

_BLOCK = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)

_HOW_TO_READ = """\
Both programs paint the same pairs in turn, each as a whole process with its defaults. Wall time, CPU time and the
largest resident memory are the kernel's account of the process. Ratios are pinxit's number by pastiche's; means and
their ratios are over the pairs where both have the number. Distances are those of `pinxit score` at the size
painted: 0 is identical, and lower is nearer; SSIM is with the photo, and 1 is identical. A dash is a number that was
not measured; `2/6` marks a mean over two of six pairs only."""

_HOW_TO_READ_CURVES = """\
The time from the start of the process until its picture, as saved on the way, was first at or below a style distance,
and after it its content distance then. Times are as fine as pictures were saved: the distance may have been
reached earlier, never later."""


def results(rows: Sequence[Row], setting: Setting) -> str:
    """Return the page results/optimize.md."""
    parts = ["# pinxit beside pastiche", _setting(rows, setting), _HOW_TO_READ]
    parts += ["## Time and memory", by_pair(rows, COST), *_extrapolation(rows, setting)]
    parts += ["## Quality", by_pair(rows, QUALITY)]
    if is_traced(rows):
        parts += ["## When a style distance is reached", _HOW_TO_READ_CURVES, _snapshots(rows)]
        parts += [curve_by_pair(rows, THRESHOLDS), "Means:", curve_means(rows)]
    parts += ["## The machine", _machines(rows), *_warnings(rows)]
    return "\n\n".join(parts) + "\n"


def _setting(rows: Sequence[Row], setting: Setting) -> str:
    versions = " and ".join(_version(rows, program) for program in (PINXIT, PEER))
    return (
        f"{versions}, {setting.peer_steps} steps of pastiche, pictures of {setting.size} px (long side), "
        f"{len(rows)} {'pair' if len(rows) == 1 else 'pairs'}, on {setting.device}."
    )


def _version(rows: Sequence[Row], program: Program) -> str:
    values = sorted({record.version for record in all_records(rows) if record.program == program.name})
    return f"{program.name} {' or '.join(values) or MISSING}"


def _extrapolation(rows: Sequence[Row], setting: Setting) -> list[str]:
    """Say how what is extrapolated was extrapolated."""
    short = [row.peers.by_kind[SHORT] for row in rows if _is_extrapolated(row)]
    if not short:
        return []
    steps = " or ".join(map(str, sorted({record.steps or 0 for record in short})))
    paces = " or the ".join(sorted({record.pace for record in short}))
    return [
        f"*extrapolated*: pastiche ran for {steps} steps only, as a whole process; the missing ones of "
        f"{setting.peer_steps} are added at the {paces}. Its steps grow slightly slower until the 100th, as the memory "
        "of L-BFGS fills, which this leaves out in its favor. Its CPU time, memory and distances after all steps are "
        "unknown then."
    ]


def _is_extrapolated(row: Row) -> bool:
    seconds = row.peers.seconds()
    return seconds is not None and seconds.extrapolated


def _snapshots(rows: Sequence[Row]) -> str:
    """Say how many pictures were saved on the way, and what that cost."""
    return "\n".join(f"- {line}" for program in (PINXIT, PEER) if (line := _snapshots_of(rows, program)))


def _snapshots_of(rows: Sequence[Row], program: Program) -> str:
    both = [runs for row in rows for runs in (row.ours, row.peers) if runs.program.name == program.name]
    traced = [runs.by_kind[TRACED] for runs in both if TRACED in runs.by_kind]
    if not traced:
        return ""
    count = statistics.fmean(len(record.points) for record in traced)
    pairs = [(r.by_kind[TIMED], r.by_kind[TRACED]) for r in both if {TIMED, TRACED} <= r.by_kind.keys()]
    if pairs:
        timed, slower = (statistics.fmean(pair[side].seconds for pair in pairs) for side in (0, 1))
        cost = (
            f"in runs of their own: {amount(slower, 's')} in place of {amount(timed, 's')}, which the tables above show"
        )
    else:
        cost = f"in the very run whose time is shown above{_writing_cost(traced)}"
    return f"{program.name} saved {count:.0f} pictures a run, {cost}."


def _writing_cost(traced: Sequence[Record]) -> str:
    costs = [record.save_seconds * len(record.points) for record in traced if record.save_seconds is not None]
    return f"; writing them takes at least {amount(statistics.fmean(costs), 's')} of it" if costs else ""


def curve_means(rows: Sequence[Row]) -> str:
    """Return the table of when each style distance is reached, as means over the pairs where both do."""
    head = ["style distance", "pinxit", "pastiche", "ratio", "reached by pinxit", "by pastiche"]
    counts = [_traced(rows, program) for program in (PINXIT, PEER)]
    lines = [
        [f"{at.style:g}", *_curve_cells(at), times(at.seconds.ratio)]
        + [f"{reached} of {of}" for reached, of in zip((at.ours, at.peers), counts, strict=True)]
        for at in crossings(rows)
    ]
    return table(head, lines)


def _traced(rows: Sequence[Row], program: Program) -> int:
    return sum(1 for record in all_records(rows) if record.program == program.name and record.kind == TRACED)


def _curve_cells(at: Crossing) -> list[str]:
    pairs = ((at.seconds.ours, at.content.ours), (at.seconds.peers, at.content.peers))
    return [f"{cell(seconds, 's')}; {cell(content)}" if seconds else MISSING for seconds, content in pairs]


def _machines(rows: Sequence[Row]) -> str:
    return "\n".join(f"- {line}" for line in machines(rows)) or MISSING


def machines(rows: Sequence[Row]) -> list[str]:
    """Return each machine that took part, as a line."""
    values = {", ".join(f"{name} {value}" for name, value in r.machine.items()): None for r in all_records(rows)}
    return list(values)


def _warnings(rows: Sequence[Row]) -> list[str]:
    """Say what makes the numbers less comparable than they look."""
    warnings = []
    if len(machines(rows)) > 1:
        warnings.append("**The runs were not all on one machine: times and ratios mix machines.**")
    warnings += [
        f"**The code of {program.name} changed between the runs: its numbers mix states of it.**"
        for program in (PINXIT, PEER)
        if len({record.code for record in all_records(rows) if record.program == program.name}) > 1
    ]
    return warnings


def summary(rows: Sequence[Row], setting: Setting, words: Words = ENGLISH) -> str:
    """Return the short table of means for a README, in the language of ``words``, and the machine."""
    means = [(measure, mean(sides(row, measure) for row in rows)) for measure in (*COST, *QUALITY)]
    lines = [[words.name(measure), *side_cells(both, measure, words)] for measure, both in means]
    if is_traced(rows):
        lines += [[words.reached.format(at.style), *side_cells(at.seconds, WALL, words)] for at in crossings(rows)]
    head = [words.head.format(pairs=len(rows), size=setting.size), "pinxit"]
    head += [words.peer.format(setting.peer_steps), words.ratio]
    return "\n\n".join([table(head, lines), *machines(rows)])


def publish(rows: Sequence[Row], setting: Setting, folder: Path) -> list[Path]:
    """Write the page of results, and the block between the bench markers of the READMEs, in the project ``folder``.

    Returns what was written. Raises `WriteFailed`.
    """
    results_page = folder / "benchmarks" / "results" / "optimize.md"
    atomic.save(results(rows, setting).encode(), results_page)
    filled = [folder / name for name, words in READMES.items() if fill(folder / name, summary(rows, setting, words))]
    return [results_page, *filled]


def fill(page: Path, block: str) -> bool:
    """Put ``block`` between the bench markers of ``page``; return whether there is such a page with such markers.

    Raises `WriteFailed`.
    """
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    filled, count = _BLOCK.subn(lambda values: f"{values[1]}{block}\n{values[2]}", text)
    if count:
        atomic.save(filled.encode(), page)
    return count > 0
