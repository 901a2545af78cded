"""``pinxit styles`` lists, installs and removes trained styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.text import Text

from pinxit.cli.styles import HEIGHT, WIDTH, preview
from pinxit.errors import NotFound
from pinxit.styles import gallery
from support.fakes import Run
from support.networks import write_styles


def test_styles_are_listed_installed_and_removed(pinxit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINXIT_STYLES", str(tmp_path / "own"))
    monkeypatch.setattr(gallery, "SHIPPED", tmp_path / "shipped")
    path = write_styles(tmp_path / "x.pinxit", "wave", "in the night", title="The Wave")
    assert "no style is installed" in pinxit("styles").said
    added = pinxit("styles", "add", path)
    assert added.code == 0, added.said
    assert "--style 'in the night'" in added.said
    assert pinxit("styles", "--plain").out.decode().splitlines() == ["wave", "in the night"]
    assert "wave  The Wave" in pinxit("styles").out.decode()
    assert pinxit("styles", "add", tmp_path / "style.png").code != 0
    assert pinxit("styles", "remove", "wave").code == 0
    assert pinxit("styles", "--plain").out == b""
    assert pinxit("styles", "remove", "wave").code == NotFound.exit_code


@pytest.mark.parametrize("size", [(30, 40), (400, 30), (3, 500), (1, 1)])
def test_a_preview_is_half_blocks_of_the_pictures_colors(size: tuple[int, int]) -> None:
    shown = preview(np.full((*size, 3), (1.0, 0.5, 0.0), np.float32))
    lines = shown.plain.split("\n")
    assert len(lines) <= HEIGHT
    assert {len(line) for line in lines} == {len(lines[0])}
    assert 1 <= len(lines[0]) <= WIDTH
    assert isinstance(shown, Text)
    assert {str(span.style) for span in shown.spans} == {"#ff8000 on #ff8000"}
