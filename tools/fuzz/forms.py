"""Multipart requests to the service's application, without a server around it and without painters."""

from __future__ import annotations

import asyncio
import atexit
import email.message
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from changes import Target, changed_bytes
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from starlette.datastructures import FormData

from pinxit import images
from pinxit.errors import BadRequest
from pinxit.service import app, forms
from pinxit.service.context import Setup
from pinxit.service.limits import ServiceLimits
from pinxit.service.workers.wire import Message

PATHS = ("stylize", "convert", "uploads", "jobs")
TOKENS = [
    *(b"\r\n--b\r\n", b"\r\n--b--\r\n", b"\r\n--b", b"--b", b"--", b"\r\n\r\n", b"\r\n", b"\n", b"\r", b"\0"),
    *(b'; name="size"', b"; name*=utf-8''size", b"; filename=x", b"; filename*=utf-8''x", b"\\", b"=", b" ", b"\xff"),
    b'Content-Disposition: form-data; name="strength"\r\n\r\n0.5\r\n--b\r\n',
    b'Content-Disposition: form-data; name="_charset_"\r\n\r\nutf-7\r\n--b\r\n',
    b"Content-Type: text/plain; charset=utf-16\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Length: 3\r\n",
]


@dataclass(slots=True)
class Client:
    """Sends requests to the application, and remembers the fields that it found in the last one."""

    app: Any
    runner: asyncio.Runner
    fields: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, method: str, path: str, kind: bytes = b"", chunks: tuple[bytes, ...] = (b"",)) -> tuple[int, bytes]:
        """Return the status and the body of the response to a request that comes in such chunks."""
        headers = [(b"host", b"127.0.0.1"), (b"content-type", kind)]
        scope: dict[str, object] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
        }
        scope |= {
            "headers": headers,
            "query_string": b"",
            "scheme": "http",
            "root_path": "",
            "server": ("127.0.0.1", 80),
        }
        return self.runner.run(self._send(scope, iter(chunks), len(chunks)))

    async def _send(self, scope: dict[str, object], chunks: Iterator[bytes], left: int) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def receive() -> dict[str, object]:
            nonlocal left
            left -= 1
            if left < 0:
                await asyncio.sleep(60)  # the client waits for its response
            return {"type": "http.request", "body": next(chunks), "more_body": left > 0}

        async def send(message: object) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    def note(self, form: Any, data: FormData) -> Any:
        """Note the fields of a request, in place of `pinxit.service.forms.validated`, and check them by it."""
        self.fields = []
        for name, value in data.multi_items():
            if not isinstance(value, str):
                value.file.seek(0)
            self.fields.append((name, value.encode() if isinstance(value, str) else value.file.read()))
            if not isinstance(value, str):
                value.file.seek(0)
        return VALIDATED(form, data)


VALIDATED = forms.validated


def client(folder: Path) -> Client:
    """Return a client of an application whose painters answer at once."""

    async def answer(*arguments: object) -> Message:
        return Message({"format": "JPEG", "height": 40, "width": 56, "seconds": 0.1}, [b"painted"])

    made = app.make(Setup(store=folder / "store", limits=ServiceLimits(disk_floor=0)))
    made.state.service.pool.run = answer
    return Client(made, asyncio.Runner())


def part(name: str, value: bytes, more: str = "") -> bytes:
    """Return one field of a request."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def stated(kind: bytes, body: bytes) -> int:
    """Return how many fields a body has, if it is read to the letter (RFC 2046, section 5.1.1)."""
    header = email.message.Message()
    header["content-type"] = kind.decode("latin-1")
    border = re.escape(str(header.get_param("boundary", "")).encode("latin-1", "replace"))
    return len(re.findall(rb"(?:^|\r\n)--" + border + rb"[ \t]*\r\n", body.lstrip(b"\r\n"))) if border else 0


@st.composite
def changed_request(draw: DrawFn, path: str, body: bytes) -> bytes:
    """Return a request: a line of its path, the bytes in each chunk and its type, then its body with tokens put in."""
    made = body
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(made)))
        made = made[:at] + draw(st.sampled_from(TOKENS)) + made[at + draw(st.sampled_from([0, 0, 1, 2, 40])) :]
    if draw(st.booleans()):
        made = draw(changed_bytes(made))
    kind = b"multipart/form-data; boundary=b"
    if not draw(st.integers(0, 5)):
        kind = draw(changed_bytes(kind)).replace(b"\n", b"")
    return f"{path} {draw(st.sampled_from([1, 7, 64, 10**6]))} ".encode() + kind + b"\n" + made


def requests() -> Target:
    """Requests to every path that takes forms."""
    picture = images.encode(np.zeros((16, 16, 3), np.float32), "jpeg")
    content, style = part("content", picture, '; filename="a.jpg"'), part("style", picture, '; filename="b.jpg"')
    options = part("size", b"64") + part("strength", b"0.5") + part("color", b"luminance")
    bodies = {
        "stylize": content + style + part("weight", b"1") + options,
        "convert": part("file", picture, '; filename="a.png"') + part("format", b"png"),
        "uploads": part("file", picture, "; filename*=utf-8''a.png"),
        "jobs": content + style + part("kind", b"optimize") + part("steps", b"5") + options,
    }
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sender = client(Path(folder))

    def read(data: bytes) -> None:
        line, _, body = data.partition(b"\n")
        path, size, kind = line.split(b" ", 2)
        step = max(int(size), len(body) // 4000)
        chunks = tuple(body[at : at + step] for at in range(0, len(body), step)) or (b"",)
        with mock.patch.object(forms, "validated", sender.note):
            status, response = sender.send("POST", "/v1/" + path.decode(), kind, chunks)
        if status >= 500:
            raise AssertionError(f"{status}: {response[:200]!r}")
        if status >= 400:
            raise BadRequest(response.decode())
        if len(sender.fields) < stated(kind, body):  # more are read where a border has only a line feed before it
            raise AssertionError(f"{stated(kind, body)} fields were sent, and {len(sender.fields)} were read")
        if status in (201, 202):
            sender.send("DELETE", f"/v1/{path.decode()}/{json.loads(response)['id']}")

    inputs = st.sampled_from(PATHS).flatmap(lambda path: changed_request(path, bodies[path] + b"--b--\r\n"))
    good = b"stylize 1000000 multipart/form-data; boundary=b\n" + bodies["stylize"] + b"--b--\r\n"
    return Target(good, inputs, read)
