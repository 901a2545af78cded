"""Strangers' bytes to pictures, in the processes that may die of them: checked by their header, decoded, and kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pinxit import images
from pinxit.errors import BadImage, NotFound, TooLarge, UnsupportedFormat
from pinxit.files.fingerprint import FileId
from pinxit.files.recipe import StyleEntry
from pinxit.service.limits import ServiceLimits
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode, is_code
from pinxit.styles.gallery import TrainedStyle
from pinxit.styles.style import Reference

FORMATS = ("JPEG", "PNG", "WEBP")
"""What the service decodes, of all that pinxit can."""
LONGEST_STYLE = 2048
"""Long side, px, at which style pictures are kept; a larger one is fitted to it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that came with a request, or a file of the store with the sha256 that it had when it was kept."""

    key: str
    """The sha256 of the bytes."""
    data: bytes = b""
    path: str = ""

    def read(self) -> bytes:
        """Return the bytes.

        Raises `NotFound` where the file was deleted meanwhile.
        """
        if not self.path:
            return self.data
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise NotFound("the upload is not there any more: upload it again") from error


def source(head: dict[str, Any], parts: Sequence[bytes]) -> Source:
    """Return the source that a message means."""
    if "part" in head:
        data = parts[head["part"]]
        return Source(hashlib.sha256(data).hexdigest(), data=data)
    return Source(head["sha256"], path=head["path"])


def check(data: bytes, limits: ServiceLimits) -> images.Header:
    """Return a picture's header if it is one that the service takes.

    Raises `UnsupportedFormat`, `TooLarge`, `BadImage` and all that `pinxit.images.look` raises.
    """
    if data and not images.sniffed(data, FORMATS):
        raise UnsupportedFormat(
            "the picture is not JPEG, PNG or WebP, whatever its name ends in: save it as one of them"
        )
    header = images.look(data, limits.reading())
    short, long = sorted(header.size)
    if long > limits.image_side:
        raise TooLarge(f"the picture is {long:,} px long; at most {limits.image_side:,} px are taken: save it smaller")
    if short < limits.image_least:
        raise BadImage(f"the picture is only {short} px on its short side; at least {limits.image_least} px are needed")
    if long > limits.image_aspect * short:
        raise TooLarge(f"the picture is over {limits.image_aspect} times as long as it is wide: crop it")
    return header


class Kept:
    """The last pictures decoded, up to a number of bytes; the one that was not asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._values: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()

    def get(self, key: tuple[Any, ...], make: Callable[[], tuple[Any, int]]) -> Any:
        """Return what is kept under ``key``, or make it: ``make`` returns the value and its bytes."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        value, size = make()
        self._values[key] = value, size
        self._bytes += size
        while self._bytes > self._most and len(self._values) > 1:
            self._bytes -= self._values.popitem(last=False)[1][1]
        return value


class Pictures:
    """Reads styles and masks, each once."""

    def __init__(self, limits: ServiceLimits) -> None:
        self.limits, self.kept = limits, Kept(limits.cache_bytes)

    def style(self, head: dict[str, Any], parts: Sequence[bytes]) -> Reference:
        """Return one style of a message, with its weight and mask."""
        given, row = source(head["source"], parts), head["source"].get("row")
        if row is not None:
            return self._trained(given, row, head, parts)
        picture: Reference = self.kept.get(("style", given.key), lambda: self._style(given, head["name"]))
        area, origin = self._region(given, head, parts)
        return replace(picture, weight=head["weight"], mask=area, origin=origin)

    def _trained(self, given: Source, row: int, head: dict[str, Any], parts: Sequence[bytes]) -> Reference:
        def opened() -> tuple[list[TrainedStyle], int]:
            return gallery.read(Path(given.path)), 2**16

        styles: list[TrainedStyle] = self.kept.get(("taught", given.path, given.key), opened)
        area, origin = self._region(given, head, parts)
        return Reference(styles[row].thumbnail, head["weight"], area, origin, trained=styles[row])

    def _region(self, given: Source, head: dict[str, Any], parts: Sequence[bytes]) -> tuple[Any, StyleEntry]:
        """Return the mask of a style, None where it has none, and what a recipe tells of both."""
        area, named = None, None
        if head.get("mask"):
            masked = source(head["mask"], parts)
            area, named = self.kept.get(("mask", masked.key), lambda: self._mask(masked)), FileId("", masked.key)
        return area, StyleEntry(FileId(head["name"], given.key), head["weight"], named)

    def _style(self, given: Source, name: str) -> tuple[Reference, int]:
        data = given.read()
        if is_code(data):
            code = StyleCode.from_bytes(data, name or "that was sent")
            return Reference(code.thumbnail, code=code), len(data)
        check(data, self.limits)
        image = images.split_alpha(images.read(data, self.limits.reading(), long_side=LONGEST_STYLE))[0]
        image = images.resize(image, images.fit(image.shape[:2], LONGEST_STYLE))
        return Reference(image), image.nbytes

    def _mask(self, given: Source) -> tuple[Any, int]:
        data = given.read()
        check(data, self.limits)
        area = images.read_mask(data, self.limits.reading())
        area = images.resize(area, images.fit(area.shape[:2], self.limits.size))
        return area, area.nbytes
