"""What the tests of the page do with a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pinxit.images.encoding import encode

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
