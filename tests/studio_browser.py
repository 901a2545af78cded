"""Debian's Chromium for the tests of the page, or a skip that says what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def begin_browser() -> Iterator[Any]:
    """Yield the browser, a fresh one with a profile of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser is driven by playwright: pip install playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the page is tested in Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser: Any, url: str, **context: Any) -> Any:
    """Open the page and wait until its first picture is painted; what it asks and complains is noted on it."""
    context.setdefault("viewport", {"width": 1280, "height": 800})
    page = browser.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **context}).new_page()
    page.set_default_timeout(60_000)
    page.errors, page.asked = [], []
    page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("#stage[data-state=painted]:not(.busy)")
    return page
