"""The benchmark, with two fake programs: they copy the content picture, the peer in steps that it tells of."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
from benchmarks.optimize import __main__ as bench
from benchmarks.optimize import figures, programs, records, report, runner, scoring
from benchmarks.optimize.contact_sheet import CELL, GAP
from benchmarks.optimize.programs import SHORT, TIMED, TRACED, WARM_UP, Program, Setting, Task
from benchmarks.pairs import Pair
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import folders, machine, pairs
from pinxit import __version__, images
from pinxit.errors import BadOption, NotFound, PartlyDone
from pinxit.metrics.distances import Score
from support.fakes import Pictures

SETTING = Setting(size=64, peer_steps=500, device="cpu")
FAKE = [sys.executable, "-S", "-c"]

PAINT = """
import os, shutil, sys, time
content, picture, trace, steps, fails = sys.argv[1:]
if fails:
    sys.exit("no such luck")
print("step elapsed loss")
for step in range(int(steps) + 1):
    print(f"{step: <4} {0.1: <7.1f} {12.5:.2f}")
    if trace:
        os.makedirs(trace, exist_ok=True)
        shutil.copyfile(content, f"{trace}/step_{step:05d}.png")
        open(f"{trace}/step_{step:05d}.png", "ab").write(bytes([step]))
shutil.copyfile(content, picture)
"""


def fake_command(task: Task, fails: str = "") -> list[str]:
    trace = str(task.trace) if task.kind == TRACED else ""
    steps = min(task.steps or 0, 3)
    return [*FAKE, PAINT, str(task.pair.content), str(task.picture), trace, str(steps), fails]


class FakeScorer:
    """Style distance 0.6 for the first picture measured, and 0.15 less for each one after it, down to 0.1."""

    made = 0

    def __init__(self, size: int) -> None:
        assert size == SETTING.size
        FakeScorer.made += 1
        self.measured = 0

    def score(self, content: Path, style: Path, painted: Path) -> Score:
        assert painted.is_file()
        self.measured += 1
        return Score(
            content=0.1 * self.measured, style=max(0.1, 0.75 - 0.15 * self.measured), ssim=0.5, patch_precision=0.3
        )


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> tuple[Program, ...]:
    """Put the fake programs and the fake scorer where the real ones are; return the programs."""
    both = tuple(dataclasses.replace(program, command=fake_command) for program in programs.PROGRAMS)
    for module in (bench, figures, scoring):
        monkeypatch.setattr(module, "PROGRAMS", both)
    monkeypatch.setattr(scoring.complete, "__defaults__", (FakeScorer,))
    monkeypatch.setattr(machine, "describe", lambda: {"CPU": "abacus", "cores": "2"})
    monkeypatch.setattr(FakeScorer, "made", 0)
    return both


@pytest.fixture
def two_pairs(picture: Pictures, tmp_path: Path) -> Path:
    """Return a table of two pairs."""
    for number in range(2):
        picture(f"content/{number}.png", shift=0.1 * number)
        picture(f"style/{number}.png", shift=0.5)
    lines = [f"pair{number}\tcontent/{number}.png\tstyle/{number}.png\n" for number in range(2)]
    (tmp_path / "pairs.tsv").write_text("".join(lines))
    return tmp_path / "pairs.tsv"


# -------------------------------------------------------------------------------- pairs


def test_pairs_are_the_first_lines_of_the_table(two_pairs: Path) -> None:
    assert [pair.name for pair in pairs.choose(two_pairs, 6)] == ["pair0", "pair1"]
    assert pairs.choose(two_pairs, 1)[0].style == two_pairs.parent / "style" / "0.png"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadOption),
        ("name only\n", BadOption),
        ("../up\tcontent/0.png\tstyle/0.png\n", BadOption),
        ("a\tcontent/0.png\tstyle/0.png\n" * 2, BadOption),
        ("a\tcontent/9.png\tstyle/0.png\n", NotFound),
    ],
)
def test_a_bad_table_is_refused(two_pairs: Path, text: str, error: type[Exception]) -> None:
    two_pairs.write_text(text)
    with pytest.raises(error):
        pairs.from_tsv(two_pairs, 6)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        pairs.from_tsv(tmp_path / "no.tsv", 6)


def test_examples_take_every_style_once_and_the_photos_in_turn(picture: Pictures, tmp_path: Path) -> None:
    for name in ("content/cat.png", "content/cup.png", "style/a.png", "style/b.png", "style/c.png"):
        picture(name)
    assert [pair.name for pair in pairs.from_examples(tmp_path, 9)] == ["cat-a", "cup-b", "cat-c"]
    with pytest.raises(NotFound):
        pairs.from_examples(tmp_path / "nowhere", 1)


# -------------------------------------------------------------------------------- the programs


def task_of(program: Program, kind: str, steps: int | None, folder: Path) -> Task:
    return Task(program, Pair("p", folder / "c.jpg", folder / "s.jpg"), kind, SETTING, steps, folder)


def test_pinxit_understands_its_command_line(tmp_path: Path) -> None:
    from pinxit.cli.app import app

    for kind, trace, steps in (
        (TIMED, None, None),
        (TRACED, tmp_path / "p" / "pinxit-traced", None),
        (WARM_UP, None, 1),
    ):
        words = programs.pinxit_command(task_of(programs.PINXIT, kind, None, tmp_path))
        assert words[1:4] == ["-m", "pinxit", "stylize"]
        command = app.get_command(click.Context(app), "stylize")
        assert command
        values = command.make_context("stylize", words[4:]).params
        assert (values["size"], values["device"], values["trace"], values["steps"]) == (64, "cpu", trace, steps)


def test_the_peer_is_told_its_steps_and_saves_pictures_only_when_traced(tmp_path: Path) -> None:
    timed, traced = (programs.peer_command(task_of(programs.PEER, kind, 500, tmp_path)) for kind in (TIMED, TRACED))
    assert timed[1:3] == ["-m", "pastiche"]
    assert timed[timed.index("--num-steps") + 1] == "500"
    assert "--workspace" not in timed
    assert timed[timed.index("--info-step") + 1] == "500"
    short = programs.peer_command(task_of(programs.PEER, SHORT, 3, tmp_path))
    assert short[short.index("--info-step") + 1] == "1"
    assert traced[traced.index("--workspace-step") + 1] == "25"


@given(start=st.floats(0, 100), first=st.floats(0, 100), pace=st.floats(0.001, 100), steps=st.integers(2, 50))
def test_the_pace_is_that_of_the_steps_after_the_first(start: float, first: float, pace: float, steps: int) -> None:
    times = [start, *(start + first + pace * step for step in range(steps))]
    lines = [(seconds, f"{step: <4} {seconds: <7.1f} 12.50") for step, seconds in enumerate(times)]
    assert programs.seconds_a_step(((0.0, "seed: 12"), *lines), steps) == pytest.approx(pace, rel=1e-6)
    assert programs.seconds_a_step(tuple(lines), steps + 1) is None
    assert programs.seconds_a_step(tuple(lines), 1) == pytest.approx(first, abs=1e-9)


def test_code_that_changes_changes_its_fingerprint() -> None:
    assert len(programs.code_fingerprint("benchmarks")) == 12
    assert programs.code_fingerprint("benchmarks") != programs.code_fingerprint("hypothesis")
    assert programs.code_fingerprint("no_such_package") == ""


# -------------------------------------------------------------------------------- planning and running


def order(tasks: Sequence[Task]) -> list[tuple[str, str]]:
    return [(task.program.name, task.kind) for task in tasks]


def test_the_programs_alternate_and_change_who_goes_first(two_pairs: Path) -> None:
    tasks = runner.plan(pairs.choose(two_pairs, 2), programs.PROGRAMS, SETTING, Path("out"))
    assert [(task.pair.name, task.program.name) for task in tasks] == [
        ("pair0", "pinxit"),
        ("pair0", "pastiche"),
        ("pair1", "pastiche"),
        ("pair1", "pinxit"),
    ]


@pytest.mark.parametrize(
    ("curves", "short", "kinds"),
    [
        ("", 0, [("pinxit", TIMED), ("pastiche", TIMED)]),
        ("separate", 0, [("pinxit", TIMED), ("pastiche", TIMED), ("pinxit", TRACED), ("pastiche", TRACED)]),
        ("same", 0, [("pinxit", TRACED), ("pastiche", TRACED)]),
        ("separate", 3, [("pinxit", TIMED), ("pastiche", SHORT), ("pinxit", TRACED)]),
        ("same", 3, [("pinxit", TRACED), ("pastiche", SHORT)]),
    ],
)
def test_what_is_run_for_a_pair(two_pairs: Path, curves: str, short: int, kinds: list[tuple[str, str]]) -> None:
    chosen = pairs.choose(two_pairs, 1)
    tasks = runner.plan(chosen, programs.PROGRAMS, SETTING, Path("out"), curves=curves, short_steps=short)
    assert order(tasks) == kinds
    assert {task.steps for task in tasks if task.program.takes_steps} == {short or 500}


def test_a_finished_run_is_kept_until_something_of_it_changes(
    fakes: tuple[Program, ...], two_pairs: Path, tmp_path: Path
) -> None:
    tasks = runner.plan(pairs.choose(two_pairs, 1), fakes, SETTING, tmp_path / "out")
    said: list[str] = []
    runner.run(tasks, said.append)
    runner.run(tasks, said.append)
    assert [line.endswith("already measured") for line in said] == [False, False, True, True]
    tasks[0].picture.write_bytes(b"another")
    assert records.of(tasks[0]) is None
    tasks[1].record.write_text("{}")
    assert records.of(tasks[1]) is None
    runner.run(tasks, said.append)
    runner.run(tasks, said.append, fresh=True)
    assert not any(line.endswith("already measured") for line in said[4:])
    assert len(said) == 8


def test_a_program_that_fails_stops_no_other(fakes: tuple[Program, ...], two_pairs: Path, tmp_path: Path) -> None:
    broken = dataclasses.replace(fakes[1], command=lambda task: fake_command(task, fails="yes"))
    tasks = runner.plan(pairs.choose(two_pairs, 2), (fakes[0], broken), SETTING, tmp_path / "out")
    with pytest.raises(PartlyDone, match=r"2 of 4 .* pastiche on pair1"):
        runner.run(tasks, lambda line: None)
    assert [records.of(task) is not None for task in tasks] == [True, False, False, True]
    assert "no such luck" in tasks[1].log.read_text()


# -------------------------------------------------------------------------------- the whole of it


def gathered(table: Path, out: Path, **arguments: str) -> list[figures.Row]:
    words = [w for name, value in arguments.items() for w in (f"--{name.replace('_', '-')}", value)]
    bench.main(["--tsv", str(table), "--size", "64", "--out", str(out), *words])
    return figures.gather(pairs.choose(table, 6), SETTING, out)


def test_a_whole_comparison(
    fakes: tuple[Program, ...], two_pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = gathered(two_pairs, tmp_path / "out", curves="same")
    page = (tmp_path / "out" / "optimize.md").read_text()
    assert page == report.results(rows, SETTING)
    assert "- CPU abacus, cores 2" in page
    assert page.startswith(f"# pinxit beside pastiche\n\npinxit {__version__} and pastiche 1.6.0, 500 steps")
    assert "pastiche saved 5 pictures a run, in the very run" in page
    assert "| pair1 | pastiche |" in page
    assert FakeScorer.made == 1
    at = {crossing.style: crossing for crossing in figures.crossings(rows)}
    assert (at[0.5].ours, at[0.5].peers) == (2, 2)
    curve = [runs.by_kind[TRACED].points for row in rows for runs in (row.ours, row.peers)]
    assert all([point.seconds for point in points] == sorted(point.seconds for point in points) for points in curve)
    assert all(0 < point.seconds <= 10 for points in curve for point in points)
    assert "| until style distance 0.5 |" in capsys.readouterr().out
    assert images.read(tmp_path / "out" / "contact_sheet.png").shape[1] == 4 * (CELL + GAP) + GAP


def test_an_extrapolated_comparison_says_so_and_makes_nothing_up(
    fakes: tuple[Program, ...], two_pairs: Path, tmp_path: Path
) -> None:
    rows = gathered(two_pairs, tmp_path / "out", peer_seconds_steps="3")
    page = report.results(rows, SETTING)
    assert "pastiche ran for 3 steps only" in page
    assert "added at the median pace of its steps, the first left out." in page
    wall, cpu = (figures.sides(rows[0], measure) for measure in (figures.WALL, figures.CPU))
    assert wall.peers
    assert wall.peers.extrapolated
    assert cpu.peers is None
    assert page.count("(extrapolated) |") == 6  # the peer's time and the ratio, of two pairs and the mean
    assert "When a style distance" not in page


def test_the_report_alone_runs_nothing_and_writes_the_projects_pages(
    fakes: tuple[Program, ...], two_pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / "benchmarks" / "results").mkdir(parents=True)
    for name in report.READMES:
        (project / name).write_text("<!-- bench -->\n<!-- /bench -->\n")
    monkeypatch.setattr(folders, "ROOT", project)
    stop: Callable[..., None] = lambda *_, **__: pytest.fail("ran")  # noqa: E731
    monkeypatch.setattr(runner, "run", stop)
    assert bench.main(["--tsv", str(two_pairs), "--out", str(tmp_path / "out"), "--report"]) == 0
    assert "\N{EN DASH}" in (project / "benchmarks" / "results" / "optimize.md").read_text()
    assert "| wall time | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} |" in (project / "README.md").read_text()
    assert "总用时" in (project / "README.zh-CN.md").read_text(encoding="utf-8")


def test_an_error_is_one_line_and_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--tsv", str(tmp_path / "no.tsv")]) == NotFound.exit_code
    assert capsys.readouterr().err.startswith("benchmarks: cannot read no.tsv")
    with pytest.raises(SystemExit):
        bench.main(["--pairs", "0"])
