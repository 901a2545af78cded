"""Run notebooks and store what they print and draw: ``python tools/docsite/run_notebooks.py docs/tutorials/*.ipynb``.

The code of both languages is the same, so each pair is run once. No kernel is needed: the cells are plain Python.
"""

from __future__ import annotations

import base64
import contextlib
import io
import re
import sys
import unittest.mock
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import nbformat
from nbformat.v4 import new_output

PIXELS_PER_INCH = 72


def run(notebook: Any, settings: Mapping[str, int] | None = None) -> None:
    """Execute the cells of a notebook and store their outputs; ``settings`` replace numbers, such as ``SIZE = 160``."""
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        code = cell.source
        for name, value in (settings or {}).items():
            code = re.sub(rf"^{name} = \d+$", f"{name} = {value}", code, flags=re.MULTILINE)
        drawn: list[bytes] = []
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), _shown(drawn.append):
            exec(compile(code, "<cell>", "exec"), names)
        cell.outputs = [_picture(data) for data in drawn]
        if text := printed.getvalue():
            cell.outputs.insert(0, new_output("stream", text=text))  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _shown(take: Callable[[bytes], object]) -> Any:
    """Let ``plt.show`` hand each figure over as JPEG."""

    def show() -> None:
        file = io.BytesIO()
        plt.savefig(file, format="jpeg", dpi=PIXELS_PER_INCH, bbox_inches="tight", pil_kwargs={"quality": 85})
        take(file.getvalue())
        plt.close("all")

    with unittest.mock.patch.object(plt, "show", show):
        yield


def _picture(data: bytes) -> Any:
    return new_output("display_data", {"image/jpeg": base64.b64encode(data).decode()})  # type: ignore[no-untyped-call]


def main(paths: list[Path]) -> None:
    """Run the English notebooks among ``paths``, and store their outputs in the Chinese ones, too."""
    for path in paths:
        if path.name.endswith(".zh-CN.ipynb"):
            continue
        english = nbformat.read(path, 4)  # type: ignore[no-untyped-call]
        run(english)
        other = path.with_suffix(".zh-CN.ipynb")
        chinese = nbformat.read(other, 4)  # type: ignore[no-untyped-call]
        for source, target in zip(english.cells, chinese.cells, strict=True):
            if source.cell_type == "code":
                target.outputs = source.outputs
        nbformat.write(english, path)  # type: ignore[no-untyped-call]
        nbformat.write(chinese, other)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
