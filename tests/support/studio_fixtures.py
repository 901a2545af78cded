"""Debian's Chromium for the tests of the page, or a skip that says what is missing; and a service to stand before."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from support.studio_browser import FLAGS, Open, Pages, elsewhere, load
from support.studio_server import Studio


class Running:
    """The stand-in on a port of its own, in a thread; the port outlives the state, which a test can replace."""

    def __init__(self) -> None:
        config = uvicorn.Config(self, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def show(self, studio: Studio) -> Studio:
        """Answer from now on as this stand-in does."""
        self.app = studio.app()
        studio.url = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"
        return studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def __enter__(self) -> Running:
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(5)


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


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The port of a file of tests."""
    with Running() as running:
        yield running


@pytest.fixture(scope="module")
def pages(chromium: Any) -> Pages:
    """The pages of a file of tests."""
    return Pages(chromium)


@pytest.fixture
def studio(running: Running) -> Studio:
    """A new stand-in for the service, running."""
    return running.show(Studio())


@pytest.fixture
def open_studio(pages: Pages, studio: Studio) -> Iterator[Open]:
    """Open the page and wait for the first painting; afterwards nothing may have gone wrong or gone elsewhere."""
    opened: list[Any] = []

    def open_it(**context: Any) -> Any:
        opened.append(pages.take(**context))
        return load(opened[-1], studio.url)

    yield open_it
    noted = [(list(page.errors), elsewhere(page, studio.url)) for page in opened]
    for page in opened:
        pages.put_back(page, studio.url)
    for errors, foreign in noted:
        assert errors == []
        assert foreign == set()
