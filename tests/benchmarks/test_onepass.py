"""The benchmark of the one-pass method: it paints with both programs, measures, and writes a page."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.onepass import __main__ as onepass
from benchmarks.pairs import Pair

from benchmarks import processes
from pinxit import images
from pinxit.errors import PartlyDone

COPY = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[2])"


def copying(name: str) -> onepass.Program:
    """Return a program that paints by copying the content; its warm call does nothing."""

    def words(pair: Pair, output: Path, size: int) -> list[str]:
        return ["copier", str(pair.content), str(output)]

    return onepass.Program(name, sys.executable, words, "paint = lambda: None")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    (tmp_path / "copier.py").write_text(COPY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    random = np.random.default_rng(0)
    for name, size in (("content.png", (60, 90, 3)), ("style.png", (50, 50, 3))):
        images.write(random.random(size, np.float32), tmp_path / name)
    return Pair("one", tmp_path / "content.png", tmp_path / "style.png")


def test_each_program_is_told_of_pair_size_and_place(pair: Pair, tmp_path: Path) -> None:
    ours, peers = onepass.programs("/peer/python")
    for program, python in ((ours, sys.executable), (peers, "/peer/python")):
        words = program.command(pair, tmp_path / "out.png", 77)
        assert words[0] == python
        assert {str(pair.content), str(pair.style), "77", str(tmp_path / "out.png")} <= set(words)


def test_a_picture_is_painted_once(pair: Pair, tmp_path: Path) -> None:
    (picture,) = onepass.paint([pair], copying("a"), tmp_path / "a", 64)
    picture.write_bytes(b"kept")
    assert next(onepass.paint([pair], copying("a"), tmp_path / "a", 64)).read_bytes() == b"kept"


def test_the_content_is_cut_to_the_size(pair: Pair, tmp_path: Path) -> None:
    found = onepass.enlarged(pair, 128, 64, tmp_path)
    assert images.read(found.content).shape == (64, 128, 3)
    assert found.style == pair.style


def test_times_of_both_programs_and_their_ratio_are_told(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onepass, "WARM_SIZES", ((48, 32),))
    monkeypatch.setattr(onepass, "COLD_SIZE", 40)
    lines = onepass.speed(pair, [copying("a"), copying("b")], tmp_path, 1)
    assert [line[0] for line in lines] == ["whole process, 40x40", "warm call, 48x32"]
    assert all(line[1].endswith(" s") for line in lines)


def test_a_program_that_fails_ends_the_measurement(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "copier.py").write_text("raise SystemExit(3)")
    with pytest.raises(PartlyDone, match="a failed"):
        onepass.cold(copying("a"), pair, tmp_path)


def test_distances_are_kept_and_their_means_told(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onepass, "distances", lambda pairs, painted, size: [(0.5, 0.25), (0.7, 0.35)])
    lines = onepass.quality([pair], [copying("a")], tmp_path)
    assert lines[0] == ["a", "1", "0.600", "0.300"]
    assert json.loads((tmp_path / "distances.json").read_text())["a"] == [[0.5, 0.25], [0.7, 0.35]]
    page = onepass.report(lines, [["warm", "1 s", "2 s", "0.5"]])
    assert "| a | 1 | 0.600 | 0.300 |" in page
    assert "| MicroAST | 40 | 0.877 | 0.398 |" in page


def test_no_program_is_compiled_anew_in_each_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = "import sys; print(sys.dont_write_bytecode)"
    usage = processes.measure([sys.executable, "-S", "-c", code], tmp_path / "log")
    assert usage.output[0][1] == "False"
