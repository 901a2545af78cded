"""What is said on the way: bars on terminals, lines elsewhere; and who handles Ctrl-C."""

from __future__ import annotations

import dataclasses
import signal
import sys
import threading

import pytest

from pinxit.cli import speech
from pinxit.cli.interrupt import Interrupt
from support.fakes import Screen, steps_of


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let standard error be a terminal, and return it. (In a fixture it would be pytest's again when the test runs.)"""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_a_terminal_gets_a_bar_with_loss_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with speech.progress("harbor [1].jpg", quiet=False, verbose=False) as bar:
        for step in steps_of(4, warning="look [out]"):
            bar(step)
    text = terminal.getvalue()
    for part in ("harbor [1].jpg", "look [out]", "loss 0.25", "100%", "left"):
        assert part in text


def test_what_takes_one_step_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with speech.progress("harbor.jpg", quiet=False, verbose=False) as bar:
        for step in steps_of(1):
            bar(step)
    assert terminal.getvalue() == ""


def test_a_terminal_can_be_kept_quiet_or_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    for quiet, verbose in ((True, False), (False, True), (True, True)):
        watch = speech.progress("a", quiet=quiet, verbose=verbose)
        for step in steps_of(2):
            watch(step)
    assert terminal.getvalue().count("step 1/2") == 1
    assert "%" not in terminal.getvalue()


def test_an_error_is_one_line_and_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    speech.say_error("size [is] wrong")
    assert terminal.getvalue() == "pinxit: size [is] wrong\n"


def test_errors_are_red_on_terminals_that_want_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    for settings, red in (({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)):
        with monkeypatch.context() as within:
            for name, value in settings.items():
                within.setenv(name, value)
            speech.say_error("wrong")
        assert ("\x1b[31m" in terminal.getvalue()) is red
        terminal.truncate(0)


def test_the_share_of_the_work_is_the_methods_where_it_knows() -> None:
    step = next(steps_of(4))
    assert speech.share_done(step) == 0.25
    assert speech.share_done(dataclasses.replace(step, share=0.01)) == 0.01
    assert speech.share_done(dataclasses.replace(step, index=9)) == 1.0
    assert speech.share_done(dataclasses.replace(step, of=0)) == 1.0


def test_interrupts_are_left_alone_outside_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGINT)
    failures: list[BaseException] = []

    def enter() -> None:
        try:
            with Interrupt() as interrupt:
                assert not interrupt.asked
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert failures == []
    assert signal.getsignal(signal.SIGINT) == before


def test_the_first_interrupt_asks_and_the_second_stops(capfd: pytest.CaptureFixture[str]) -> None:
    with Interrupt() as interrupt:
        interrupt.arm()
        signal.raise_signal(signal.SIGINT)
        assert interrupt.asked
        assert "Ctrl-C again" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
