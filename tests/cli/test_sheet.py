"""``pinxit sheet`` writes contact sheets."""

from __future__ import annotations

from pathlib import Path

from pinxit import images
from pinxit.batch.sheet import GAP
from support.fakes import Pictures, Run


def test_a_sheet_and_a_row_between_two_styles_are_written(pinxit: Run, picture: Pictures, tmp_path: Path) -> None:
    wave = picture("wave.png", shift=0.3)
    run = pinxit("sheet", tmp_path / "a.png", tmp_path / "style.png", wave, "-o", tmp_path / "sheet.png")
    assert run.code == 0, run.said
    image = images.read(tmp_path / "sheet.png")
    assert image.shape[2] == 3
    assert run.said == f"wrote {tmp_path / 'sheet.png'} ({image.shape[1]} x {image.shape[0]})\n"
    words = ["sheet", tmp_path / "a.png", tmp_path / "style.png", wave, "--interpolate", "--between", "3"]
    run = pinxit(*words, "-o", tmp_path / "row.png", "-q")
    assert (run.code, run.said) == (0, "")
    assert images.read(tmp_path / "row.png").shape[1] == 3 * 32 + 4 * GAP


def test_between_without_interpolate_is_refused(pinxit: Run, tmp_path: Path) -> None:
    run = pinxit("sheet", tmp_path / "a.png", tmp_path / "style.png", "--between", "3", "-o", tmp_path / "s.png")
    assert run.code == 2
    assert "--between needs --interpolate" in run.said
