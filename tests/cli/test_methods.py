"""``pinxit methods`` prints the options as a page, as a schema and as tables."""

from __future__ import annotations

import json

from click.testing import CliRunner

from pinxit.cli import app
from pinxit.config import schema


def test_methods_prints_the_page_the_schema_and_tables() -> None:
    runner = CliRunner()
    assert runner.invoke(app.app, ["methods", "--markdown"]).stdout == schema.markdown()
    schemas = json.loads(runner.invoke(app.app, ["methods", "--json"]).stdout)
    assert schemas["methods"]["optimize"] == schema.schema(schema.STYLIZE_GROUPS["Method optimize"])
    tables = runner.invoke(app.app, ["methods"]).stdout
    assert "--style-scale" in tables
    assert "16 to 65500 px" in tables
