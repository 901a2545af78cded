"""Puts the page together: the template with its style, scripts, lines of code and data inside."""

import html
import json
import re
from pathlib import Path

from pinxit.explain import excerpts

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("base", "chart", "network", "gram", "descent", "onepass", "main")
"""The scripts in ``static/``, which run as one module, in this order."""


def render(data: dict[str, object], title: str) -> str:
    """Return the page about ``data``, which the scripts read."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    parts = {
        "title": html.escape(title),
        "style": _read("style.css"),
        "data": text.replace("<", "\\u003c"),
        "script": "\n".join(_read(f"{name}.js") for name in SCRIPTS),
        "listing": excerpts.listing(),
    }
    page = re.sub(r"<!--code (\w+)-->", lambda match: excerpts.shown(match[1]), _read("template.html"))
    return re.sub(r"<!--(title|style|data|script|listing)-->", lambda match: parts[match[1]], page)


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
