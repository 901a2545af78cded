"""The messages between the server and its workers: a JSON head and parts of bytes, over pipes.

::

    4 bytes   length of the head, big-endian
    head      JSON: {"op": ..., "parts": [length, ...], ...}
    parts     one after the other

A worker decodes clients' files and may have been taken over by one. Its messages are never executed or unpickled, and
the sizes in them are limited.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict

if TYPE_CHECKING:  # workers need no asyncio, and start sooner without it
    import asyncio

MAX_HEAD, MAX_PART = 2**20, 2**30  # The most bytes of a head and of a part


class BrokenPipe(Exception):
    """The other end has closed the pipe, or sent something that is not a message."""


class SourceDict(TypedDict, total=False):
    """A file in a message: one of its parts, or the path ``file`` with the sha256 of the file."""

    part: int
    file: str
    sha256: str
    row: int | None  # The number of a trained style within its network


class StyleDict(SourceDict):
    """A style in a message."""

    name: str
    weight: float
    mask: SourceDict | None


@dataclass(frozen=True, slots=True)
class Message:
    """A head, which is any JSON object, and the bytes that follow it."""

    head: dict[str, Any]
    parts: Sequence[bytes] = field(default_factory=tuple)


def pack(message: Message) -> list[bytes]:
    """Return the pieces of a message in the order in which they are sent."""
    head = json.dumps({**message.head, "parts": [len(part) for part in message.parts]}).encode()
    return [struct.pack(">I", len(head)), head, *message.parts]


def write(file: BinaryIO, message: Message) -> None:
    """Send a message. Raises `BrokenPipe`."""
    try:
        file.writelines(pack(message))
        file.flush()
    except (OSError, ValueError) as error:
        raise BrokenPipe from error


def read(file: BinaryIO) -> Message:
    """Receive a message. Raises `BrokenPipe`."""
    head = _head(_exactly(file, _length(_exactly(file, 4))))
    return Message(head, [_exactly(file, size) for size in head["parts"]])


async def receive(stream: asyncio.StreamReader) -> Message:
    """Receive a message in an event loop. Raises `BrokenPipe`."""
    try:
        head = _head(await stream.readexactly(_length(await stream.readexactly(4))))
        return Message(head, [await stream.readexactly(size) for size in head["parts"]])
    except (OSError, EOFError) as error:
        raise BrokenPipe from error


def _exactly(file: BinaryIO, size: int) -> bytes:
    try:
        data = file.read(size)
    except (OSError, ValueError) as error:
        raise BrokenPipe from error
    if len(data) != size:
        raise BrokenPipe
    return data


def _length(data: bytes) -> int:
    (length,) = struct.unpack(">I", data)
    if length > MAX_HEAD:
        raise BrokenPipe
    return int(length)


def _head(data: bytes) -> dict[str, Any]:
    try:
        head = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenPipe from error
    sizes = head.get("parts") if isinstance(head, dict) else None
    if not isinstance(sizes, list) or not all(type(size) is int and 0 <= size <= MAX_PART for size in sizes):
        raise BrokenPipe
    return dict(head)
