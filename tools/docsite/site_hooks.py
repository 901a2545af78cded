"""What MkDocs calls while it builds the site (see mkdocs.yml)."""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import latex2mathml.converter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page
from staging import Staging

from pinxit.service.app import make
from pinxit.service.context import Setup

ROOT = Path(__file__).parents[2]
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
BLOCK = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
CODE = re.compile(r"<code>([^<]+)</code>")
LONGEST_WORD = 24
"""The most letters of inline code that are kept on one line, such as ``--style-scale``."""
SWAGGER = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pinxit: the HTTP API</title>
<link rel="stylesheet" href="swagger-ui.css">
<div id="api"></div>
<script src="swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({spec: SPEC, dom_id: "#api", deepLinking: true, validatorUrl: null, supportedSubmitMethods: []})
</script>
</html>
"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Gather the pages in build/docs, and take them from there."""
    logging.getLogger("jieba").setLevel(logging.WARNING)
    staged = ROOT / "build" / "docs"
    if Path(config.docs_dir) != staged:  # called once for each language
        Staging(ROOT, staged).gather()
        _swagger(staged / "swagger")
        config.docs_dir = str(staged)
        config.nav = _existing(config.nav, staged)
    return config


def _existing(nav: Any, folder: Path) -> Any:
    """Return the navigation without pages that are not written yet."""
    if isinstance(nav, dict):
        return {title: _existing(pages, folder) for title, pages in nav.items()}
    if isinstance(nav, list):
        items = [_existing(item, folder) for item in nav if not isinstance(item, str) or (folder / item).is_file()]
        return items
    return nav


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: object) -> str:
    """Turn TeX into MathML, which browsers draw without a script, and keep flags and names on one line."""
    html = "".join(part if part.startswith("<pre") else CODE.sub(_words, part) for part in BLOCK.split(html))
    return FORMULA.sub(
        lambda match: latex2mathml.converter.convert(
            _unescaped(match[2]).strip(), display="block" if match[1] == "div" else "inline"
        ),
        html,
    )


@event_priority(-100)  # after the search plugin
def on_post_build(config: MkDocsConfig) -> None:
    """Write the search index as a script, too, which pages opened from the disk can read."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    script = f"var __index = {index.read_text(encoding='utf-8')}"
    index.with_suffix(".js").write_text(script, encoding="utf-8")


def _words(code: re.Match[str]) -> str:
    words = re.split(r"( +)", code[1])
    kept = (f'<span class="word">{word}</span>' if 1 < len(word) <= LONGEST_WORD else word for word in words)
    return f"<code>{''.join(kept)}</code>"


def _unescaped(html: str) -> str:
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _swagger(folder: Path) -> None:
    """Write the HTTP API in Swagger UI: one page with the description of the running service, and its two files."""
    package = find_spec("fastapi_offline")
    assert package is not None
    assert package.origin is not None
    folder.mkdir(parents=True)
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        shutil.copyfile(Path(package.origin).parent / "static" / name, folder / name)
    text = json.dumps(_openapi(), ensure_ascii=False)
    (folder / "openapi.json").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(SWAGGER.replace("SPEC", text.replace("</", "<\\/")), encoding="utf-8")


def _openapi() -> dict[str, Any]:
    """Return the OpenAPI description that ``pinxit serve`` answers at /openapi.json."""
    with tempfile.TemporaryDirectory() as folder:
        app = make(Setup(store=Path(folder)))
        app.state.service.store.close()
        return app.openapi()
