"""The machine that measurements are taken on."""

from __future__ import annotations

import functools
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from pinxit import cores

_THREADS = "import torch; print(torch.get_num_threads())"


@functools.cache
def describe() -> dict[str, str]:
    """Return facts on this machine by name; unknown ones are left out."""
    facts = {
        "CPU": cpu_model(),
        "cores": str(cores.allowed()),
        "memory": f"{memory_bytes() / 1e9:.0f} GB" if memory_bytes() else "",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "torch": version("torch"),
        "threads": _torch_threads(),
    }
    return {name: value for name, value in facts.items() if value}


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's name, or ''."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join(named[1].split()) if named else platform.processor()


def memory_bytes() -> int:
    """Return the memory of the machine, or 0."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def version(package: str) -> str:
    """Return the version of an installed package, or ''."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _torch_threads() -> str:
    """Ask a separate process: this one must stay small for `benchmarks.processes.measure`."""
    finished = subprocess.run([sys.executable, "-c", _THREADS], capture_output=True, text=True, check=False)
    return finished.stdout.strip() if finished.returncode == 0 else ""
