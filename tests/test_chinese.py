"""The Chinese texts address the reader in one way, and have one word for one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "examples", "models", "benchmarks", "src", "tools", "tests")
SUFFIXES = {".html", ".ipynb", ".js", ".json", ".md", ".py", ".yml"}
TEXTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        ROOT / "mkdocs.yml",
        *(each for name in FOLDERS for each in (ROOT / name).rglob("*")),
    ]
    if path.suffix in SUFFIXES and path != Path(__file__)
)
OTHER_WORDS = {"您": "你", "遮罩": "蒙版"}
"""What the texts do not say, and what they say instead."""


def test_texts_are_found() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in TEXTS}
    assert {"README.zh-CN.md", "CHANGELOG.zh-CN.md", "docs/guide.zh-CN.md"} < names
    assert {"src/pinxit/cli/words.zh.json", "src/pinxit/explain/static/template.html"} < names
    assert "docs/tutorials/from_scratch.zh-CN.ipynb" in names


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_one_word_for_one_thing(word: str) -> None:
    assert any(OTHER_WORDS[word] in path.read_text(encoding="utf-8") for path in TEXTS)
    places = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(word, line)
    ]
    assert places == [], f"say {OTHER_WORDS[word]}, not {word}"
