"""``python -m benchmarks.service.page``: how long the studio takes from a dropped photo to the painting on the screen.

A real studio with the real network, Debian's Chromium without a window, photos of 12 megapixels. Times are taken in the
page: from the event of the drop, or of the slider, to the frame in which the finished painting is on the screen.
README.md beside this file tells how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import folders

sys.path.insert(0, str(folders.ROOT / "tests"))

from pinxit import images
from pinxit.studio import STATIC
from support.service_server import Server
from support.studio_browser import FLAGS, open_page

HEIGHT, WIDTH = 3000, 4000
WATCH = """() => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const mark = () => { window.begun = performance.now(); window.shown = []; performance.clearResourceTimings(); };
  performance.setResourceTimingBufferSize(2000);
  document.addEventListener("change", (event) => event.target.type === "file" && mark(), true);
  document.addEventListener("input", (event) => event.target.type === "range" && mark(), true);
  new MutationObserver(async () => {
    const painting = document.querySelector("#after");
    if (!painting.getAttribute("src")) return;
    await painting.decode().catch(() => {});
    await frame();
    window.shown.push([performance.now() - window.begun, painting.naturalWidth]);
  }).observe(document.querySelector("#after"), {attributes: true, attributeFilter: ["src"]});
}"""
TIMINGS = """() => ({
  shown: window.shown,
  asked: performance.getEntriesByType("resource").filter((each) => each.name.includes("/v1/")).map((each) => ({
    path: new URL(each.name).pathname,
    from: each.startTime - window.begun,
    to: each.responseEnd - window.begun,
    server: Object.fromEntries(each.serverTiming.map((one) => [one.name, one.duration])),
  })),
})"""


def photos(folder: Path, count: int) -> list[Path]:
    """Write photos of 12 megapixels, no two the same, with the fine grain of a camera's."""
    scene = images.resize(images.read(STATIC / "pictures" / "lake.jpg"), (HEIGHT, WIDTH))
    random = np.random.default_rng(0)
    paths = []
    for index in range(count):
        grain = random.normal(0, 0.02, (HEIGHT, WIDTH, 1)).astype(np.float32)
        path = folder / f"photo-{index}.jpg"
        path.write_bytes(images.encode(np.clip(np.roll(scene, 37 * index, axis=1) + grain, 0, 1), "jpeg"))
        paths.append(path)
    return paths


def finished(page: Any, size: int) -> dict[str, Any]:
    """Wait until a painting of this size is on the screen; return what the page tells of it."""
    page.wait_for_function("(size) => window.shown.some((each) => each[1] === size)", arg=size)
    page.wait_for_selector("#stage[data-state=painted]:not(.busy)")
    timings: dict[str, Any] = page.evaluate(TIMINGS)
    return timings


def stages(timings: dict[str, Any], size: int) -> dict[str, float]:
    """Return where the time went, ms."""
    whole = next(at for at, width in timings["shown"] if width == size)
    sent = [each for each in timings["asked"] if each["path"] == "/v1/uploads"]
    painting = [each for each in timings["asked"] if each["path"] == "/v1/stylize"][-1]
    return {
        "first": timings["shown"][0][0],
        "whole": whole,
        "until sent": sent[0]["from"] if sent else painting["from"],
        "upload": sent[0]["to"] - sent[0]["from"] if sent else 0.0,
        "server paints": painting["server"].get("paint", float("nan")),
        "around it": painting["to"] - painting["from"] - painting["server"].get("paint", float("nan")),
        "until shown": whole - painting["to"],
    }


def of(figures: list[dict[str, float]]) -> dict[str, str]:
    """Return the median and the worst of each stage, ms."""
    values = {name: [each[name] for each in figures] for name in figures[0]}
    return {name: f"{statistics.median(each):.0f} (at most {max(each):.0f})" for name, each in values.items()}


def measure(page: Any, size: int, dropped: list[Path], moves: int) -> dict[str, Any]:
    """Drop the photos one after the other, then move the slider of the strength."""
    page.get_by_label("Size", exact=True).evaluate(
        "(range, size) => { range.value = size; range.dispatchEvent(new Event('input', {bubbles: true})); }", size
    )
    finished(page, size)
    drops, changes = [], []
    for path in dropped:
        page.set_input_files("input[data-for=photo]", path)
        drops.append(stages(finished(page, size), size))
    page.click("#parts [data-part=adjust]")
    slider = page.get_by_label("Strength", exact=True)
    slider.focus()
    for _ in range(moves):
        page.keyboard.press("ArrowLeft")
        changes.append(stages(finished(page, size), size))
    return {"a drop, ms": of(drops), "a move of the slider, ms": of(changes)}


def main() -> None:
    """Measure, and print it as JSON."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.service.page", description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[768, 1024], help="long side of the paintings, px")
    options.add_argument("--drops", type=int, default=5)
    options.add_argument("--moves", type=int, default=10)
    arguments = options.parse_args()
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "store", "--no-browser", face="studio") as server,
        sync_playwright() as driver,
    ):
        dropped = photos(Path(folder), arguments.drops)
        server.wait_ready()
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        figures: dict[str, Any] = {"photo_bytes": dropped[0].stat().st_size}
        for size in arguments.sizes:
            page = open_page(browser, server.url)
            page.evaluate(WATCH)
            figures[f"{size} px"] = measure(page, size, dropped, arguments.moves)
            page.context.close()
        browser.close()
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
