"""What the tests of the page do with a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pinxit.images.encoding import encode

Open = Callable[..., Any]
VIEWPORT = {"width": 1280, "height": 800}
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


def new_page(browser: Any, **context: Any) -> Any:
    """Return an empty page in a context of its own; what it asks and complains is noted on it."""
    context.setdefault("viewport", VIEWPORT)
    page = browser.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **context}).new_page()
    page.set_default_timeout(60_000)
    page.errors, page.asked = [], []
    page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def load(page: Any, url: str) -> Any:
    """Load the studio and wait until its first picture is painted."""
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("#stage[data-state=painted]:not(.busy)")
    return page


def open_page(browser: Any, url: str, **context: Any) -> Any:
    """Open the studio in a context of its own and wait until its first picture is painted."""
    return load(new_page(browser, **context), url)


class Pages:
    """Pages of one browser, one for each kind of context, that tests use one after the other.

    A page that was used keeps the studio's files in its cache, and nothing else: loading takes half the time.
    """

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.free: dict[str, Any] = {}

    def take(self, **context: Any) -> Any:
        """Return an empty page in such a context."""
        kind = json.dumps(context, sort_keys=True)
        page = self.free.pop(kind, None) or new_page(self.browser, **context)
        page.kind, page.errors, page.asked = kind, [], []
        return page

    def put_back(self, page: Any, url: str) -> None:
        """Leave nothing in the page's context of what was done there, unless the test closed it."""
        if page.is_closed():
            return
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.mouse.move(0, 0)
        page.set_viewport_size(json.loads(page.kind).get("viewport", VIEWPORT))
        page.goto("about:blank")
        page.context.clear_cookies()
        session = page.context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        session.detach()
        self.free[page.kind] = page


def elsewhere(page: Any, url: str) -> set[str]:
    """What the page asked of others than the server."""
    return {asked for asked in page.asked if not asked.startswith((url, "blob:"))}


def photo(folder: Path, name: str = "harbor.png", width: int = 300, height: int = 200) -> Path:
    """Write a picture under a name."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    path = folder / name
    path.write_bytes(encode(np.stack([x / width, y / height, 0 * x + 0.4], axis=2), "png"))
    return path


def part(page: Any, name: str) -> None:
    """Show a part of the panel: style, adjust or regions; on phones also photo and finish."""
    page.click(f"#parts [data-part={name}]")


def settle(page: Any) -> None:
    """Wait until the newest picture is on the wall."""
    page.wait_for_timeout(50)
    page.wait_for_selector("#stage[data-state=painted]:not(.busy)")


def after(page: Any) -> str:
    """The address of the painted picture."""
    source: str = page.get_attribute("#after", "src")
    return source
