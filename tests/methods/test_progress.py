"""Progress for callers from Python: a bar in terminals and in notebooks, or a function of their own."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from rich.progress import Progress

from pinxit.methods.progress import StepWatcher, draw
from support.fakes import Screen, steps_of


def test_a_terminal_gets_a_bar_that_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with StepWatcher(True, 1) as watch:
        for step in steps_of(4):
            watch(step)
    assert "loss 0.25" in screen.getvalue()
    assert "100%" in screen.getvalue()


@pytest.mark.parametrize(("pictures", "words"), [(2, "picture 2 of 2"), (None, "picture 2")])
def test_several_pictures_are_counted(monkeypatch: pytest.MonkeyPatch, pictures: int | None, words: str) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with StepWatcher(True, pictures) as watch:
        for _ in range(2):
            for step in steps_of(2):
                watch(step)
            watch.next_picture()
    assert words in screen.getvalue()
    assert ("100%" in screen.getvalue()) == (pictures == 2)


def test_a_notebook_gets_the_same_bar_without_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def display(bar: Progress, display_id: bool) -> SimpleNamespace:
        assert display_id
        return SimpleNamespace(update=lambda bar: drawn.append(bar._repr_mimebundle_([], [])["text/plain"]))

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    bar = draw("painting")
    bar.console.is_jupyter = True
    monkeypatch.setattr("pinxit.methods.progress.draw", lambda title: bar)
    with StepWatcher(True, 1) as watch:
        for step in steps_of(2):
            watch(step)
    assert [("50%" in text, "100%" in text) for text in drawn] == [(True, False), (False, True)]


def test_without_progress_nothing_is_drawn(capfd: pytest.CaptureFixture[str]) -> None:
    with StepWatcher(False, 1) as watch:
        for step in steps_of(2):
            watch(step)
    assert capfd.readouterr() == ("", "")
