"""The page of the Python API: signatures, names and errors are those of the code, and its programs run."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import pinxit
from pinxit import errors, images
from support import pictures
from support.networks import tiny_vgg

FOLDER = Path(__file__).parents[2] / "docs"
ENGLISH, CHINESE = (FOLDER / name for name in ("api.md", "api.zh-CN.md"))
VERBS = ("stylize", "Stylizer", "encode_style", "stylize_many", "stylize_video", "train")


def signature(name: str) -> str:
    """Return how a verb is called: its parameters with their defaults, without their types."""
    parts: list[str] = []
    for each in inspect.signature(getattr(pinxit, name)).parameters.values():
        default = "..." if callable(each.default) else repr(each.default).replace("'", '"')
        if each.kind is each.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        starred = f"**{each.name}" if each.kind is each.VAR_KEYWORD else each.name
        parts.append(starred if each.default is each.empty else f"{starred}={default}")
    return f"pinxit.{name}({', '.join(parts)})"


def programs(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_signatures_and_names_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in VERBS if f"```\n{signature(name)}\n```" not in text] == []
    assert [name for name in pinxit.__all__ if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_every_error_is_listed_with_its_codes(page: Path) -> None:
    listed = re.findall(r"^\| `([\w.]+)` \| (.+) \| (\d+) \| (\d+) \|$", page.read_text("utf-8"), re.MULTILINE)
    kinds = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.PinxitError)]
    expected = {
        (f"pinxit.{each.__name__}" if each.__name__ in pinxit.__all__ else each.__name__): each for each in kinds
    }
    codes = {name: (str(each.exit_code), str(each.http_status)) for name, each in expected.items()}
    assert {name: (code, status) for name, _, code, status in listed} == codes
    if page is ENGLISH:
        assert {name: words for name, words, *_ in listed} == {name: each.__doc__ for name, each in expected.items()}


def test_its_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)
    monkeypatch.chdir(tmp_path)
    images.write(pictures.scene_float(), "harbor.jpg")
    for name in ("lake.jpg", "wave.jpg"):
        shutil.copy("harbor.jpg", name)
    names: dict[str, Any] = {}
    for program in programs(ENGLISH):
        exec(program.replace('method="optimize", size=384', 'method="optimize", size=16, steps=2, levels=1'), names)
    assert names["pixels"].dtype == "uint8"
    assert images.read("so_far.png").shape == (11, 16, 3)


def test_both_languages_have_the_same_programs() -> None:
    english, chinese = ([re.sub(r"#.*", "", each) for each in programs(page)] for page in (ENGLISH, CHINESE))
    assert english == chinese
