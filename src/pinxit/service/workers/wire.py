"""How the server and its processes talk: messages of a JSON head and parts of bytes, over pipes.

::

    4 bytes   length of the head, big-endian
    head      JSON: {"op": ..., "parts": [length, ...], ...}
    parts     one after the other

Both ends are pinxit, but the process at one of them reads strangers' bytes: nothing that it sends is ever executed,
unpickled or believed beyond the limits here.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

MOST_HEAD = 2**20
MOST_PART = 2**30
"""Bytes; a larger message is none of ours."""


class BrokenPipe(Exception):
    """The other end is gone, or sent what is no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once."""

    head: dict[str, Any]
    parts: Sequence[bytes] = field(default_factory=tuple)


def pack(message: Message) -> bytes:
    """Return a message without its parts, which follow it as they are."""
    head = json.dumps({**message.head, "parts": [len(part) for part in message.parts]}).encode()
    return struct.pack(">I", len(head)) + head


def write(file: BinaryIO, message: Message) -> None:
    """Send a message.

    Raises `BrokenPipe`.
    """
    try:
        file.write(pack(message))
        for part in message.parts:
            file.write(part)
        file.flush()
    except (OSError, ValueError) as error:
        raise BrokenPipe from error


def read(file: BinaryIO) -> Message:
    """Receive a message.

    Raises `BrokenPipe`.
    """
    head = _head(_exactly(file, _length(_exactly(file, 4))))
    return Message(head, [_exactly(file, size) for size in head["parts"]])


async def receive(stream: asyncio.StreamReader) -> Message:
    """Receive a message in an event loop.

    Raises `BrokenPipe`.
    """
    try:
        head = _head(await stream.readexactly(_length(await stream.readexactly(4))))
        return Message(head, [await stream.readexactly(size) for size in head["parts"]])
    except (OSError, asyncio.IncompleteReadError) as error:
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
    if length > MOST_HEAD:
        raise BrokenPipe
    return int(length)


def _head(data: bytes) -> dict[str, Any]:
    try:
        head = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenPipe from error
    sizes = head.get("parts") if isinstance(head, dict) else None
    if not isinstance(sizes, list) or not all(type(size) is int and 0 <= size <= MOST_PART for size in sizes):
        raise BrokenPipe
    return dict(head)
