"""The benchmark of the page: it tells when a painting is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.service import page

from support.studio_browser import Open, photo
from support.studio_server import Studio

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


def test_the_page_tells_when_a_painting_is_shown(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    opened = open_studio()
    opened.evaluate(page.WATCH)
    studio.paint_seconds = 0.2
    figures_of = page.measure(opened, 768, [photo(tmp_path, f"{name}.png", 900, 600) for name in "ab"], 3)
    whole = [float(figures["whole"].split()[0]) for figures in figures_of.values()]
    assert all(200 < each < 60_000 for each in whole)
    drop, move = figures_of.values()
    assert float(drop["upload"].split()[0]) > 0
    assert move["upload"] == "0 (at most 0)"
    assert studio.painted[-1]["strength"] == "0.97"
