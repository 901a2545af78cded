"""Makes every kind of tiny test picture, good and bad; nothing here is read from a file.

What Pillow can write is written by Pillow; what it cannot (16-bit color, odd TIFFs, profiles, bombs) is
put together by hand from the formats' specifications.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw

Bytes = NDArray[np.uint8]

ORIENTATION = 0x0112


def scene(height: int = 16, width: int = 24) -> Bytes:
    """A picture, (H, W, 3), whose every turn and mirror image differs and whose neighbors are close."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x // max(width - 1, 1), 255 * y // max(height - 1, 1), 40 + 0 * x], axis=2).astype(np.uint8)


def scene_float(height: int = 16, width: int = 24) -> NDArray[np.float32]:
    """The same in [0, 1]."""
    return np.divide(scene(height, width), 255, dtype=np.float32)


def saved(picture: PIL.Image.Image | Bytes, format: str, **settings: Any) -> bytes:
    """The bytes of a file, by Pillow."""
    if not isinstance(picture, PIL.Image.Image):
        picture = PIL.Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, format, **settings)
    return file.getvalue()


def rotated(picture: Bytes, orientation: int, format: str, **settings: Any) -> bytes:
    """A file that holds ``picture`` the way a camera with this EXIF orientation stores it."""
    stored = {
        1: picture,
        2: picture[:, ::-1],
        3: picture[::-1, ::-1],
        4: picture[::-1],
        5: picture.swapaxes(0, 1),
        6: np.rot90(picture, 1),
        7: picture[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(picture, -1),
    }[orientation]
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = orientation
    return saved(np.ascontiguousarray(stored), format, exif=exif, **settings)


def animated_gif() -> bytes:
    """Red, then green, then blue."""
    frames = [PIL.Image.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


# --- PNG by hand (PNG specification, third edition) ---


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, color: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of the given bit ``depth`` and ``color`` type from its unfiltered ``rows``, with more ``chunks``."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    length = len(rows) // height
    lines = b"".join(b"\0" + rows[i * length : (i + 1) * length] for i in range(height))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def png16(samples: NDArray[np.uint16], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 16 bits from (H, W, C): gray, gray and alpha, RGB or RGBA."""
    height, width, channels = samples.shape
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    return png(width, height, 16, color, samples.astype(">u2").tobytes(), *chunks)


def png_bomb(width: int, height: int) -> bytes:
    """A black PNG of 1 bit a pixel: 400 megapixels are some 50 KB."""
    packer = zlib.compressobj(9)
    line = b"\0" * (1 + (width + 7) // 8)
    block = line * 100
    data = b"".join(packer.compress(block if left >= 100 else line * left) for left in range(height, 0, -100))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", data + packer.flush()), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


# --- TIFF by hand (TIFF 6.0) ---


def tiff(samples: NDArray[Any], photometric: int = 1, *, order: Literal["<", ">"] = "<", bits: int = 0) -> bytes:
    """An uncompressed TIFF of one strip from (H, W, C) integers or floats, in either byte ``order``."""
    height, width, channels = samples.shape
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    bits = bits or samples.dtype.itemsize * 8
    depths = struct.pack(f"{order}{channels}H", *[bits] * channels)
    tags: list[tuple[int, int, int, int | bytes]] = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, channels, bits if channels == 1 else depths),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (277, 3, 1, channels),
        (278, 3, 1, height),
        (279, 4, 1, len(data)),
        (339, 3, 1, kind),
    ]
    if channels == 4:
        tags.insert(9, (338, 3, 1, 2))  # not premultiplied alpha
    start = 8 + len(data) + len(data) % 2
    extra = start + 2 + 12 * len(tags) + 4
    directory, tail = struct.pack(order + "H", len(tags)), b""
    for tag, form, count, value in tags:
        if isinstance(value, bytes):
            directory += struct.pack(order + "HHII", tag, form, count, extra + len(tail))
            tail += value
        else:
            # A short sits in the first half of its four bytes.
            packed = struct.pack(order + ("HH" if form == 3 else "I"), *([value, 0] if form == 3 else [value]))
            directory += struct.pack(order + "HHI", tag, form, count) + packed
    signature = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    return signature + data + b"\0" * (len(data) % 2) + directory + b"\0\0\0\0" + tail


# --- ICC profiles by hand (ICC.1:2001-04) ---


def icc(space: bytes, pcs: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A version 2 profile of a device color ``space`` ('RGB ', 'GRAY', 'CMYK') from its tags."""
    tags = {b"desc": _description(b"test"), b"wtpt": xyz(0.9642, 1, 0.8249)} | tags
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, 128 + 4 + 12 * len(tags) + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", 128 + len(table) + len(body), b"", 0x02100000, kind, space, pcs)
    header += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + xyz(0.9642, 1, 0.8249)[8:]
    return header.ljust(128, b"\0") + table + body


def _description(text: bytes) -> bytes:
    return struct.pack(">4sII", b"desc", 0, len(text) + 1) + text + b"\0" + bytes(78)


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))


def gamma_curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
"""Display P3's linear RGB to XYZ under D50, as in Apple's profile."""

SRGB_TO_XYZ = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
"""The same of sRGB (IEC 61966-2-1, adapted by Bradford's matrix)."""


def icc_p3(gamma: float = 2.2) -> bytes:
    """Display P3's primaries, with a plain power for its curve."""
    colorants = {name: xyz(*P3_TO_XYZ[:, i]) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    curves = {name: gamma_curve(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")}
    return icc(b"RGB ", b"XYZ ", b"mntr", colorants | curves)


def icc_gray(gamma: float) -> bytes:
    return icc(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": gamma_curve(gamma)})


def icc_cmyk() -> bytes:
    """A strange press: cyan ink prints as red. Corners of the CMYK cube to Lab, by a lut8."""
    lab = {(0, 0, 0, 0): (255, 128, 128), (1, 0, 0, 0): (136, 208, 195)}
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    grid = bytes(value for corner in corners for value in lab.get(corner, (0, 128, 128)))
    identity = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + bytes(range(256)) * 4 + grid + bytes(range(256)) * 3
    return icc(b"CMYK", b"Lab ", b"prtr", {b"A2B0": lut})


# --- JPEG by hand (ITU-T T.81) ---


def jpeg_of_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive gray JPEG whose every scan says in a few bytes: nothing new in any block."""

    def segment(marker: int, data: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    blocks = -(-width // 8) * -(-height // 8)
    parts = [
        b"\xff\xd8",
        segment(0xDB, b"\0" + b"\1" * 64),
        segment(0xC2, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
        segment(0xC4, b"\x00" + b"\1" + bytes(15) + b"\x00"),  # DC: the code 0 is "no difference"
        segment(0xC4, b"\x10" + b"\1" + bytes(15) + b"\xe0"),  # AC: the code 0 is "16,384 blocks end"
        segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(blocks // 8 + 1),
    ]
    nothing = bytes((blocks // 16384 + 1) * 15 // 8 + 1)
    parts += [segment(0xDA, bytes([1, 1, 0, 1 + i % 63, 1 + i % 63, 0])) + nothing for i in range(scans - 1)]
    return b"".join(parts) + b"\xff\xd9"


def good_files() -> dict[str, bytes]:
    """One tiny good file of each format and notable kind, by a name that says what it is."""
    rgb = scene()
    rgba = np.dstack([rgb, rgb[..., 0]])
    picture = PIL.Image.fromarray(rgb)
    drawn = picture.copy()
    ImageDraw.Draw(drawn).ellipse((4, 3, 18, 12), fill="orange", outline="navy")
    return {
        "plain.jpg": saved(drawn, "JPEG"),
        "progressive.jpg": saved(drawn, "JPEG", progressive=True),
        "turned.jpg": rotated(rgb, 6, "JPEG"),
        "cmyk.jpg": saved(picture.convert("CMYK"), "JPEG"),
        "rgb.png": saved(drawn, "PNG", icc_profile=icc_p3()),
        "rgba.png": saved(rgba, "PNG"),
        "palette.png": saved(drawn.quantize(16), "PNG", transparency=3),
        "gray16.png": png16(rgb[..., :1].astype(np.uint16) * 257),
        "color16.png": png16(rgb.astype(np.uint16) * 257),
        "lossy.webp": saved(drawn, "WEBP"),
        "lossless.webp": saved(rgba, "WEBP", lossless=True),
        "raw.tif": saved(drawn, "TIFF"),
        "deflate.tif": saved(drawn, "TIFF", compression="tiff_adobe_deflate"),
        "fax.tif": saved(picture.convert("1"), "TIFF", compression="group4"),
        "float.tif": saved(PIL.Image.fromarray(np.linspace(-0.5, 1.5, 64, dtype=np.float32).reshape(8, 8)), "TIFF"),
        "plain.bmp": saved(drawn, "BMP"),
        "moving.gif": animated_gif(),
    }
