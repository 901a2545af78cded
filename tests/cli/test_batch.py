"""``pinxit batch``: what it paints, says and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("pebble", reason="batches need the extra batch")

from pinxit.cli.app import run


def test_the_command_paints_reports_and_fails_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(2):
        Image.linear_gradient("L").resize((32, 32)).rotate(90 * number).convert("RGB").save(photos / f"{number}.png")
    style = str(photos / "0.png")
    command = ["batch", str(photos), "-s", style, "-o", str(tmp_path / "out"), "--size", "32", "--workers", "1"]
    assert run(command) == 0
    assert "painted 2 pictures" in capsys.readouterr().err
    assert run(command) == 0
    assert "nothing to do" in capsys.readouterr().err
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert run([*command, "--json"]) == 3
    said = capsys.readouterr()
    assert json.loads(said.out)["input"].endswith("broken.jpg")
    assert "failures.csv" in said.err
    assert run([*command, "--engine", "slurm"]) == 2
