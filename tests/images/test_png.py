"""The PNG writer: what others read in its files, strip after strip, and what holds the strips together."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pinxit import cores
from pinxit.images import png, profiles
from support import pictures

samples = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 12), st.sampled_from([3, 4])))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of every chunk, its checksum compared."""
    offset = 8
    while offset < len(data):
        (length,) = struct.unpack(">I", data[offset : offset + 4])
        kind, content = data[offset + 4 : offset + 8], data[offset + 8 : offset + 8 + length]
        assert struct.unpack(">I", data[offset + 8 + length : offset + 12 + length]) == (zlib.crc32(kind + content),)
        yield kind, content
        offset += 12 + length


def stream(data: bytes) -> bytes:
    """Return what the picture's chunks hold; zlib compares its sum."""
    return zlib.decompress(b"".join(content for kind, content in chunks(data) if kind == b"IDAT"))


@settings(max_examples=80, deadline=None)
@given(picture=samples, rows=st.integers(1, 41))
def test_pillow_reads_what_was_written_however_it_is_cut(picture: png.Pixels, rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png, "ROWS", rows)
        data = png.encode(picture, profiles.srgb())
    with PIL.Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(np.asarray(opened), picture)
    assert len(stream(data)) == picture.size + len(picture)


def test_sixteen_bits_go_high_byte_first() -> None:
    picture = np.array([[[0x0102, 0x0304, 0xFFFE]], [[0x1112, 0, 7]]], np.uint16)
    lines = np.frombuffer(stream(png.encode(picture, profiles.srgb())), np.uint8).reshape(2, 7)
    assert lines[0].tolist() == [3, 1, 2, 3, 4, 0xFF, 0xFE]
    assert lines[1].tolist() == [3, 0x11, 0x12 - 1, (0 - 1) % 256, (0 - 2) % 256, (0 - 127) % 256, (7 - 127) % 256]


@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=5), scale=st.sampled_from([1, 400]))
def test_the_sum_of_strips_is_the_sum_of_all(parts: list[bytes], scale: int) -> None:
    adler = 1
    for part in (part * scale for part in parts):
        adler = png._combine(adler, png._Strip(b"", zlib.adler32(part), len(part)))
    assert adler == zlib.adler32(b"".join(part * scale for part in parts))


@pytest.mark.parametrize("shape", [(png.ROWS, 7, 3), (png.ROWS + 1, 7, 4), (3 * png.ROWS, 5, 3), (1, 1, 3)])
def test_strips_that_end_with_the_picture_or_just_before(shape: tuple[int, int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    data = png.encode(picture, profiles.srgb())
    with PIL.Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(np.asarray(opened), picture)
    assert [kind for kind, _ in chunks(data)].count(b"IDAT") == -(-shape[0] // png.ROWS) + 2


def test_profile_and_text_are_found_again() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    data = png.encode(picture, profiles.srgb(), "pinxit", "星夜 <&>")
    with PIL.Image.open(io.BytesIO(data)) as opened:
        opened.load()
        assert opened.info["icc_profile"] == profiles.srgb()
        assert opened.info["pinxit"] == "星夜 <&>"
    assert b"iTXt" not in dict(chunks(png.encode(picture, profiles.srgb(), "pinxit", "")))


def test_one_core_writes_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = (255 * pictures.scene_float(300, 40)).astype(np.uint8)
    written = png.encode(picture, profiles.srgb())
    monkeypatch.setattr(cores, "allowed", lambda: 1)
    assert png.encode(picture, profiles.srgb()) == written


def test_files_are_about_as_small_as_pillows() -> None:
    """Of a smooth picture with grain: Pillow tries every filter."""
    grain = np.random.default_rng(0).normal(0, 0.02, (256, 256, 3))
    picture = (255 * (pictures.scene_float(256, 256) + grain).clip(0, 1)).astype(np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(picture).save(file, "PNG", compress_type=zlib.Z_RLE)
    assert len(png.encode(picture, profiles.srgb())) < 1.06 * len(file.getvalue())


def test_a_flat_picture_is_a_small_file() -> None:
    assert len(png.encode(np.full((512, 512, 3), 77, np.uint8), profiles.srgb())) < 12_000
