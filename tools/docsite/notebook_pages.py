"""Turns a notebook into the Markdown of a page: its text, its code, and what the code printed or drew."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat


def page(notebook: Path, pictures: Path) -> str:
    """Return a notebook as Markdown, with a link to it, and write its pictures into the folder ``pictures``."""
    chinese = notebook.name.endswith(".zh-CN.ipynb")
    link = "下载这份笔记本" if chinese else "Download this notebook"
    alt = "上面的代码画出的图" if chinese else "What the code above draws"
    first, *rest = nbformat.read(notebook, 4).cells  # type: ignore[no-untyped-call]
    title, _, text = first.source.partition("\n")
    name = f"{notebook.parent.name}-{notebook.stem}"
    parts = [title, f"[{link}]({notebook.name}){{ .md-button download }}", text.strip()]
    for number, cell in enumerate(rest):
        parts += [cell.source] if cell.cell_type == "markdown" else _code(cell, pictures, f"{name}-{number}", alt)
    return "\n\n".join(parts) + "\n"


def _code(cell: Any, pictures: Path, name: str, alt: str) -> Iterator[str]:
    yield f"```python\n{cell.source}\n```"
    for number, output in enumerate(cell.outputs):
        if text := output.get("text", ""):
            yield f'```text title=" "\n{text.rstrip()}\n```'
        for kind, ending in (("image/png", "png"), ("image/jpeg", "jpg")):
            if data := output.get("data", {}).get(kind):
                (pictures / f"{name}-{number}.{ending}").write_bytes(base64.b64decode(data))
                yield f"![{alt}]({name}-{number}.{ending})"
