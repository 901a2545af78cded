"""The pages in the repository: links and anchors, languages, and the commands that they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from pymdownx.slugs import slugify

from pinxit.cli.app import COMMANDS
from pinxit.cli.command import load

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for folder in ("", "docs/**/", "models/**/", "benchmarks/**/") for path in ROOT.glob(f"{folder}*.md")
)
DOCS = [path for path in PAGES if path.is_relative_to(ROOT / "docs")]
CHINESE = [path for path in PAGES if ".zh-CN." in path.name]
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    slug = slugify(case="lower")
    return {slug(heading.replace("`", ""), "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() and not target.startswith("swagger/"):  # the site's own
            wrong.append(link)
        elif anchor and path.suffix == ".md" and anchor not in anchors(path) | {"pinxit"}:
            wrong.append(link)
    assert wrong == []


def test_a_wrong_anchor_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# 1. What the `network` sees\n\n## 速度 与质量\n\n```sh\n# no heading\n```\n", encoding="utf-8")
    assert anchors(page) == {"1-what-the-network-sees", "速度-与质量"}


def test_every_page_is_in_both_languages() -> None:
    names = {name(path) for path in [*ROOT.glob("*.md"), *DOCS, *ROOT.glob("docs/**/*.ipynb")]}
    english = {path for path in names if ".zh-CN." not in path}
    assert {re.sub(r"(\.\w+)$", r".zh-CN\1", path) for path in english} == names - english


@pytest.mark.parametrize("page", CHINESE, ids=name)
def test_chinese_pages_lead_to_chinese_pages(page: Path) -> None:
    wrong = []
    for text, link, after in re.findall(r"\[([^]]*)\]\(([^)\s:]+)\)(.{,4})", page.read_text(encoding="utf-8")):
        path = page.parent / link.partition("#")[0]
        if text != "English" and path.with_suffix(f".zh-CN{path.suffix}").is_file():
            wrong.append(link)
        elif ".zh-CN." in link and after == "（英文）":
            wrong.append(link + after)
    assert wrong == []


def outline(page: Path) -> list[tuple[str, int]]:
    """Return what each block of a page is (heading, table, list or text), and how many entries it lists."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    blocks = [block for block in text.split("\n\n") if block.strip() and not re.match(r"\[(中文|English)\]", block)]
    entries = [len(re.findall(r"^(?:[-*]|\d+\.|\|) ", block, re.MULTILINE)) for block in blocks]
    return [(re.findall(r"^#* ?|^\|", block)[0], entry) for block, entry in zip(blocks, entries, strict=True)]


@pytest.mark.parametrize("page", [page for page in PAGES if page.with_suffix(".zh-CN.md") in PAGES], ids=name)
def test_both_languages_have_the_same_blocks(page: Path) -> None:
    assert outline(page) == outline(page.with_suffix(".zh-CN.md"))


def test_a_missing_entry_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n\n[中文](page.zh-CN.md)\n\n- one\n- two\n  in two lines\n\n| a | b |\n|---|---|\n", "utf-8"
    )
    assert outline(page) == [("# ", 0), ("", 2), ("", 1)]


@pytest.mark.parametrize("page", DOCS, ids=name)
def test_commands_are_understood(page: Path) -> None:
    fences = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for language, block in fences:
        for line in block.replace("\\\n", " ").splitlines() if language in {"", "sh"} else ():
            words = shlex.split(line, comments=True) if line.startswith("pinxit ") else []
            if len(words) > 1 and not words[1].startswith("-"):
                assert words[1] in COMMANDS
                load(COMMANDS[words[1]]).make_context(words[1], words[2:])


@pytest.mark.parametrize("page", CHINESE, ids=name)
def test_chinese_has_full_width_punctuation(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    assert re.findall(r"[\u4e00-\u9fff][,;:!?][^\n]{0,10}", text) == []
