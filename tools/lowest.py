"""Installs the lowest versions that pyproject.toml allows, and checks that pinxit works with them: ``make lowest``.

::

    python tools/lowest.py [FOLDER [TORCH]]        # FOLDER: of the virtual environment, by default .lowest

The lowest are those of the packages that pyproject.toml names; what these need is the newest. Only uv can choose so.
PyTorch has the version and build that is installed here, since its wheels are large, or the version ``TORCH``. The
lowest, 2.10.0, takes 8 GB on Linux, where PyPI has no build of it without CUDA.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Install and check."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".lowest").absolute()
    environment = dict(os.environ)
    if links := environment.get("PIP_FIND_LINKS"):  # uv reads none of pip's settings
        environment.setdefault("UV_FIND_LINKS", links)
    environment.pop("PYTHONPATH", None)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv = [sys.executable, "-m", "uv"]
    torch = folder.with_name(f"{folder.name}-torch.txt")
    torch.write_text(f"torch=={sys.argv[2] if len(sys.argv) > 2 else version('torch')}\n", "utf-8")
    lowest = ["--resolution", "lowest-direct", "--override", str(torch)]
    for command in (
        [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "--quiet", "--python", str(python), *lowest, "--editable", ".[all]"],
        [*uv, "pip", "list", "--python", str(python)],
        [str(python), "tools/smoke.py"],
    ):
        subprocess.run(command, check=True, cwd=ROOT, env=environment)


if __name__ == "__main__":
    main()
