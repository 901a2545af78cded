"""Uses every part of pinxit once, in a minute, with nothing but what is installed: ``python tools/smoke.py``."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import pinxit
from pinxit import images

COMMANDS = (
    "stylize photo.png --style style.png --size 64 -o any.png",
    "stylize photo.heic --style great-wave --size 64 -o trained.jpg",
    "stylize photo.png --style style.png --method optimize --size 32 --steps 2 --trace trace -o optimized.webp",
    "recipe any.png",
    "score photo.png style.png any.png --size 64",
    "sheet photo.png style.png --size 64 -o sheet.png",
    "video frames --style style.png --size 64 -o film.mp4",
    "train fast --style style.png --steps 2 -o style.pinxit",
    "stylize photo.png --style style.pinxit --size 64 -o own.png",
)
START_SECONDS = 120.0
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%s\r\n--b--\r\n'


def make_pictures() -> None:
    """Write a photo, a style picture and the frames of a film into the current folder."""
    import pillow_heif
    from PIL import Image

    noise = np.random.default_rng(0)
    images.write(noise.random((96, 128, 3), np.float32), "style.png")
    rows = np.linspace(0, 1, 96, dtype=np.float32)[:, None, None]
    Path("frames").mkdir()
    for index in range(4):
        frame = np.broadcast_to(rows, (96, 128, 3)).copy()
        frame[:, 16 * index : 16 * index + 32] = 0.8
        images.write(frame, f"frames/{index:03}.png")
    images.write(frame, "photo.png")
    pillow_heif.register_heif_opener()
    Image.open("photo.png").save("photo.heic")


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Yield the address of a server, which ends afterwards."""
    words = ["serve", "--port", "0", "--store", "store", "--disk-floor", "0"]
    with Path("log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "pinxit", *words], stderr=log, stdout=log)
    try:
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            address = re.search(r"pinxit is at (http://\S+?)/(?:v1/)?;", Path("log").read_text("utf-8"))
            if address and status(address[1] + "/readyz") == 200:
                yield address[1]
                return
            time.sleep(0.2)
        raise SystemExit("the server did not start:\n" + Path("log").read_text("utf-8"))
    finally:
        process.terminate()
        process.wait()


def status(url: str, body: bytes | None = None, **headers: str) -> int:
    """Return the status of a response."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def check_service(url: str) -> None:
    """Paint, upload and read through the service."""
    photo, style = Path("photo.png"), Path("style.png")
    pinxit.stylize(photo, style, server=url, size=48)
    pinxit.stylize(photo, style, server=url, size=48, method="optimize", steps=2)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    expected = {
        "upload": (status(f"{url}/v1/uploads", FORM % photo.read_bytes(), **kind), 201),
        "no picture": (status(f"{url}/v1/uploads", FORM % b"no picture", **kind), 415),
        "cut": (status(f"{url}/v1/uploads", FORM[:-8] % photo.read_bytes(), **kind), 400),
        "range": (status(f"{url}/docs/start.js", Range="bytes=99999999-"), 416),
        **{path: (status(url + path), 200) for path in ("/openapi.json", "/docs", "/metrics", "/v1/methods")},
    }
    wrong = {name: pair for name, pair in expected.items() if pair[0] != pair[1]}
    if wrong:
        raise SystemExit(f"statuses that differ from what is expected: {wrong}")


def main() -> None:
    """Run all commands, then the service."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_pictures()
        for command in COMMANDS:
            print(f"pinxit {command}", flush=True)
            subprocess.run([sys.executable, "-m", "pinxit", *command.split()], check=True, stdout=subprocess.DEVNULL)
        with served() as url:
            print("pinxit serve", flush=True)
            check_service(url)
        os.chdir(Path(__file__).parent)
    print("all of pinxit works here")


if __name__ == "__main__":
    main()
