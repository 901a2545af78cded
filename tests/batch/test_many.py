"""`pinxit.stylize_many`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

import pinxit
from pinxit.cli import app

pytest.importorskip("pebble", reason="batches need the extra batch")


def test_a_row_for_each_painting(tmp_path: Path) -> None:
    for name in ("a", "b", "style"):
        Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(tmp_path / f"{name}.png")
    styles = [str(tmp_path / "style.png"), "starry-night"]
    rows = list(pinxit.stylize_many(str(tmp_path / "a.png"), styles, str(tmp_path / "out"), workers=1, size=32))
    assert [row.style for row in rows] == styles
    assert all(Path(row.output).exists() for row in rows)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name in ("photos/a.png", "style.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(path)
    return tmp_path


def test_paths_are_taken_and_rows_name_files_as_a_user_does(pictures: Path) -> None:
    (pictures / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    rows = pinxit.stylize_many(pictures / "photos", pictures / "style.png", pictures / "out", workers=1, size=32)
    painted, failed = sorted(rows, key=lambda row: row.error)
    assert painted.input == str(pictures / "photos" / "a.png")
    assert painted.output == str(pictures / "out" / painted.name)
    assert Path(painted.output).exists()
    assert json.loads(painted.recipe)["content"]["name"] == "a.png"
    assert (failed.input, failed.output) == (str(pictures / "photos" / "broken.jpg"), "")
    assert failed.name.startswith("broken.jpg.style.")


def test_a_painting_of_many_is_repeated_to_the_same_bytes(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pictures)
    (row,) = pinxit.stylize_many("photos", "style.png", "out", workers=1, size=32)
    words = ["stylize", "photos/a.png", "-s", "style.png", "--recipe", row.output, "-o", "again.png"]
    run = CliRunner().invoke(app.app, words)
    assert run.exit_code == 0, run.output
    assert Path("again.png").read_bytes() == Path(row.output).read_bytes()


@pytest.mark.parametrize(
    ("style", "cure"),
    [
        ({"a.png": 0.5}, "a dict: mix weighted styles with stylize"),
        ([("a.png", 0.5)], "a tuple: mix weighted styles with stylize"),
        (b"", "save it first"),
        ([Image.new("RGB", (8, 8))], "save it first"),
    ],
)
def test_styles_that_processes_cannot_open_are_refused_at_once(style: Any, cure: str) -> None:
    with pytest.raises(pinxit.BadOption, match=cure):
        pinxit.stylize_many("photos", style, "out")


def test_a_missing_folder_is_not_found(pictures: Path) -> None:
    with pytest.raises(pinxit.NotFound, match="none"):
        list(pinxit.stylize_many(pictures / "none", "starry-night", pictures / "out", workers=1))


def test_a_program_without_a_guard_gets_one_line_with_the_cure(pictures: Path) -> None:
    program = pictures / "program.py"
    program.write_text("import pinxit\nlist(pinxit.stylize_many('photos', 'style.png', 'out', size=32))\n")
    run = subprocess.run([sys.executable, program], cwd=pictures, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.count('inside if __name__ == "__main__":') == 1
    assert run.stderr.count("program.py") == 1
    assert "inside if __name__" in run.stderr.splitlines()[-1]
