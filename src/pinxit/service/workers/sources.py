"""Decodes clients' pictures inside the workers: each is checked by its header first, and kept for the next requests."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from pinxit import images
from pinxit.errors import BadImage, NotFound, TooLarge, UnsupportedFormat
from pinxit.files.fingerprint import FileId
from pinxit.files.recipe import StyleEntry
from pinxit.images.types import Mask
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers.wire import SourceDict, StyleDict
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode, is_code
from pinxit.styles.style import Reference

FORMATS = ("JPEG", "PNG", "WEBP")  # The formats that the service decodes, fewer than the library does
MAX_STYLE_SIDE = 2048  # Long side, px, at which style pictures are kept. Larger ones are resized to it.
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was sent with the message, or lies in the store."""

    key: str  # The sha256 of its bytes
    content: bytes | Path

    def read(self) -> bytes:
        """Return the bytes. Raises `NotFound` if the file was deleted meanwhile."""
        if isinstance(self.content, bytes):
            return self.content
        try:
            return self.content.read_bytes()
        except OSError as error:
            raise NotFound("the upload was deleted: upload it again") from error


def source_of(fields: SourceDict, parts: Sequence[bytes]) -> Source:
    """Return the source that a message refers to."""
    if "part" in fields:
        data = parts[fields["part"]]
        return Source(hashlib.sha256(data).hexdigest(), data)
    return Source(fields["sha256"], Path(fields["file"]))


def check(data: bytes, limits: ServiceLimits) -> images.Header:
    """Return the header of a picture that the service accepts. Raises `UnsupportedFormat`, `TooLarge`, `BadImage`."""
    if data and not images.sniffed(data, FORMATS):
        raise UnsupportedFormat(
            "the picture is not JPEG, PNG or WebP, whatever its name ends in: save it as one of them"
        )
    header = images.look(data, limits.reading())
    short, long = sorted(header.size)
    if long > limits.image_side:
        raise TooLarge(f"the picture is {long:,} px long; at most {limits.image_side:,} px are allowed: shrink it")
    if short < limits.image_least:
        raise BadImage(f"the picture is only {short} px on its short side; at least {limits.image_least} px are needed")
    if long > limits.image_aspect * short:
        raise TooLarge(f"the picture is over {limits.image_aspect} times as long as it is wide: crop it")
    return header


class Cache:
    """The most recently used decoded pictures, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._entries: OrderedDict[tuple[str | int, ...], tuple[object, int]] = OrderedDict()

    def get(self, key: tuple[str | int, ...], make: Callable[[], tuple[T, int]]) -> T:
        """Return the value under ``key``. If there is none, add it: ``make`` returns the value and its bytes."""
        if key in self._entries:
            self._entries.move_to_end(key)
            return cast(T, self._entries[key][0])
        value, size = make()
        self._entries[key] = value, size
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._entries) > 1:
            self._bytes -= self._entries.popitem(last=False)[1][1]
        return value


class StyleReader:
    """Decodes the styles and masks of messages, each once."""

    def __init__(self, limits: ServiceLimits) -> None:
        self.limits, self.cache = limits, Cache(limits.cache_bytes)

    def style(self, style: StyleDict, parts: Sequence[bytes]) -> Reference:
        """Return one style of a message with its weight, its mask, and its entry in the recipe."""
        source, row = source_of(style, parts), style.get("row")
        if row is None:
            reference = self.cache.get(("style", source.key), lambda: self._decode(source, style["name"]))
        else:
            path = Path(style["file"])
            trained = self.cache.get(("trained", str(path), source.key), lambda: (gallery.read(path), 2**16))[row]
            reference = Reference(trained.thumbnail, trained=trained)
        mask, mask_id = None, None
        if style["mask"]:
            mask_source = source_of(style["mask"], parts)
            mask = self.cache.get(("mask", mask_source.key), lambda: self._decode_mask(mask_source))
            mask_id = FileId("", mask_source.key)
        entry = StyleEntry(FileId(style["name"], source.key), style["weight"], mask_id)
        return replace(reference, weight=style["weight"], mask=mask, origin=entry)

    def _decode(self, source: Source, name: str) -> tuple[Reference, int]:
        data = source.read()
        if is_code(data):
            code = StyleCode.from_bytes(data, name or "that was sent")
            return Reference(code.thumbnail, code=code), len(data)
        check(data, self.limits)
        image = images.split_alpha(images.read(data, self.limits.reading(), long_side=MAX_STYLE_SIDE))[0]
        image = images.resize(image, images.fit(image.shape[:2], MAX_STYLE_SIDE))
        return Reference(image), image.nbytes

    def _decode_mask(self, source: Source) -> tuple[Mask, int]:
        data = source.read()
        check(data, self.limits)
        mask = images.read_mask(data, self.limits.reading())
        mask = images.resize(mask, images.fit(mask.shape[:2], self.limits.size))
        return mask, mask.nbytes
