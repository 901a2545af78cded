"""The benchmark's numbers and how they are written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.markdown import amount
from benchmarks.optimize import figures, programs, records, report, tables
from benchmarks.optimize.figures import Sides, Value
from benchmarks.optimize.programs import SHORT, TRACED, Setting
from benchmarks.optimize.records import Point, Record
from benchmarks.pairs import Pair
from hypothesis import given
from hypothesis import strategies as st

from pinxit.metrics.distances import Score

SETTING = Setting(size=64, peer_steps=500, device="cpu")


def test_means_and_ratios_are_over_the_pairs_that_both_have() -> None:
    found = [Sides(Value(1), Value(10)), Sides(Value(3), Value(30, True)), Sides(Value(100), None)]
    both = figures.mean(found)
    assert (both.ours, both.peers, both.pairs) == (Value(2, False, 2, 3), Value(20, True, 2, 3), 2)
    assert both.ratio == Value(0.1, True)


def test_means_over_different_pairs_are_not_compared() -> None:
    both = figures.mean([Sides(Value(1), None), Sides(None, Value(4))])
    assert (both.ours, both.peers, both.ratio) == (Value(1, False, 1, 2), Value(4, False, 1, 2), None)
    assert figures.mean([]) == Sides(None, None, 0)


def make_record(**changes: Any) -> Record:
    values: dict[str, Any] = {
        "program": "pastiche", "version": "1.6.0", "code": "c", "kind": SHORT, "pair": "p", "content_sha256": "",
        "style_sha256": "", "size": 64, "steps": 3, "device": "cpu", "machine": {}, "seconds": 30.0,
        "cpu_seconds": 60.0, "peak_bytes": 10**9, "seconds_a_step": 5.0, "picture_sha256": "",
    }  # fmt: skip
    return Record(**{**values, **changes})


def test_a_short_run_tells_the_time_of_a_long_one_and_nothing_else() -> None:
    runs = figures.Runs(programs.PEER, Pair("p", Path(), Path()), SETTING, {SHORT: make_record()})
    assert runs.seconds() == Value(30.0 + 497 * 5.0, extrapolated=True)
    assert [m.of(runs) for m in (figures.CPU, figures.MEMORY, *figures.QUALITY)] == [None] * 5
    unknown = dataclasses.replace(runs, by_kind={SHORT: make_record(seconds_a_step=None)})
    assert unknown.seconds() is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 2)), max_size=8), st.floats(0, 1))
def test_a_style_distance_is_reached_at_the_first_picture_below_it(found: list[tuple[float, float]], at: float) -> None:
    scores = [Score(content=content, style=style, ssim=0, patch_precision=0) for style, content in found]
    points = tuple(Point(file="x", seconds=float(i), score=score) for i, score in enumerate(scores))
    record = make_record(kind=TRACED, points=points)
    reached = figures.Runs(programs.PEER, Pair("p", Path(), Path()), SETTING, {TRACED: record}).reached(at)
    below = [i for i, score in enumerate(scores) if score.style <= at]
    assert (reached and (reached.seconds.number, reached.content.number)) == (
        (below[0], scores[below[0]].content) if below else None
    )


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    score = Score(content=0.1, style=0.2, ssim=0.3, patch_precision=0.4)
    record = make_record(points=(Point(file="a", seconds=1.0, score=score), Point(file="b", seconds=2.0)), score=score)
    records.save(record, tmp_path / "r.json")
    assert records.load(tmp_path / "r.json") == record


def test_a_record_that_does_not_say_its_pace_holds_the_mean(tmp_path: Path) -> None:
    values = dataclasses.asdict(make_record())
    del values["pace"]
    (tmp_path / "r.json").write_text(json.dumps(values))
    record = records.load(tmp_path / "r.json")
    assert record
    assert record.pace == "mean pace of its steps"


# -------------------------------------------------------------------------------- the report


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (9.96, "s", "10.0 s"),
        (99.96, "s", "100 s"),
        (2750.4, "s", "2,750 s"),
        (1.25e9, "GB", "1.25 GB"),
        (0.5, "", "0.500"),
    ],
)
def test_amounts_read_well(number: float, unit: str, text: str) -> None:
    assert amount(number, unit) == text


def test_what_is_missing_is_a_dash_and_what_is_extrapolated_says_so() -> None:
    assert tables.cell(None, "s") == tables.times(None) == tables.curve_cell(None) == "\N{EN DASH}"
    assert tables.cell(Value(2500, True), "s") == "2,500 s (extrapolated)"
    assert tables.cell(Value(2500, True, 2, 6), "s") == "2,500 s (extrapolated, 2/6)"
    assert tables.times(Value(0.034, True)) == "0.034 (extrapolated)"


def test_the_block_of_a_page_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- bench -->\nold \\1\n<!-- /bench -->\nafter\n")
    assert report.fill(page, "| \\g<0> |")
    assert report.fill(page, "| \\g<0> |")
    assert page.read_text() == "before\n<!-- bench -->\n| \\g<0> |\n<!-- /bench -->\nafter\n"
    assert not report.fill(tmp_path / "none.md", "x")
