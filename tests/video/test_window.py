"""Windows that show pictures and report keys."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pinxit.video import window
from support.fakes import gradient


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A virtual screen; skipped if Xvfb is not installed."""
    read, write = os.pipe()
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        os.close(read)
        os.close(write)
        pytest.skip("Xvfb, a screen without a monitor, is not installed")
    os.close(write)
    with os.fdopen(read) as reader, server:
        monkeypatch.setenv("DISPLAY", f":{reader.readline().strip()}")
        yield
        server.terminate()


def test_the_window_shows_pictures_and_reports_keys(screen: None) -> None:
    pytest.importorskip("tkinter")
    shown: Any = window._Tk()
    try:
        assert shown.show(gradient(), "one - title") == ""
        assert shown._root.title() == "one - title"
        assert (shown._picture.width(), shown._picture.height()) == (32, 24)
        expected = tuple(np.rint(gradient()[5, 7] * 255).astype(int))
        assert shown._picture.get(7, 5) == expected
        shown._root.event_generate("<Key>", keysym="n")
        shown._root.focus_force()
        shown._root.update()
        shown._root.event_generate("<Key>", keysym="Escape")
        assert shown.show(gradient(), "x") == "q"
        shown._closed()
        assert shown.show(gradient(), "x") == "q"
    finally:
        shown.close()


def test_opencv_shows_pictures_if_it_has_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr("cv2.currentUIFramework", lambda: "QT", raising=False)
    for name in ("namedWindow", "imshow", "setWindowTitle"):
        monkeypatch.setattr(f"cv2.{name}", functools.partial(lambda name, *words: calls.append((name, words)), name))
    monkeypatch.setattr("cv2.waitKey", lambda wait: ord("N"))
    monkeypatch.setattr("cv2.getWindowProperty", lambda *words: 1.0)
    monkeypatch.setattr("cv2.destroyAllWindows", lambda: calls.append(("closed", ())))
    shown = window.open_window()
    assert shown.show(np.full((2, 2, 3), (1.0, 0.5, 0.0), np.float32), "t") == "n"
    np.testing.assert_array_equal(dict(calls)["imshow"][1][0, 0], [0, 128, 255])
    shown.close()
    assert calls[-1][0] == "closed"
