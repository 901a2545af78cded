"""``pinxit explain`` writes a page, or refuses before it computes."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from pinxit.explain import explain as verb
from pinxit.explain.pair import FULL, QUICK
from support.fakes import Run


def test_the_page_is_written(pinxit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def explain(photo: Path, painting: Path, *, sizes: Any, watch: Any) -> str:
        asked.append(sizes)
        watch("the network", 0)
        return "<p>画</p>"

    monkeypatch.setattr(verb, "explain", explain)
    target = tmp_path / "page.html"
    words = ["explain", tmp_path / "a.png", tmp_path / "style.png", "-o", target]
    run = pinxit(*words)
    assert (run.code, asked) == (0, [FULL]), run.said
    assert target.read_text(encoding="utf-8") == "<p>画</p>"
    assert f"wrote {target}" in run.said
    assert "a.png: the network\n" in run.said, "at once"
    assert pinxit(*words, "--quick", "-q").said == ""
    assert asked[-1] is QUICK


def test_inputs_and_pictures_are_not_overwritten(pinxit: Run, tmp_path: Path) -> None:
    words = ["explain", tmp_path / "a.png", tmp_path / "style.png", "-o"]
    assert "end its name in .html" in pinxit(*words, tmp_path / "page.png").said
    assert pinxit("explain", tmp_path / "none.png", tmp_path / "style.png", "-o", tmp_path / "p.html").code == 66
    assert not (tmp_path / "p.html").exists()


def test_ctrl_c_leaves_nothing(pinxit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explain(*arguments: object, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(verb, "explain", explain)
    run = pinxit("explain", tmp_path / "a.png", tmp_path / "style.png", "-o", tmp_path / "p.html")
    assert run.code == 130
    assert "stopped at once; nothing to save yet" in run.said
    assert not list(tmp_path.glob("*p*.html*"))
