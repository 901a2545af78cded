"""A style code: the 20 kB that a one-pass network encodes a painting to, as a file.

The code depends on how large the painting is relative to the picture, so the file has the code at several sizes;
between them it is interpolated. A code belongs to the network that made it. As JSON::

    {"pinxit style code": 1, "name": "wave.jpg", "sha256": "...", "network": "...",
     "sides": [128, ...], "codes": "base64 of float16, (sides, code), little-endian", "thumbnail": "base64 of a JPEG",
     "check": "sha256 of all other fields"}
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadStyle
from pinxit.files import atomic
from pinxit.images import Image

KIND, CHECK = "pinxit style code", "check"
FORMAT = 1
_HEAD = f'{{"{KIND}"'.encode()
SIDES = (96, 128, 160, 192, 256, 320, 384, 448, 640, 896)
"""Long sides, px, at which the painting is encoded. At smaller ones the network that comes with pinxit paints bands."""
THUMBNAIL = 96  # long side of the thumbnail, px
MOST_BYTES = 1 << 20  # a file of a code has some 10,000
MOST_SIDE = 1 << 16  # px; every side is shorter
CURE = "make it again, by pinxit code"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StyleCode:
    """The code of one painting, which serves as a style; a file of it is given to `pinxit.stylize` by its path."""

    name: str  # base name of the painting's file; '' for none
    sha256: str  # of the painting's file
    network: str  # `pinxit.methods.onepass.network.OnePassNetwork.fingerprint` of the network that made it
    sides: tuple[int, ...]  # long sides of the painting, px, rising
    codes: Floats  # (sides, code): the code at each side
    thumbnail: Image  # the painting, small, for display

    def __repr__(self) -> str:
        return f"<StyleCode {self.name or self.sha256[:12]}>"

    def at(self, side: float) -> Floats:
        """Return the code (code,) at a long side of ``side`` px: linear in its logarithm, constant beyond the ends."""
        position = float(np.interp(math.log(side), np.log(self.sides), np.arange(len(self.sides))))
        before = min(int(position), len(self.sides) - 2)
        low, high = self.codes[before], self.codes[before + 1]
        mixed: Floats = low + np.float32(position - before) * (high - low)
        return mixed

    def to_bytes(self) -> bytes:
        """Return the code's file."""
        fields: dict[str, object] = {
            KIND: FORMAT,
            "name": self.name,
            "sha256": self.sha256,
            "network": self.network,
            "sides": list(self.sides),
            "codes": base64.b64encode(self.codes.astype("<f2").tobytes()).decode(),
            "thumbnail": base64.b64encode(images.encode(self.thumbnail, "jpeg")).decode(),
        }
        return json.dumps({**fields, CHECK: checksum(fields)}).encode()

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> StyleCode:
        """Return the code in a file, as a stranger may have made it; ``name`` is for messages.

        Raises `BadStyle` for a file that is damaged or of another version.
        """
        try:
            if len(data) > MOST_BYTES:
                raise ValueError(MOST_BYTES)
            fields = json.loads(data)
            check = fields.pop(CHECK)
            if fields[KIND] != FORMAT:
                raise BadStyle(f"the style code {name} is of another version of pinxit: {CURE}")
            if check != checksum(fields):
                raise ValueError(CHECK)
            sides, painting, sha256, network = (
                tuple(fields["sides"]),
                fields["name"],
                fields["sha256"],
                fields["network"],
            )
            rising = all(low < high for low, high in pairwise((0, *sides, MOST_SIDE)))
            if not (
                len(sides) > 1 and rising and {*map(type, sides)} == {int} and type(network) is type(sha256) is str
            ):
                raise ValueError("sides")
            codes = np.frombuffer(base64.b64decode(fields["codes"], validate=True), "<f2").astype(np.float32)
            if not (len(painting) <= 1000 and painting.isprintable() and codes.size and np.isfinite(codes).all()):
                raise ValueError("codes")
            codes, thumbnail = codes.reshape(len(sides), -1), read_thumbnail(fields["thumbnail"])
            return cls(painting, sha256, network, sides, codes, thumbnail)
        except BadStyle:
            raise
        except Exception as error:  # JSON, base64 and the thumbnail's decoder raise a dozen types for broken bytes
            raise BadStyle(f"the style code {name} is damaged: {CURE}") from error

    def save(self, target: str | os.PathLike[str]) -> None:
        """Write the code to a file, whole or not at all; raises `WriteFailed`, `DiskFull`."""
        atomic.save(self.to_bytes(), os.path.expanduser(target))


def is_code(data: bytes) -> bool:
    """Return whether a file's content begins as a style code's does."""
    return data.startswith(_HEAD)


def read_thumbnail(text: str) -> Image:
    """Return a thumbnail, (H, W, 3), from a JPEG in base64.

    Raises `ValueError`, and for a picture that is damaged or larger than a thumbnail what `pinxit.images.read` raises.
    """
    data = base64.b64decode(text, validate=True)
    if not images.sniffed(data, "JPEG"):
        raise ValueError("no JPEG")
    return images.split_alpha(images.read(data, Limits(image_bytes=1 << 17, image_pixels=1 << 20)))[0]


def checksum(fields: dict[str, object]) -> str:
    """Return the ``check`` of a code's other fields."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
