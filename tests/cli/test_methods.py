"""``pinxit methods`` prints the options as a page, as a schema and as tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pinxit.cli import app, language
from pinxit.config import schema
from pinxit.config.options import Look
from pinxit.service.limits import ServiceLimits
from pinxit.service.options import public_schema


def test_methods_prints_the_page_the_schema_and_tables() -> None:
    runner = CliRunner()
    assert runner.invoke(app.app, ["methods", "--markdown"]).stdout == schema.markdown()
    schemas = json.loads(runner.invoke(app.app, ["methods", "--json"]).stdout)
    assert schemas["methods"]["optimize"] == schema.schema(schema.STYLIZE_GROUPS["Method optimize"])
    assert schemas["look"]["properties"]["size"]["x-aliases"] == {"full": 65_500}
    assert "x-aliases" not in public_schema(Look, ServiceLimits())["properties"]["size"]
    tables = runner.invoke(app.app, ["methods"]).stdout
    assert "--style-scale" in tables
    assert "16 to 65500 px" in tables


def test_the_chinese_page_is_the_generated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[2] / "docs" / "options.zh-CN.md"
    monkeypatch.setenv(language.LANGUAGE, "zh")
    language.chinese.cache_clear()
    written = CliRunner().invoke(app.app, ["methods", "--markdown"]).stdout
    language.chinese.cache_clear()
    assert page.read_text("utf-8") == written, "run: PINXIT_LANG=zh pinxit methods --markdown > docs/options.zh-CN.md"
    assert "| `--threads` | CPU 线程数；0 使用所有核心。 | 0 至 1024 | `0` |" in written
