"""The documentation site, built once as ``make docs`` builds it."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("mkdocs")
pytestmark = pytest.mark.timeout(400)
ROOT = Path(__file__).parents[2]
MOST_SECONDS = 30


class Links(HTMLParser):
    """The links, anchors and embedded files of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.anchors, self.links, self.embedded = {"", "__skip"}, list[str](), list[str]()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {key: value or "" for key, value in attrs}
        self.anchors |= {facts.get("id", ""), facts.get("name", "")}
        self.links += [facts[key] for key in ("href", "src") if key in facts]
        if tag in {"script", "img", "iframe"} or (tag == "link" and facts.get("rel") in {"stylesheet", "icon"}):
            self.embedded.append(facts.get("src") or facts.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site and return its folder."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < MOST_SECONDS
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {path: Links(path) for path in sorted(site.rglob("*.html"))}


def test_every_link_and_anchor_leads_somewhere(site: Path, pages: dict[Path, Links]) -> None:
    wrong = set()
    for page, parsed in pages.items():
        for link in parsed.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or page.name == "404.html":
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.is_file() or (target in pages and anchor not in pages[target].anchors):
                wrong.add(f"{page.relative_to(site)}: {link}")
    assert sorted(wrong) == []


def test_nothing_is_fetched_from_elsewhere(pages: dict[Path, Links]) -> None:
    assert len(pages) > 40
    assert {link for parsed in pages.values() for link in parsed.embedded if urlsplit(link).netloc} == set()


def article(page: Path) -> str:
    """Return the text of a page, without its frame and its code."""
    html = page.read_text(encoding="utf-8")
    body = html[html.index("<article") : html.index("</article>")]
    return re.sub(r"<pre.*?</pre>|<[^>]+>", "", body, flags=re.DOTALL)


def test_every_page_is_in_both_languages(site: Path, pages: dict[Path, Links]) -> None:
    names = {path.relative_to(site).as_posix() for path in pages} - {"404.html", "swagger/index.html"}
    english = {name for name in names if not name.startswith("zh-CN/")}
    assert {f"zh-CN/{name}" for name in english} == names - english
    assert {"changelog.html", "contributing.html", "licenses.html", "tutorials/from_scratch.html"} <= english
    for name in english:
        depth = "../" * name.count("/")
        assert f"{depth}zh-CN/{name}" in pages[site / name].links
        assert f"../{depth}{name}" in pages[site / "zh-CN" / name].links
        text = article(site / "zh-CN" / name)
        letters = len(re.findall("[\u4e00-\u9fff]", text))
        assert letters > 0.5 * len(re.findall(r"\b[a-z]+\b", text)) or "只有英文" in text, name
        assert len(re.findall("[\u4e00-\u9fff]", article(site / name))) < 20, name


def test_both_languages_are_searched(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    texts = {entry["location"]: entry["text"] for entry in index["docs"]}
    assert "covariance" in texts["howto/color.html"]
    assert "\u200b协方差\u200b" in texts["zh-CN/howto/color.html"], "Chinese is cut into words, by jieba"


def test_pages_from_the_disk_are_searched_too(site: Path, pages: dict[Path, Links]) -> None:
    index = (site / "search/search_index.json").read_text(encoding="utf-8")
    assert (site / "search/search_index.js").read_text(encoding="utf-8") == f"var __index = {index}"
    assert "../../search_from_disk.js" in pages[site / "zh-CN/howto/color.html"].embedded


def test_the_reference_comes_from_the_docstrings(site: Path, pages: dict[Path, Links]) -> None:
    anchors = pages[site / "api.html"].anchors
    assert {"pinxit.stylize", "pinxit.Stylizer.steps", "pinxit.errors.PinxitError"} <= anchors


def test_swagger_has_the_service_s_own_description(site: Path) -> None:
    api = json.loads((site / "swagger/openapi.json").read_text(encoding="utf-8"))
    assert "/v1/stylize" in api["paths"]
    assert '"/v1/stylize"' in (site / "swagger/index.html").read_text(encoding="utf-8")
