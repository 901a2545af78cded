"""Whatever is offered as a picture ends as one, or as a `PinxitError` in our words: bombs, cuts, flips, odd files."""

from __future__ import annotations

import io
import operator
import os
import re
import resource
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import PIL.Image
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadImage, PinxitError, TooLarge, UnsupportedFormat
from support import pictures

BAD = Path(__file__).parents[3] / "shared/data/bad_images"
GOOD = pictures.good_files()
T = TypeVar("T")
SECONDS = 5
MEBIBYTE = 2**20


def outcome(source: images.Source, limits: Limits | None = None) -> str:
    """Read ``source``; return what came of it, after checking it against the contract."""
    start = time.perf_counter()
    try:
        image = images.read(source, limits or Limits())
    except PinxitError as error:
        result, message = type(error).__name__, str(error)
        assert not any(foreign in message for foreign in ("0x", "PIL", "BytesIO", "cannot identify", "/"))
    else:
        assert image.dtype == np.float32
        assert image.ndim == 3
        assert image.shape[2] in (3, 4)
        assert image.size > 0
        assert image.min() >= 0  # false for NaN
        assert image.max() <= 1
        result = "picture"
    assert time.perf_counter() - start < SECONDS
    return result


def peak_memory() -> float:
    """The most memory this process ever had, MiB."""
    # Not getrusage's, which in a new process begins at what the one that started it ever had.
    return int(re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024


def watched(act: Callable[..., T], *arguments: object) -> tuple[T, float]:
    """What ``act`` returns, and by how much it raised the peak of this process's memory, MiB."""
    before = peak_memory()
    return act(*arguments), peak_memory() - before


def alone(act: Callable[..., T], *arguments: object) -> tuple[T, float]:
    """`watched` in a new process: here the tests before may have raised the peak above all that ``act`` takes."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs Linux's account of a process's memory")
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(watched, act, *arguments).result()


def test_memory_taken_is_seen() -> None:
    peaks = [alone(operator.mul, b"x", size * MEBIBYTE)[1] for size in (0, 100)]
    assert peaks[0] < 10
    assert 90 < peaks[1] < 110


@pytest.mark.parametrize("name", GOOD)
def test_cut_at_every_64th(name: str) -> None:
    data = GOOD[name]
    outcomes = [outcome(data[: len(data) * part // 64]) for part in range(64)]
    assert outcomes[0] == "BadImage"  # empty
    assert outcomes[32] != "picture" or name == "moving.gif"  # whose first frame is whole by then
    assert outcome(data) == "picture"


@pytest.mark.parametrize("name", GOOD)
def test_flipped_bytes(name: str) -> None:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    small = Limits(image_pixels=4_000_000)  # a flip in the header may ask for more; that is tested below
    for _ in range(40):
        data = bytearray(GOOD[name])
        for position in random.integers(0, len(data), random.integers(1, 4)):
            data[position] = random.integers(256)
        outcome(bytes(data), small)


def test_bytes_of_no_picture() -> None:
    random = np.random.default_rng(0)
    starts = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"BM", b"GIF89a", b"P5 ", b"P2 "]
    starts += [b"RIFF\x20\0\0\0WEBP", b"\0\0\0\x18ftypavif", b"\0\0\0\x18ftypheic", b"\0\0\0\x0cjP  \r\n\x87\n"]
    for start in starts:
        for length in (1, 10, 100, 5000):
            assert outcome(start + random.bytes(length)) != "picture"


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"%PDF-1.7\n",
        b"8BPS\0\1" + bytes(40),
        b"\0\0\1\0\1\0" + bytes(40),
        b"<!doctype html>",
        b"PK\3\4" + bytes(40),
        b"ffconcat version 1.0\nfile secret.png\n",
    ],
)
def test_other_formats_are_refused_by_their_content(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    with pytest.raises(UnsupportedFormat, match=r"^holiday\.jpg has no format that pinxit opens"):
        images.read(path)


def test_a_400_megapixel_png_is_refused_from_its_header() -> None:
    bomb = pictures.png_bomb(20_000, 20_000)
    assert len(bomb) < 100_000
    start = time.perf_counter()
    with pytest.raises(TooLarge, match="200,000,000 pixels"):
        images.read(bomb)
    assert time.perf_counter() - start < 0.5
    result, memory = alone(outcome, bomb)
    assert result == "TooLarge"
    assert memory < 64


@pytest.mark.parametrize("make", ["bmp", "tiff", "gif", "jpeg", "ppm"])
def test_other_bombs_are_refused_from_their_headers(make: str) -> None:
    side = 65_500
    tiff = bytearray(pictures.tiff(np.zeros((1, 1, 3), np.uint8), 2))
    for tag in (b"\0\1\3\0\1\0\0\0", b"\1\1\3\0\1\0\0\0"):  # width and height
        at = tiff.index(tag) + len(tag)
        tiff[at : at + 2] = side.to_bytes(2, "little")
    bmp = bytearray(pictures.saved(pictures.scene(), "BMP"))
    bmp[18:26] = side.to_bytes(4, "little") * 2
    bombs = {
        "bmp": bytes(bmp),
        "tiff": bytes(tiff),
        "gif": b"GIF89a" + side.to_bytes(2, "little") * 2 + pictures.animated_gif()[10:],
        "jpeg": pictures.jpeg_of_scans(20_000, 20_000, 1),
        "ppm": b"P6 65500 65500 255\n" + bytes(100),
    }
    result, memory = alone(outcome, bombs[make])
    assert result == "TooLarge"
    assert memory < 64


@pytest.mark.parametrize("make", ["jpeg", "png", "gif"])
def test_few_bytes_may_not_ask_for_much_memory(make: str) -> None:
    side = (14_000).to_bytes(2, "big")
    jpeg = bytearray(pictures.saved(pictures.scene(), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = side * 2
    gif = pictures.animated_gif()
    bomb = {"jpeg": bytes(jpeg), "png": pictures.png_bomb(14_000, 14_000), "gif": gif[:6] + side[::-1] * 2 + gif[10:]}
    with pytest.raises(TooLarge, match="14,000 x 14,000 pixels in only"):
        images.read(bomb[make])


def test_long_and_thin_pictures_are_no_bombs() -> None:
    assert images.read(pictures.png_bomb(65_535, 1)).shape == (1, 65_535, 3)
    assert images.read(pictures.png_bomb(1, 50_001)).shape == (50_001, 1, 3)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    assert outcome(pictures.jpeg_of_scans(8000, 8000, 300)) == "TooLarge"
    assert outcome(pictures.jpeg_of_scans(800, 800, 30)) == "picture"


def slow_files() -> dict[str, bytes]:
    """Return pictures of 384 pixels with a million pieces that mean nothing, which once took 5 to 11 seconds."""
    small = pictures.scene()
    png, jpeg, gif, jp2 = (pictures.saved(small, kind) for kind in ("PNG", "JPEG", "GIF", "JPEG2000"))
    chunks, image, box = pictures.png_chunk(b"teSt", b"") * 2**20, png.index(b"IDAT") - 4, jp2.index(b"jp2h") - 4
    photoshop = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\0" * 5400
    exif = b"Exif\0\0" + bytes(60_000)
    return {
        "chunks.png": png[:image] + chunks + png[image:],
        "chunks-after.png": png[:-12] + chunks + png[-12:],
        "app1.jpg": jpeg[:2] + b"\xff\xe1\0\2" * 2**20 + jpeg[2:],
        "filling.jpg": jpeg[:2] + b"\xff" * 2**22 + jpeg[2:],
        "photoshop.jpg": jpeg[:2]
        + (b"\xff\xed" + (len(photoshop) + 2).to_bytes(2, "big") + photoshop) * 200
        + jpeg[2:],
        "exif.jpg": jpeg[:2] + (b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif) * 200 + jpeg[2:],
        "comments.gif": gif[:13] + b"!\xfe" + b"\1a" * 2**20 + b"\0" + gif[13:],
        "boxes.jp2": jp2[:box] + b"\0\0\0\x08free" * 2**20 + jp2[box:],
        "text.pgm": b"P2 12001 1000 9 1 1 1",
    }


def test_a_small_picture_of_a_million_pieces_is_refused() -> None:
    for name, data in slow_files().items():
        started = time.process_time()
        with pytest.raises(TooLarge, match=r"pieces|metadata|as text"):
            images.read(data)
        assert time.process_time() - started < 2, name


def test_exif_of_megabytes_is_left_alone() -> None:
    exif = b"II*\0\x08\0\0\0\1\0" + struct.pack("<2H2I", 0x0112, 3, 10**6, 100) + bytes(2 * 10**6 + 100)
    for kind in ("PNG", "WEBP"):
        data = pictures.saved(pictures.scene(), kind, exif=b"Exif\0\0" + exif)
        started = time.process_time()
        assert images.read(data).shape == (16, 24, 3)
        assert time.process_time() - started < 1


def test_a_photo_may_have_more_metadata_than_pixels() -> None:
    photo = PIL.Image.fromarray(pictures.scene())
    exif = PIL.Image.Exif()
    exif[0x010E] = "x" * 60_000
    settings: dict[str, Any] = {
        "exif": exif,
        "icc_profile": pictures.icc_p3() + bytes(300_000),
        "comment": "y" * 60_000,
    }
    file = io.BytesIO()
    photo.save(file, "MPO", save_all=True, append_images=[photo] * 3, **settings)
    for data in (file.getvalue(), pictures.saved(pictures.scene(), "JPEG", **settings)):
        assert images.read(data).shape == (16, 24, 3)


def test_a_text_with_more_gaps_than_numbers_is_cut_off() -> None:
    with pytest.raises(BadImage, match="fewer samples"):
        images.read(b"P2 2 2 9 1 " + b" " * 10_000 + b"1 1 1")
    assert images.read(b"P2 2 2 9 1 " + b" " * 900 + b"1 1 1").shape == (2, 2, 3)


def test_a_png_with_64_mebibytes_of_packed_text_is_refused_or_read_within_memory() -> None:
    chunk = (b"zTXt", b"text\0\0" + zlib.compress(bytes(MEBIBYTE)))
    _, memory = alone(outcome, pictures.png(1, 1, 8, 0, b"\0", *[chunk] * 70))
    assert memory < 200


def test_a_profile_that_unpacks_to_a_gibibyte_is_left_packed() -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(100)) + packer.flush()
    result, memory = alone(outcome, pictures.png(1, 1, 8, 0, b"\0", (b"iCCP", b"x\0\0" + packed)))
    assert result in ("picture", "BadImage")
    assert memory < 64


def test_thousands_of_frames_and_pages_cost_nothing() -> None:
    frames = [PIL.Image.new("P", (1, 1), i % 2) for i in range(2000)]
    assert outcome(pictures.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])) == "picture"
    one = pictures.tiff(np.zeros((1, 1, 1), np.uint8))
    loop = bytearray(one)
    loop[-4:] = one[4:8]  # the next page is this one, for ever
    assert outcome(bytes(loop)) == "picture"


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(GOOD["rgba.png"])
    end = data.index(b"IEND") - 4  # where the checksum of the pixels ends
    data[end - 1] ^= 1
    with pytest.raises(BadImage):
        images.read(bytes(data))


@pytest.mark.parametrize("error", [MemoryError, RecursionError, EOFError, zlib.error, ValueError, SyntaxError])
def test_every_failure_of_the_decoder_is_ours(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("library text at 0x7f00")

    monkeypatch.setattr(PIL.Image, "open", fail)
    assert outcome(GOOD["plain.jpg"]) == ("TooLarge" if error is MemoryError else "BadImage")


def test_an_open_file_that_fails_is_ours() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            raise OSError(5, "Input/output error at 0x7f00")

    assert outcome(Broken()) == "BadImage"  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="needs a limit on memory")
def test_too_little_memory_is_a_refusal_and_not_a_crash() -> None:
    code = (
        "import resource, sys; sys.path[:0] = sys.argv[1:]\n"
        "from support import pictures; from pinxit import images, errors\n"
        "data = pictures.png_bomb(13_000, 13_000) + bytes(700_000)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20,) * 2)\n"
        "try: images.read(data)\n"
        "except errors.TooLarge as error: sys.exit(0 if 'memory' in str(error) else 2)\n"
    )
    paths = [str(Path(images.__file__).parents[2]), str(Path(__file__).parents[1])]
    command = [sys.executable, "-c", code, *paths]
    done = subprocess.run(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, timeout=60, check=False)
    assert done.returncode == 0


def outcomes_of_the_collection() -> dict[str, str]:
    return {path.name: outcome(path) for path in sorted(BAD.rglob("*")) if path.is_file()}


@pytest.mark.skipif(not BAD.is_dir(), reason="needs the collection of bad images")
def test_bad_files_end_as_a_picture_or_as_our_error() -> None:
    outcomes, memory = alone(outcomes_of_the_collection)
    assert len(outcomes) > 70
    assert memory < 256
    checked_by_pngsuite = {name: result for name, result in outcomes.items() if name.startswith("x")}
    assert len(checked_by_pngsuite) == 14
    assert "picture" not in checked_by_pngsuite.values()
