"""The tutorials: valid notebooks, the same code in both languages, executed on small pictures without a kernel."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
ENGLISH = sorted(path for path in FOLDER.glob("*.ipynb") if ".zh-CN." not in path.name)
SMALL = {"SIZE": 64, "STEPS": 3, "TRAINING_STEPS": 3, "CROP": 32, "FRAMES": 3}


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER.parents[1] / "tools" / "docsite"))
    return importlib.import_module("run_notebooks")


def read(path: Path) -> Any:
    """Read a notebook. The package is imported here, as that takes seconds, which listing the tests need not take."""
    return pytest.importorskip("nbformat").read(path, 4)


def cells(path: Path, kind: str) -> list[str]:
    notebook = read(path)
    pytest.importorskip("nbformat").validate(notebook)
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def test_there_are_four() -> None:
    names = {"from_scratch", "adain_from_scratch", "train_one_style", "video_consistency"}
    assert {path.stem for path in ENGLISH} == names


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_it_runs_on_small_pictures(path: Path, runner: ModuleType) -> None:
    pytest.importorskip("skimage")
    notebook = read(path)
    runner.run(notebook, SMALL)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/jpeg" in output.get("data", {}) for output in outputs)


def test_a_page_shows_every_picture_of_a_cell(tmp_path: Path, runner: ModuleType) -> None:
    page = importlib.import_module("notebook_pages").page(FOLDER / "from_scratch.ipynb", tmp_path)
    shown = re.findall(r"^!\[What the code above draws\]\((.*)\)$", page, re.MULTILINE)
    pictures = [(tmp_path / name).read_bytes() for name in shown]
    outputs = [output for cell in read(FOLDER / "from_scratch.ipynb").cells for output in cell.get("outputs", [])]
    assert len(set(pictures)) == len(pictures) == sum("image/jpeg" in output.get("data", {}) for output in outputs) > 2


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_have_the_same_code_formulas_and_results(path: Path) -> None:
    chinese = path.with_suffix(".zh-CN.ipynb")
    assert cells(path, "code") == cells(chinese, "code")
    first, *_, last = cells(path, "markdown")
    assert first.splitlines()[2].startswith("`pip install")
    assert "Exercises" in last
    assert "练习" in cells(chinese, "markdown")[-1]
    for one, other in zip(cells(path, "markdown"), cells(chinese, "markdown"), strict=True):
        assert one.split("$$")[1::2] == other.split("$$")[1::2]
    outputs = [
        [cell.get("outputs") for cell in read(page).cells if cell.cell_type == "code"] for page in (path, chinese)
    ]
    assert outputs[0] == outputs[1]
    assert any(outputs[0]), "run: python tools/docsite/run_notebooks.py docs/tutorials/*.ipynb"
