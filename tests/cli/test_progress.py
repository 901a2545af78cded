"""Progress: bars on terminals, lines elsewhere, and the time left."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from pinxit.cli import progress
from pinxit.cli.progress import ProgressBar, StepProgress
from support.fakes import Screen, steps_of


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let standard error be a terminal, and return it. (In a fixture it would be pytest's again when the test runs.)"""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_a_terminal_gets_a_bar_with_loss_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with StepProgress("harbor [1].jpg", quiet=False, verbose=False) as bar:
        for step in steps_of(4, warning="look [out]"):
            bar(step)
    text = terminal.getvalue()
    for part in ("harbor [1].jpg", "look [out]", "loss 0.25", "100%", "left"):
        assert part in text


def test_what_takes_one_step_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with StepProgress("harbor.jpg", quiet=False, verbose=False) as bar:
        for step in steps_of(1):
            bar(step)
    assert terminal.getvalue() == ""


def test_a_terminal_can_be_kept_quiet_or_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    for quiet, verbose in ((True, False), (False, True), (True, True)):
        watch = StepProgress("a", quiet=quiet, verbose=verbose)
        for step in steps_of(2):
            watch(step)
    assert terminal.getvalue().count("step 1/2") == 1
    assert "%" not in terminal.getvalue()


def test_an_error_is_one_line_and_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    progress.say_error("size [is] wrong")
    assert terminal.getvalue() == "pinxit: size [is] wrong\n"


def test_errors_are_red_on_terminals_that_want_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    for settings, red in (({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)):
        with monkeypatch.context() as within:
            for name, value in settings.items():
                within.setenv(name, value)
            progress.say_error("wrong")
        assert ("\x1b[31m" in terminal.getvalue()) is red
        terminal.truncate(0)


def test_the_share_of_the_work_is_the_methods_where_it_knows() -> None:
    step = next(steps_of(4))
    assert step.done == 0.25
    assert dataclasses.replace(step, share=0.01).done == 0.01
    assert dataclasses.replace(step, index=9).done == 1.0
    assert dataclasses.replace(step, of=0).done == 1.0


def test_lines_come_after_a_time_and_at_once_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar("wave", quiet=False, seconds=1000) as shown:
        shown.show("frame 1", 1, 2)
        assert not capsys.readouterr().err
        shown.show("frame 2", 2, 2, now=True)
    assert capsys.readouterr().err == "wave: frame 2\n"


def test_lines_have_the_share_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("pinxit.cli.progress.time.monotonic", lambda: now)
    with ProgressBar("lake.jpg", seconds=0) as shown:
        shown.show_share("the network", 0)
        now = 10.0
        shown.show_share("the descent", 0.25)
        now = 20.0
        shown.show_share("the descent", 0.5)
    assert capsys.readouterr().err.splitlines() == [
        "lake.jpg: the network",
        "lake.jpg: the descent, 25%",
        "lake.jpg: the descent, 50%, 0:20 left",
    ]


def test_a_descent_says_at_once_that_it_begins_and_then_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with StepProgress("lake.jpg", begin="preparing the first step") as shown:
        assert capsys.readouterr().err == "lake.jpg: preparing the first step\n"
        for step in steps_of(2):
            shown(step)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "lake.jpg: step 1 of 2 at 32 x 24 px, loss 1, 50%"
    assert second.startswith("lake.jpg: step 2 of 2 at 32 x 24 px, loss 0.5, 100%")
    with StepProgress("lake.jpg", begin="preparing the first step", quiet=True) as shown:
        shown(next(steps_of(2)))
    assert not capsys.readouterr().err


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar("wave", quiet=True, seconds=0) as shown:
        shown.show("frame 1", 1, 2, now=True)
    assert not capsys.readouterr().err


def test_a_name_in_brackets_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_terminal(monkeypatch)
    with ProgressBar("wave[red]", quiet=False, seconds=0) as shown:
        shown.show("frame [1]", 1, 2)
    assert "wave[red]" in screen.getvalue()
    assert "frame [1]" in screen.getvalue()


def test_the_time_left_is_estimated_by_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    clock = iter(range(0, 1000, 10))
    with ProgressBar("wave") as bar:
        assert bar._drawn
        monkeypatch.setattr(bar._drawn, "get_time", lambda: float(next(clock)))
        bar.show("", 0.1, 1.0)
        assert bar.time_left(0.1) == "", "one share has no speed"
        bar.show("", 0.2, 1.0)
        assert bar.time_left(0.2) == "1:20 left"


@pytest.mark.parametrize(("seconds", "words"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (99.6, "1:40 min")])
def test_short_times_have_a_decimal_and_long_ones_minutes(seconds: float, words: str) -> None:
    assert progress.duration(seconds) == words
