"""The guide shows lines of the source; they must be the lines that run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDES = sorted(ROOT.glob("docs/guide*.md"))
EXCERPT = re.compile(r"<!-- (?P<source>\S+\.py) -->\n```python\n(?P<code>.*?)```", re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_excerpt_stands_in_the_source_it_names(guide: Path) -> None:
    excerpts = list(EXCERPT.finditer(guide.read_text(encoding="utf-8")))
    assert len(excerpts) >= 10
    for excerpt in excerpts:
        source = (ROOT / excerpt["source"]).read_text(encoding="utf-8")
        assert excerpt["code"] in source, f"{excerpt['source']} no longer has:\n{excerpt['code']}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_no_python_stands_in_the_guide_without_its_source(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    assert text.count("```python") == len(EXCERPT.findall(text))


def test_both_languages_show_the_same_lines() -> None:
    shown = [EXCERPT.findall(guide.read_text(encoding="utf-8")) for guide in GUIDES]
    assert len(shown) == 2
    assert shown[0] == shown[1]
