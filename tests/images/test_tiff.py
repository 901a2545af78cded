"""Tags of TIFF files that are not read: too many numbers, too many bytes, and those of directories within."""

from __future__ import annotations

import struct
import time
import tracemalloc

import pytest

from pinxit import images
from pinxit.errors import BadImage, TooLarge
from pinxit.images.tiff import MOST_BYTES

LAYERS, EXIF = 37724, 34665
SIDE = 8


def tiff(*tags: tuple[int, int, int], behind: bytes, order: str = "<", big: bool = False) -> bytes:
    """A gray picture of 8 px a side, upright once turned to the right, with more ``tags`` that point ``behind`` it."""
    entry, number = (f"{order}2H2Q", "Q") if big else (f"{order}2H2I", "I")
    known = {256: SIDE, 257: SIDE, 258: 8, 259: 1, 262: 1, 273: 0, 274: 6, 277: 1, 278: SIDE, 279: SIDE * SIDE}
    first = 16 if big else 8
    pixels = first + (8 if big else 2) + (len(known) + len(tags)) * struct.calcsize(entry) + (8 if big else 4)
    entries = [(tag, 16 if big else 4, 1, value or pixels) for tag, value in known.items()]
    entries += [(tag, kind, count, pixels + SIDE * SIDE) for tag, kind, count in tags]
    mark = b"II" if order == "<" else b"MM"
    head = mark + (struct.pack(f"{order}3HQ", 43, 8, 0, 16) if big else struct.pack(f"{order}HI", 42, 8))
    directory = struct.pack(f"{order}{number if big else 'H'}", len(entries))
    directory += b"".join(struct.pack(entry, *each) for each in sorted(entries)) + bytes(8 if big else 4)
    return head + directory + bytes(range(SIDE * SIDE)) + behind


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_tag_of_millions_of_numbers_is_refused(order: str, big: bool) -> None:
    """Pillow made an object of each: 250 MB took 11 seconds and 2.7 GB."""
    data = tiff((282, 5, 10**6), behind=bytes(8 * 10**6), order=order, big=big)
    with pytest.raises(TooLarge, match="a tag with more numbers"):
        images.read(data)
    for cut in (data[:17], data[:9] + b"\xff" * 40):
        with pytest.raises(BadImage):
            images.read(cut)


@pytest.mark.parametrize(
    ("order", "big"), [("<", False), (">", False), ("<", True)]
)  # of four kinds, Pillow reads three
def test_layers_larger_than_the_picture_are_left_alone(order: str, big: bool) -> None:
    """Pillow copied them so often that the file counted as hostile; one of 250 MB took 1.05 GB."""
    size = 4 * MOST_BYTES
    data = tiff((LAYERS, 7, size), behind=bytes(size), order=order, big=big)
    tracemalloc.start()
    image = images.read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert image[0, :2, 0] * 255 == pytest.approx([SIDE * (SIDE - 1), SIDE * (SIDE - 2)]), "turned by its orientation"
    assert peak < size / 2


def test_a_directory_within_is_not_read() -> None:
    """Five million fractions in the Exif of 42 MB took 20 s and 0.9 GB."""
    count = 10**6
    at = len(tiff((EXIF, 4, 1), behind=b""))
    inner = struct.pack("<H2H2II", 1, 37121, 5, count, at + 18, 0)
    data = tiff((EXIF, 4, 1), behind=inner + bytes(8 * count))
    started = time.process_time()
    assert images.read(data).shape == (SIDE, SIDE, 3)
    assert images.look(data).size == (SIDE, SIDE)
    assert time.process_time() - started < 1
