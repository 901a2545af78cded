"""What is said on the way: bars on terminals, lines elsewhere; and who handles Ctrl-C."""

from __future__ import annotations

import dataclasses
import io
import signal
import threading

import pytest
from rich.console import Console

from fakes import steps_of
from pinxit.cli import speech
from pinxit.cli.interrupt import Interrupt


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Let standard error be a terminal, and return what is shown on it."""
    shown = io.StringIO()
    monkeypatch.delenv("NO_COLOR")
    console = Console(file=shown, force_terminal=True, width=120, color_system=None, highlight=False)
    monkeypatch.setattr(speech, "stderr", lambda: console)
    return shown


def test_a_terminal_gets_a_bar_with_loss_and_time_left(terminal: io.StringIO) -> None:
    with speech.progress("harbor [1].jpg", quiet=False, verbose=False) as bar:
        assert isinstance(bar, speech.Bar)
        for step in steps_of(4, warning="look [out]"):
            bar(step)
    text = terminal.getvalue()
    for part in ("harbor [1].jpg", "look [out]", "loss 0.25", "100%", "left"):
        assert part in text


def test_a_terminal_can_be_kept_quiet_or_get_lines(terminal: io.StringIO) -> None:
    for quiet, verbose in ((True, False), (False, True), (True, True)):
        watch = speech.progress("a", quiet=quiet, verbose=verbose)
        assert isinstance(watch, speech.Lines)
        for step in steps_of(2):
            watch(step)
    assert terminal.getvalue().count("step 1/2") == 1


def test_an_error_is_one_line_and_no_markup(terminal: io.StringIO) -> None:
    speech.say_error("size [is] wrong")
    assert "pinxit: size [is] wrong" in terminal.getvalue()
    assert terminal.getvalue().count("\n") == 1


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
