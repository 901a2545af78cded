"""The tags of a TIFF file that Pillow is not shown. Orientation, profile and recipe are among the others."""

import numpy as np

from pinxit.errors import TooLarge

MOST_NUMBERS = 1 << 18
"""Of one tag: Pillow makes an object of each."""
MOST_BYTES = 1 << 22
"""Of a tag of bytes that Pillow is shown; it copies each twice. The largest profiles have 3 MB."""
_BYTE_TYPES = (1, 2, 7)
"""Types of tags that Pillow leaves as bytes: BYTE, ASCII, UNDEFINED."""
_DIRECTORIES = (330, 34665, 34853, 40965)
"""Tags that point to more tags: smaller pictures, Exif, GPS, interoperability."""


def hidden_tags(name: str, data: bytes) -> frozenset[int]:
    """Return where in a file the entries begin of tags that a picture does not need.

    These are directories of more tags, and tags of many bytes, such as Photoshop's layers. TIFF 6.0, section 2; BigTIFF
    has wider counts and offsets. Raises `TooLarge` for a tag of more than `MOST_NUMBERS`.
    """
    order, wide = "<" if data[:2] == b"II" else ">", 43 in data[2:4]
    number = f"{order}u8" if wide else f"{order}u4"
    entry = np.dtype([("tag", f"{order}u2"), ("type", f"{order}u2"), ("count", number), ("value", number)])
    start, width = int(np.frombuffer(data, number, 1, 8 if wide else 4)[0]), 8 if wide else 2
    most = max(0, len(data) - start - width) // entry.itemsize
    if not most:
        return frozenset()  # Pillow refuses it
    stated = int(np.frombuffer(data, f"{order}u{width}", 1, start)[0])
    entries = np.frombuffer(data, entry, min(most, stated), start + width)
    is_bytes = np.isin(entries["type"], _BYTE_TYPES)
    if (entries["count"][~is_bytes] > MOST_NUMBERS).any():
        raise TooLarge(f"{name} has a tag with more numbers than a picture needs; save it anew")
    hidden = (is_bytes & (entries["count"] > MOST_BYTES)) | np.isin(entries["tag"], _DIRECTORIES)
    return frozenset((start + width + entry.itemsize * np.flatnonzero(hidden)).tolist())
