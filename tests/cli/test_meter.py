"""The one meter of long works: lines where there is no terminal, and a bar, with names as they are, where there is."""

from __future__ import annotations

import sys

import pytest

from pinxit.cli.meter import Meter
from support.fakes import Screen


def test_lines_come_after_a_time_and_at_once_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with Meter("wave", quiet=False, seconds=1000) as shown:
        shown.show("frame 1", 1, 2)
        assert not capsys.readouterr().err
        shown.show("frame 2", 2, 2, now=True)
    assert capsys.readouterr().err == "wave: frame 2\n"


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Meter("wave", quiet=True, seconds=0) as shown:
        shown.show("frame 1", 1, 2, now=True)
    assert not capsys.readouterr().err


def test_a_name_in_brackets_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Meter("wave[red]", quiet=False, seconds=0) as shown:
        shown.show("frame [1]", 1, 2)
    assert "wave[red]" in screen.getvalue()
    assert "frame [1]" in screen.getvalue()
