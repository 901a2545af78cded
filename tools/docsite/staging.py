"""Gathers the sources of the site in one folder: docs/, notebooks as pages, and the files that pages link to.

Links in docs/ are those of the repository; here they become those of the site. A file outside docs/ that a page links
to comes along: reports, such as benchmarks/README.md, as pages in English, everything else as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from flowcharts import draw, words
from notebook_pages import page

PAGES = {
    f"{name}{language}.md": f"{page}{language}.md"
    for name, page in (("CONTRIBUTING", "contributing"), ("CHANGELOG", "changelog"), ("README", "index"))
    for language in ("", ".zh-CN")
}
"""Files of the repository's root that are pages of the site, or that one stands for."""
OUTSIDE = "repository"
"""Folder of the site for other files outside docs/."""
ENGLISH_ONLY = '!!! note "英文报告"\n    这份报告来自源码仓库，只有英文。\n\n'
"""What the Chinese site says above a report of the repository."""
ENGLISH_DOCSTRING = "*下面的说明来自源代码，只有英文。*\n\n"
"""What it says above every docstring."""
ADDED = [name for name, page in PAGES.items() if not page.startswith("index")]

_CODE = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(\]\(|(?:src|href)=\")([^)\s\"#]+)((?:#[^)\s\"]*)?[^)\"]*)")
_LANGUAGES = re.compile(r" ?\[(?:中文|English)\]\([^)]*\)[。.]?")
_FLOWCHART = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SOURCE = re.compile(r"<!-- (\S+\.py) -->\n( *)```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
"""Lines of the source, indented as there."""
_CHINESE = r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e“”]"
_BREAK = re.compile(rf"(?<={_CHINESE})\n *(?={_CHINESE})")
"""The end of a line inside a Chinese sentence, which a browser would show as a space."""
_DIRECTIVE = re.compile(r"^<!-- (::: .*?)\s*-->$", re.DOTALL | re.MULTILINE)
"""A directive of mkdocstrings, which puts docstrings in its place; the page in the repository has it as a comment."""
_PAGE = re.compile(r"(\.zh-CN)?\.(md|ipynb)$")
"""The end of a link to a page; the site itself chooses the language."""
_ADDRESS = re.compile(r"[a-z]+:|//")


class Staging:
    """Copies the sources of the site from the repository ``root`` to the folder ``target``."""

    def __init__(self, root: Path, target: Path) -> None:
        self.root, self.target = root, target
        self.done: set[str] = set()

    def gather(self) -> None:
        """Replace the folder by the present sources."""
        shutil.rmtree(self.target, ignore_errors=True)
        sources = [path for path in sorted((self.root / "docs").rglob("*")) if path.is_file()]
        for path in [*sources, *(self.root / name for name in ADDED)]:
            self.add(path.relative_to(self.root).as_posix())

    def add(self, name: str) -> None:
        """Copy one file of the repository, and the files outside docs/ that it links to."""
        if name in self.done:
            return
        self.done.add(name)
        target = self.target / place(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".md"):
            text = self._page((self.root / name).read_text(encoding="utf-8"), name)
            target.write_text(text, encoding="utf-8")
            if place(name).startswith(OUTSIDE):
                target.with_suffix(".zh-CN.md").write_text(ENGLISH_ONLY + text, encoding="utf-8")
        else:
            shutil.copyfile(self.root / name, target)
        if name.endswith(".ipynb"):
            text = page(self.root / name, target.parent)
            target.with_suffix(".md").write_text(self._page(text, name), encoding="utf-8")

    def _page(self, text: str, name: str) -> str:
        drawings = iter(range(1, 100))

        def drawn(match: re.Match[str]) -> str:
            drawing = PurePosixPath(place(name)).with_suffix("").name + f"-{next(drawings)}.svg"
            (self.target / place(name)).with_name(drawing).write_text(draw(match[1]), encoding="utf-8")
            return f"![{words(match[1])}]({drawing})"

        text = _FLOWCHART.sub(drawn, text)
        text = _DIRECTIVE.sub((ENGLISH_DOCSTRING if ".zh-CN" in name else "") + r"\1", text)
        text = _LANGUAGES.sub("", _SOURCE.sub(_excerpt, text))
        parts = _CODE.split(text)  # every second part is code
        parts[::2] = [_BREAK.sub("", _LINK.sub(self._link(name), part)) for part in parts[::2]]
        return "".join(parts)

    def _link(self, name: str) -> Callable[[re.Match[str]], str]:
        """Return what replaces a link on the page made of the file ``name``."""
        folder = PurePosixPath(place(name)).parent

        def replace(match: re.Match[str]) -> str:
            start, link, rest = match.groups()
            if _ADDRESS.match(link) or "swagger/" in link:
                return match[0]
            linked = os.path.normpath(PurePosixPath(name).parent / link)
            if (self.root / linked).is_dir():
                linked += "/README.md"
            if not linked.startswith("docs/") and (self.root / linked).is_file() and linked not in PAGES:
                self.add(linked)
            target = os.path.relpath(place(linked), folder)
            if linked != name:  # the page of a notebook links to the notebook itself, to download it
                target = _PAGE.sub(".md", target)
            return start + target + rest

        return replace


def _excerpt(match: re.Match[str]) -> str:
    """Return lines of the source as a block of code with their file as its title, without common indentation."""
    file, indent, code = match.groups()
    lines = textwrap.indent(textwrap.dedent(code), indent)
    return f'{indent}```python title="{file}"\n{lines}{indent}```'


def place(name: str) -> str:
    """Return where a file of the repository is in the site's sources.

    >>> place("docs/guide.md"), place("CHANGELOG.md"), place("compose.yaml")
    ('guide.md', 'changelog.md', 'repository/compose.yaml')
    """
    return PAGES.get(name) or (name.removeprefix("docs/") if name.startswith("docs/") else f"{OUTSIDE}/{name}")
