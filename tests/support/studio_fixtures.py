"""Debian's Chromium for the tests of the page, or a skip that says what is missing; and a service to stand before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from support.studio_browser import FLAGS, Open, elsewhere, open_page
from support.studio_server import Running, Studio


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser of a file of tests: while Playwright runs, nothing else in the process can use asyncio."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives it: pip install playwright")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("the page is tested in Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def studio() -> Iterator[Studio]:
    """The stand-in for the service, running."""
    with Running(Studio()) as running:
        yield running


@pytest.fixture
def open_studio(chromium: Any, studio: Studio) -> Iterator[Open]:
    """Open the page and wait for the first painting; afterwards nothing may have gone wrong or gone elsewhere."""
    opened: list[Any] = []

    def open_it(**context: Any) -> Any:
        page = open_page(chromium, studio.url, **context)
        opened.append(page)
        return page

    yield open_it
    for page in opened:
        assert page.errors == []
        assert elsewhere(page, studio.url) == set()
        page.context.close()
