"""Picture files as bytes, within the limits, and their format; from paths, bytes or open files."""

import os
import re
from collections.abc import Container
from pathlib import Path
from typing import BinaryIO, cast

from pinxit.errors import BadImage, BadOption, NotFound, TooLarge, UnsupportedFormat
from pinxit.files.reading import read_file, read_stream

SUFFIXES = frozenset(
    f".{ending}"
    for ending in "jpg jpeg jpe jfif mpo png apng webp tif tiff bmp gif heic heif hif avif jp2 j2k pgm ppm".split()
)
"""The usual endings of the formats that `sniff` knows; a file's content decides, not its name."""

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),  # the latter two are BigTIFF
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "JPEG2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "PNM": (b"P2", b"P3", b"P5", b"P6"),
}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/|data:", re.IGNORECASE)  # a `Path` keeps one of two slashes
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def fetch(picture: object, max_bytes: int) -> tuple[str, bytes]:
    """Return the picture's name for messages (without its folder), and its bytes.

    ``picture`` is a path, bytes, or an open file, which is read once and, if it can be, rewound.

    Raises `NotFound` if there is no such file, `TooLarge` over ``max_bytes`` (by the file's size before reading,
    or after one byte too many from a pipe), `BadImage` if there is nothing to read, `BadOption` for any other object.
    """
    if isinstance(picture, str | os.PathLike):
        path = local(picture)
        name = os.path.basename(path) or path
        data: object = read_file(path, max_bytes, "a picture", BadImage, _too_large(name, max_bytes))
    else:
        name = "the picture"
        data = _read_open(cast(BinaryIO, picture), max_bytes, name) if hasattr(picture, "read") else picture
    if not isinstance(data, bytes | bytearray | memoryview):
        raise BadOption(
            "a picture must be a path, bytes, a file open for reading bytes, a picture of Pillow, an array or a "
            f"tensor, not {type(data).__name__}"
        )
    if not data:
        raise BadImage(f"{name} is empty: 0 bytes")
    if len(data) > max_bytes:
        raise _too_large(name, max_bytes)
    return name, bytes(data)


def local(path: str | os.PathLike[str]) -> str:
    """Return a path with ``~`` expanded; raises `NotFound` for an address on the internet."""
    name = os.path.expanduser(os.fsdecode(path))
    if _ADDRESS.match(name):
        raise NotFound(f"{name:.80} is an address, and pinxit does not download: save it first")
    return name


def _too_large(name: str, max_bytes: int) -> TooLarge:
    return TooLarge(f"{name} has more than the {max_bytes:,} bytes allowed for one picture file; save it smaller")


def _read_open(file: BinaryIO, max_bytes: int, name: str) -> bytes:
    try:
        if not isinstance(nothing := file.read(0), bytes):
            return nothing  # of a text file a string
        start = file.tell() if file.seekable() else None
        data = read_stream(file, max_bytes)
        if start is not None:
            file.seek(start)
    except OSError as error:
        raise BadImage(f"{name} cannot be read: the disk or device reports an error") from error
    return data


def sniff(name: str, data: bytes) -> str:
    """Return the content's format, by Pillow's name (or PNM); raises `UnsupportedFormat` for all other formats."""
    for kind, signatures in _SIGNATURES.items():
        if data.startswith(signatures):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        length = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[8:12], *(data[i : i + 4] for i in range(16, length, 4))}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        if brands & _HEIF_BRANDS:
            return "HEIF"
    raise UnsupportedFormat(
        f"{name} has no format that pinxit opens, whatever its name ends in; "
        "save it as JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF"
    )


def sniffed(data: bytes, kinds: Container[str]) -> bool:
    """Return whether the content has one of the formats ``kinds``."""
    try:
        return sniff("the picture", data) in kinds
    except UnsupportedFormat:
        return False


def find_pictures(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the pictures directly in ``folder``, by the endings of their names, sorted by name; no hidden files.

    Raises `NotFound` if ``folder`` cannot be listed.
    """
    path = Path(folder)
    try:
        entries = sorted(path.iterdir())
    except (OSError, ValueError) as error:
        raise NotFound(f"{path.name or path} is not a folder that can be listed") from error
    return [p for p in entries if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file()]
