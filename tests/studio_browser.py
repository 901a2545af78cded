"""Debian's Chromium for the tests of the page, or a skip that says what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit.images.encoding import encode
from studio_server import Running, Studio

Open = Callable[..., Any]

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, a fresh one with a profile of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives it: pip install playwright")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("the page is tested in Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
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


def elsewhere(page: Any, url: str) -> set[str]:
    """What the page asked of others than the server."""
    return {asked for asked in page.asked if not asked.startswith((url, "blob:"))}


def photo(folder: Path, name: str = "harbor.png", width: int = 300, height: int = 200) -> Path:
    """Write a picture under a name."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    path = folder / name
    path.write_bytes(encode(np.stack([x / width, y / height, 0 * x + 0.4], axis=2), "png"))
    return path


def settle(page: Any) -> None:
    """Wait until the newest picture is on the wall."""
    page.wait_for_timeout(50)
    page.wait_for_selector("#stage[data-state=painted]:not(.busy)")


def after(page: Any) -> str:
    """The address of the painted picture."""
    source: str = page.get_attribute("#after", "src")
    return source
