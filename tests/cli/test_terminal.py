"""Nothing but pinxit's own words, and no control codes of strangers, reach the terminal."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pinxit import images
from pinxit.cli.progress import put
from pinxit.cli.score import _print_table
from pinxit.metrics.distances import Score
from pinxit.styles import gallery
from support.fakes import Run, Screen, gradient
from support.networks import write_styles

CODES = "\x1b]0;owned\x07\x1b[2J\x9b31m"


def run(*words: str | Path) -> tuple[int, list[str]]:
    """Run a process; return its exit status and what it said on standard error."""
    command = [sys.executable, "-m", "pinxit", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a TIFF over which libtiff complains."""
    file = io.BytesIO()
    PIL.Image.fromarray((gradient(64, 64) * 255).astype(np.uint8)).save(file, "TIFF", compression="tiff_deflate")
    data = bytearray(file.getvalue())
    middle = data.index(b"\x78\x9c" if b"\x78\x9c" in data else zlib.compress(b"")[:2]) + 40
    data[middle : middle + 40] = bytes(40)
    path = tmp_path / "broken.tif"
    path.write_bytes(data)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="its libtiff says nothing")
def test_words_of_libraries_are_said_only_with_verbose(broken: Path) -> None:
    code, said = run("code", broken, "-o", broken.with_suffix(".style"))
    assert code == 65
    assert len(said) == 1
    assert said[0].startswith("pinxit: broken.tif is damaged")
    code, said = run("stylize", "-v", broken, "-s", broken, "-o", broken.with_suffix(".png"))
    assert code == 65
    assert any("ZIPDecode" in line for line in said)


def test_control_codes_in_a_recipe_are_escaped(pinxit: Run, tmp_path: Path) -> None:
    images.write(gradient(), tmp_path / "x.png", recipe='{"a":\n\t"' + CODES + '"}')
    assert pinxit("recipe", tmp_path / "x.png").out.decode() == (
        '{"a":\n        "\\x1b]0;owned\\x07\\x1b[2J\\x9b31m"}\n'
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_control_codes_in_titles_are_escaped(terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pinxit.cli.app import app

    (style,) = gallery.read(write_styles(tmp_path / "x.pinxit", "wave"))
    style = dataclasses.replace(style, facts={"title": CODES, "artist": "\x1b[5m"})
    monkeypatch.setattr(gallery, "installed", lambda: [style])
    screen = Screen() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    app.main(["styles"], standalone_mode=False)
    assert "\\x1b]0;owned" in screen.getvalue()
    for code in ("\x1b]", "\x07", "\x1b[2J", "\x1b[5m", "\x9b"):
        assert code not in screen.getvalue()


def test_control_codes_in_names_of_scored_pictures_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    _print_table({f"{CODES}.png": Score(0, 0, 1, 0)})
    assert "\\x1b]0" in capsys.readouterr().out.replace("\n", "")


def test_empty_text_is_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    put("")
    assert capsys.readouterr().out == "\n"


@pytest.mark.parametrize("more", [[], ["--verbose"]])
def test_warnings_and_logs_of_libraries_are_shown_only_with_verbose(more: list[str], tmp_path: Path) -> None:
    program = "import logging, sys, warnings\nfrom pinxit import cli\ncli._silence_libraries(sys.argv[1:])\n"
    program += "warnings.warn('odd')\nlogging.getLogger('PIL').error('strange')"
    done = subprocess.run([sys.executable, "-c", program, "video", *more], capture_output=True, text=True, check=True)
    assert ("odd" in done.stderr, "strange" in done.stderr) == (bool(more), bool(more))
