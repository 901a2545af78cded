"""A style in a few kilobytes: the code that a one-pass network makes of a painting, as a file of its own.

What the network sees of a painting depends on how large the painting is beside the picture, so the file has the code
at several sizes; between them it is interpolated. A code belongs to the network that made it. As JSON::

    {"pinxit style code": 1, "name": "wave.jpg", "sha256": "...", "network": "...",
     "sides": [128, ...], "codes": "base64 of float16, (sides, code), little-endian", "thumbnail": "base64 of a JPEG",
     "check": "sha256 of all of this but itself"}
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit import images
from pinxit.errors import BadWeights
from pinxit.files import atomic
from pinxit.images import Image

KIND, CHECK = "pinxit style code", "check"
FORMAT = 1
HEAD = f'{{"{KIND}"'.encode()
"""How every such file begins."""
SIDES = (96, 128, 160, 192, 256, 320, 384, 448, 640, 896)
"""Long sides, px, at which the painting is seen. Smaller, the network that comes with pinxit paints bands."""
THUMBNAIL = 96
"""Long side of the small picture that goes with it, px."""
MOST = 1 << 20
"""Bytes that no such file comes near."""
CURE = "make it again, by pinxit code"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StyleCode:
    """The code of one painting."""

    name: str
    """Base name of the painting's file; '' for none."""
    sha256: str
    """Of the painting's file."""
    network: str
    """Fingerprint of the network that made it (`pinxit.methods.onepass.network.OnePassNetwork.fingerprint`)."""
    sides: tuple[int, ...]
    """Long sides of the painting, px, rising."""
    codes: Floats
    """(sides, code): the code at each side."""
    thumbnail: Image
    """The painting, small: to be looked at, not to paint with."""

    def at(self, side: float) -> Floats:
        """Return the code (code,) at a long side of ``side`` px: linear in its logarithm, level beyond the ends."""
        place = float(np.interp(math.log(side), np.log(self.sides), np.arange(len(self.sides))))
        before = min(int(place), len(self.sides) - 2)
        low, high = self.codes[before], self.codes[before + 1]
        mixed: Floats = low + np.float32(place - before) * (high - low)
        return mixed

    def save(self, target: str | os.PathLike[str]) -> None:
        """Write it to a file, whole or not at all.

        Raises `WriteFailed`, `DiskFull`.
        """
        atomic.save(dumps(self), target)


def dumps(code: StyleCode) -> bytes:
    """Return the file of a code."""
    fields: dict[str, Any] = {
        KIND: FORMAT,
        "name": code.name,
        "sha256": code.sha256,
        "network": code.network,
        "sides": list(code.sides),
        "codes": base64.b64encode(code.codes.astype("<f2").tobytes()).decode(),
        "thumbnail": base64.b64encode(images.encode(code.thumbnail, "jpeg")).decode(),
    }
    return json.dumps({**fields, CHECK: _check(fields)}).encode()


def loads(data: bytes, name: str) -> StyleCode:
    """Return the code that a file holds; ``name`` is for messages.

    Raises `BadWeights` for a file that is damaged or of another version.
    """
    try:
        fields = json.loads(data)
        check = fields.pop(CHECK)
        version = fields[KIND]
        if version == FORMAT and check == _check(fields):
            sides = tuple(int(side) for side in fields["sides"])
            values = np.frombuffer(base64.b64decode(fields["codes"], validate=True), "<f2").astype(np.float32)
            thumbnail = images.read(base64.b64decode(fields["thumbnail"], validate=True))
            name_of, sha256, network = (str(fields[key]) for key in ("name", "sha256", "network"))
            return StyleCode(name_of, sha256, network, sides, values.reshape(len(sides), -1), thumbnail)
    except Exception as error:  # JSON, base64 and the thumbnail's decoder raise a dozen types for broken bytes
        raise BadWeights(f"the style code {name} is damaged: {CURE}") from error
    if version != FORMAT:
        raise BadWeights(f"the style code {name} is of another version of pinxit: {CURE}")
    raise BadWeights(f"the style code {name} is damaged: {CURE}")


def read_bytes(path: str) -> bytes:
    """Return what a file holds if it begins as a code's does; otherwise no more than its beginning, or nothing."""
    try:
        with open(path, "rb") as file:
            head = file.read(len(HEAD))
            return head + file.read(MOST) if head == HEAD else head
    except (OSError, ValueError):
        return b""


def _check(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
