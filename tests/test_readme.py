"""The READMEs by copy and paste: their blocks and commands are run as they stand, in a copy of the example pictures.

Only two things differ from what a reader does: sizes and steps are made small, by options after those on the page, and
`PARSED` is not run but parsed, by `test_front`.
"""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pinxit as library
from pinxit import images
from support.fakes import Run
from support.films import film, moving
from support.networks import tiny_vgg

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PARSED = (
    *("make", "pip", "cd", "pinxit webcam", "pinxit train", "pinxit studio", "pinxit serve", "pinxit explain"),
    "pinxit batch",
)
"""Commands that need the internet, a camera, a bucket, minutes of computing, or an end by the reader."""
NOT_HERE = ("--style wave.pinxit", "--device cuda")
"""Options that need a training or a graphics card."""
BASE = "pinxit stylize lake.jpg --style wave.jpg"
"""What the table's options are added to."""
SMALL = {"stylize": ["--size", "48"], "sheet": ["--size", "48"], "demo": ["--size", "48"], "video": ["--size", "48"]}
STEPS = ["--steps", "1", "--levels", "1"]


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and the code of each block."""
    return re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def code_in_text(page: Path) -> list[str]:
    """Return the commands and options between the blocks, in order."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`((?:pinxit |--)[^`]*)`", text)


def without_comments(code: str) -> list[str]:
    return [re.sub(r"\s*#.*", "", line) for line in code.splitlines()]


def test_both_pages_have_the_same_code() -> None:
    assert [(name, without_comments(code)) for name, code in blocks(CHINESE)] == [
        (name, without_comments(code)) for name, code in blocks(ENGLISH)
    ]
    assert sorted(set(code_in_text(CHINESE))) == sorted(set(code_in_text(ENGLISH)))
    assert {name for name, _ in blocks(ENGLISH)} == {"bash", "python"}, "each block says what it is"


@pytest.fixture
def _reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder with what the commands name, with networks that are small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)
    for path in (ROOT / "examples" / "pictures").glob("*.jpg"):
        shutil.copy(path, tmp_path)
    (tmp_path / "photos").mkdir()
    shutil.copy("lake.jpg", "photos/lake.jpg")
    rows = np.linspace(0, 1, 54, dtype=np.float32)[:, None, None].repeat(96, axis=1).repeat(3, axis=2)
    images.write(1 - rows, "sky.png")
    images.write(rows, "ground.png")


def run_line(line: str, pinxit: Run) -> None:
    """Run one command of the page, made small."""
    if not line or line.startswith(PARSED):
        return
    words = shlex.split(line, comments=True)
    assert words[0] == "pinxit", line
    optimizes = words[1] == "stylize" and {"optimize", "--losses", "--effort"} & set(words)
    small = [] if "--recipe" in words else SMALL.get(words[1], []) + (STEPS if optimizes else [])
    done = pinxit(*words[1:], *small)
    assert done.code == 0, f"{line}\n{done.said}"
    for flag, following in itertools.pairwise(words):
        assert flag != "-o" or Path(following).exists()


@pytest.mark.usefixtures("_reader")
def test_the_commands_paint(pinxit: Run) -> None:
    lines = [line for name, code in blocks(ENGLISH) if name == "bash" for line in code.splitlines()]
    assert sum(line.startswith("pinxit") for line in lines) >= 4
    for line in lines:
        run_line(line, pinxit)


@pytest.mark.usefixtures("_reader")
def test_the_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make: Callable[..., None] = library.Stylizer.__init__

    def small(self: library.Stylizer, *arguments: Any, **options: Any) -> None:
        quick = {"steps": 2, "levels": 1} if options.get("method") == "optimize" else {}
        make(self, *arguments, **{**options, **quick, "size": 48})

    monkeypatch.setattr(library.Stylizer, "__init__", small)
    names: dict[str, Any] = {}
    for name, code in blocks(ENGLISH):
        if name == "python":
            exec(code, names)  # one after the other, as a reader pastes them
    said = capsys.readouterr().out
    assert "<Painting 48 x 27, fast, starry-night> (27, 48, 3)" in said
    assert all(f"{style} <Painting" in said for style in library.styles())
    assert images.read("small.jpg").shape == (144, 256, 3)
    assert {path.name for path in Path().glob("*.png")} >= {"sketch.png", "out.png"}


@pytest.mark.usefixtures("_reader")
def test_the_commands_and_options_between_the_blocks_work(pinxit: Run) -> None:
    film(Path("clip.mp4"), moving(3))
    ran = 0
    run_line(f"{BASE} -o out.png", pinxit)
    for code in dict.fromkeys(code_in_text(ENGLISH)):
        if code not in NOT_HERE:
            run_line(code if code.startswith("pinxit") else f"{base(code)} {code} -o {ran}.png", pinxit)
            ran += 1
    assert ran > 20


def base(options: str) -> str:
    """Return the command that options of the page are added to."""
    words = options.split()
    if "--interpolate" in words:
        return "pinxit sheet lake.jpg wave.jpg starry_night.jpg"
    return "pinxit stylize lake.jpg" if "--style" in words else BASE
