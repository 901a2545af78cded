"""The sources of the site: what becomes of excerpts, of lines and of links on their way from the repository."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools" / "docsite"


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stage a repository of two pages; afterwards its site's sources are in ``tmp_path / "site"``."""
    monkeypatch.syspath_prepend(str(TOOLS))
    for name in ("docs/page.md", "docs/page.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "results/README.md"):
        for path in {tmp_path / name, (tmp_path / name).with_suffix(".zh-CN.md")}:
            path.parent.mkdir(exist_ok=True)
            path.write_text("# Title\n", encoding="utf-8")
    (tmp_path / "results" / "README.zh-CN.md").unlink()
    return importlib.import_module("staging").Staging(tmp_path, tmp_path / "site")


def test_lines_of_the_source_lose_their_common_indentation(staging: Any, tmp_path: Path) -> None:
    excerpt = "<!-- src/a.py -->\n```python\n        if x:\n            y()\n```\n"
    (tmp_path / "docs/page.md").write_text(excerpt, encoding="utf-8")
    staging.gather()
    assert (tmp_path / "site/page.md").read_text("utf-8") == '```python title="src/a.py"\nif x:\n    y()\n```\n'


def test_chinese_lines_are_joined_without_a_space(staging: Any, tmp_path: Path) -> None:
    text = "- 一句，\n  又一句。\n- 用 `code`\n  和 word\n  后面\n\n```\n中\n文\n```\n"
    (tmp_path / "docs/page.zh-CN.md").write_text(text, encoding="utf-8")
    staging.gather()
    assert (tmp_path / "site/page.zh-CN.md").read_text("utf-8") == text.replace("，\n  又", "，又")


def test_reports_come_along_in_english_and_say_so_in_chinese(staging: Any, tmp_path: Path) -> None:
    (tmp_path / "docs/page.md").write_text("[report](../results/README.md)\n", encoding="utf-8")
    staging.gather()
    assert (tmp_path / "site/page.md").read_text("utf-8") == "[report](repository/results/README.md)\n"
    assert (tmp_path / "site/repository/results/README.md").read_text("utf-8") == "# Title\n"
    assert "只有英文" in (tmp_path / "site/repository/results/README.zh-CN.md").read_text("utf-8")


def test_docstrings_are_english_and_the_chinese_page_says_so(staging: Any, tmp_path: Path) -> None:
    for name in ("page.md", "page.zh-CN.md"):
        (tmp_path / "docs" / name).write_text("<!-- ::: a.b -->\n\n<!-- ::: a.c -->\n", encoding="utf-8")
    staging.gather()
    assert (tmp_path / "site/page.md").read_text("utf-8") == "::: a.b\n\n::: a.c\n"
    chinese = (tmp_path / "site/page.zh-CN.md").read_text("utf-8")
    assert chinese.count("只有英文") == 2
    assert chinese.index("只有英文") < chinese.index("::: a.b")
