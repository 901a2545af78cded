"""Write the tables of docs/licenses.md and its Chinese page: ``python tools/licenses.py``, with every extra installed.

Names, licences and shared libraries are those of the installed wheels; which extra brings a package follows from
pyproject.toml and from what the packages require in turn.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "docs" / "licenses.md", "zh": ROOT / "docs" / "licenses.zh-CN.md"}
CHINESE = {
    "package": "软件包",
    "licence": "许可证",
    "installed by": "所属附加项",
    "every install": "每次安装",
    "library in its wheel for Linux": "其 Linux wheel 中的库",
    "licence of the library": "库的许可证",
    "LGPL-2.1-or-later, or as its build says": "LGPL-2.1-or-later，或以其构建声明为准",
    "see its files": "见其文件",
}
"""What the tables say in English -> in Chinese; names of licences stay as they are."""
LEFT_OUT = ("all", "dev", "docs")
"""Extras that are made of others, or that nobody ships."""
COPYLEFT = {
    "libx264": "GPL-2.0-or-later",
    "libx265": "GPL-2.0-or-later",
    "libavcodec": "LGPL-2.1-or-later, or as its build says",
    "libheif": "LGPL-3.0-or-later",
    "libde265": "LGPL-3.0-or-later",
    "libmp3lame": "LGPL-2.0-or-later",
    "libasound": "LGPL-2.1-or-later",
    "libgnutls": "LGPL-2.1-or-later",
    "libgmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libnettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libhogweed": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libquadmath": "LGPL-2.1-or-later",
    "libgfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
}
"""Shared libraries in wheels whose licences ask for more than a notice; from the libraries' own pages."""


def extras() -> dict[str, list[str]]:
    """Return each extra's requirements, with those of extras that it includes; pinxit's own are named ``pinxit``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs: dict[str, list[str]] = project["optional-dependencies"]
    for name in needs.keys() - set(LEFT_OUT):
        included = [part for each in needs[name] if each.startswith("pinxit[") for part in Requirement(each).extras]
        own = [each for each in needs[name] if not each.startswith("pinxit[")]
        needs[name] = [*own, *(each for part in included for each in needs[part])]
    return {"pinxit": project["dependencies"], **{name: needs[name] for name in needs if name not in LEFT_OUT}}


def closure(requirements: Iterable[str]) -> set[str]:
    """Return the names of all installed packages that ``requirements`` bring, and what these require."""
    found: set[str] = set()
    waiting = [(each, "") for each in requirements]
    while waiting:
        text, extra = waiting.pop()
        need = Requirement(text)
        name = canonicalize_name(need.name)
        if need.marker and not need.marker.evaluate({"extra": extra}):
            continue
        try:
            inner = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        if name not in found or need.extras:
            found.add(name)
            waiting += [(each, wanted) for wanted in ("", *need.extras) for each in inner]
    return found


def licence(package: metadata.PackageMetadata) -> str:
    """Return a package's licence in a few words: its expression, its classifiers, or its own field."""
    expression, own = ((package.get_all(name) or [""])[0].strip() for name in ("License-Expression", "License"))
    classifiers = [each for each in package.get_all("Classifier") or [] if each.startswith("License :: OSI")]
    named = ", ".join(each.split(" :: ")[-1] for each in classifiers)
    return expression or named or own.partition("\n")[0] or "see its files"


def libraries(package: metadata.Distribution) -> list[str]:
    """Return the names of the shared libraries in a wheel that `COPYLEFT` has."""
    names = {file.name.split("-")[0].split(".")[0] for file in package.files or [] if ".so" in file.name}
    return sorted(names & COPYLEFT.keys())


def tables() -> Iterator[list[str]]:
    """Yield the rows of both tables, each after its head and before an empty row."""
    brought = {extra: closure(needs) for extra, needs in extras().items()}
    packages = {name: metadata.distribution(name) for name in sorted(set().union(*brought.values()))}
    yield ["package", "licence", "installed by"]
    for name, package in packages.items():
        by = [extra for extra, names in brought.items() if name in names]
        yield [name, licence(package.metadata), "every install" if "pinxit" in by else ", ".join(by)]
    yield []
    yield ["package", "library in its wheel for Linux", "licence of the library"]
    for name, package in packages.items():
        yield from ([name, library, COPYLEFT[library]] for library in libraries(package))


def markdown(rows: Iterable[list[str]], language: str) -> str:
    """Return tables as Markdown, in English (``en``) or Chinese (``zh``)."""
    lines = []
    for row in rows:
        cells = [CHINESE.get(cell, cell) for cell in row] if language == "zh" else row
        lines.append(f"| {' | '.join(cells)} |" if row else "")
        if row[:1] == ["package"]:
            lines.append("|---|---|---|")
    return "\n".join(lines)


def main() -> None:
    """Replace the tables in the pages."""
    rows = list(tables())
    for language, path in PAGES.items():
        head, mark, rest = path.read_text(encoding="utf-8").partition("<!-- packages -->\n")
        tail = rest[rest.index("<!-- end -->") :]
        path.write_text(f"{head}{mark}\n{markdown(rows, language)}\n\n{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
