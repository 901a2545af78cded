"""``pinxit batch``: what it paints, says and returns."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_keeps_what_was_painted(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(40):
        Image.linear_gradient("L").resize((200, 200)).rotate(number).convert("RGB").save(photos / f"{number}.png")
    command = [sys.executable, "-m", "pinxit", "batch", str(photos), "-s", str(photos / "0.png"), "--workers", "1"]
    command += ["-o", str(tmp_path / "out"), "--json"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are deaf to it
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    assert process.stdout
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command to continue" in said
    assert "Traceback" not in said
    painted = {first["output"], *(json.loads(line)["output"] for line in rest.splitlines())}
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    outputs = [json.loads(line)["output"] for line in again.stdout.splitlines()]
    assert not painted & set(outputs)
    assert len(painted) + len(outputs) == 40
