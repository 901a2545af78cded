"""Films: small ones of many containers and codecs, damaged mostly where their headers are."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from changes import Target, changed_bytes
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from pinxit import images
from pinxit.config.options import Film, Limits
from pinxit.video.io import container
from pinxit.video.io.container import FilmFile
from pinxit.video.io.film import Cut

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from support.films import film, moving

FRAMES = 6
"""Frames of each film, and most that are read."""
SIDE = 32
"""Long side to which frames are scaled before they are written again, px."""
HEADER = 1024
CODECS = {
    "mp4": ("libx264", "libx265", "mpeg4", "libvpx-vp9"),
    "mov": ("libx264", "prores_ks", "mjpeg"),
    "mkv": ("libx264", "ffv1", "mpeg2video", "libvpx"),
    "webm": ("libvpx-vp9", "libvpx"),
    "avi": ("libx264", "mjpeg", "mpeg4", "huffyuv"),
    "ts": ("libx264", "mpeg2video"),
    "3gp": ("mpeg4",),
    "gif": ("gif",),
}
PIXELS = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p", "huffyuv": "yuv422p", "gif": "rgb8"}
RATES: tuple[Any, ...] = (1, 7, 1000, Fraction(30_000, 1001), Fraction(1, 3), Fraction(100_000, 3001))
NUMBERS = [0, 1, 2, 127, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


def good_films(folder: Path) -> list[bytes]:
    """Return the files of small films: every container and codec, with sound; every matrix of colors; odd rates."""
    made: list[bytes] = []

    def add(kind: str, codec: str, **settings: Any) -> None:
        path = folder / f"film{len(made)}.{kind}"
        pixels = PIXELS.get(codec, "yuv420p")
        made.append(film(path, moving(FRAMES, 24, 32), codec=codec, pixels=pixels, **settings).read_bytes())

    for kind, codecs in CODECS.items():
        for codec in codecs:
            if codec in av.codecs_available:
                rate = 25 if codec in ("mpeg2video", "gif") else 24
                add(kind, codec, rate=rate, sound=kind not in ("gif", "3gp"), chapters=kind in ("mp4", "mkv"))
    for matrix in range(1, 18):
        add("mkv", "libx264", matrix=matrix)
    for rate in RATES:
        add("mp4", "libx264", rate=rate)
        add("mkv", "libx264", rate=rate)
    return made


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep what encoders print off standard error."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@st.composite
def changed_numbers(draw: DrawFn, data: bytes) -> bytes:
    """Return a film with a few numbers of its header, or of its last kilobyte, replaced by others."""
    made = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.sampled_from([0, 0, 0, max(0, len(made) - HEADER)]))
        at = first + draw(st.integers(0, min(HEADER, len(made)) - 1))
        size, order = draw(st.sampled_from([1, 1, 2, 4, 8])), draw(st.sampled_from(["big", "little"]))
        number = draw(st.sampled_from(NUMBERS) | st.integers(0, 2**64 - 1))
        made[at : at + size] = (number % 2 ** (8 * size)).to_bytes(size, order)
    return bytes(made)


def read(data: bytes) -> None:
    """Take a film through everything of ``pinxit video`` but painting: read some frames, write them, join the sound."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "film"
        path.write_bytes(data)
        source, target = FilmFile(path, Limits()), Path(name) / "made.mp4"
        cut = Cut(fps=24.0 if data[-1] % 2 else 0.0)
        size = images.fit(source.info.size, SIDE)
        coding = container.coding(target, Film(), source.info, size, cut)
        segment = container.SegmentWriter(Path(name) / "segment", coding)
        for frame in itertools.islice(cut.frames(source), FRAMES):
            image, _ = frame.load()
            segment.add(images.resize(image, size), None, frame.pts, frame.ticks)
        segment.close()
        if segment.frames:
            container.join([container.Segment(segment.path, segment.first)], target, coding, source, cut)
        source.complaint()


def films() -> Target:
    """Films of every container."""
    with tempfile.TemporaryDirectory() as folder, silence():
        files = good_films(Path(folder))
    inputs = st.sampled_from(files).flatmap(lambda data: changed_numbers(data) | changed_bytes(data))
    return Target(files[0], inputs, read, apart=True)
