"""Painting by a server: what ``pinxit.stylize(..., server="http://127.0.0.1:8000")`` does.

Pictures are sent as they are, and the picture comes back with its recipe inside. Nothing but the standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import time
import urllib.parse
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pinxit import errors, images
from pinxit.errors import BadOption, KeyRequired, NotFound, PinxitError, ServiceError
from pinxit.files import network_file
from pinxit.images.sources import SUFFIXES
from pinxit.methods.table import method_names
from pinxit.styles import gallery
from pinxit.styles.code import StyleCode

KEY = "PINXIT_API_KEY"
"""Environment variable of the key, where the server wants one."""
TIMEOUT = 120.0
"""Seconds without an answer before a server is given up."""
POLL_SECONDS = 0.5
TRIES = 5
"""How often a busy server is asked again."""
MOST_WAIT = 30

Field = tuple[str, str | bytes]
"""A field of a form: its name, and its text or its file's bytes."""


def stylize(
    server: str,
    content: Any,
    styles: Sequence[tuple[Any, float]],
    masks: Sequence[Any] | None,
    method: str,
    options: dict[str, Any],
) -> bytes:
    """Return the picture file, PNG, that the server makes.

    ``content``, ``styles`` and ``masks`` are paths, bytes, open files or arrays (H, W, 3) in [0, 1]; a style may be a
    `StyleCode` as well, or the name of one that the server has. Without ``method`` the server chooses. Long work is
    begun as a job and waited for.

    Raises the errors that the server answers, `NotFound` where there is no server, `BadOption` for what is no address.
    """
    form: list[Field] = [("content", _bytes(content)), ("format", "png"), *([("method", method)] if method else [])]
    form += [(name, _text(value)) for name, value in options.items()]
    for index, (style, weight) in enumerate(styles):
        form += [("style", _style(style)), ("weight", repr(float(weight)))]
        if masks is not None:
            form.append(("mask", "" if masks[index] is None else _mask(masks[index])))
    there = _Server(server)
    if method in method_names(one_pass=False):  # the others answer with the picture
        return there.job([*form, ("kind", method)])
    return there.ask("POST", "/v1/stylize", form)[0]


class _Server:
    """A server at an address."""

    def __init__(self, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadOption(f"server must be an address such as http://127.0.0.1:8000, not {address!r}")
        try:
            self.port = parts.port
        except ValueError as error:
            raise BadOption(f"{address!r} has no port that can be") from error
        self.host, self.secure, self.path = parts.hostname, parts.scheme == "https", parts.path.rstrip("/")

    def ask(self, method: str, path: str, form: Iterable[Field] = ()) -> tuple[bytes, int]:
        """Return the body and the status of an answer; a busy server is asked again a few times.

        Raises the errors that the server answers.
        """
        for tries_left in reversed(range(TRIES)):
            status, headers, body = self._once(method, path, list(form))
            if status < 400:
                return body, status
            wait = headers.get("retry-after", "1")
            if status != 429 or not tries_left:
                break
            time.sleep(min(MOST_WAIT, int(wait) if wait.isdigit() else 1))
        raise _raised(status, body)

    def job(self, form: list[Field]) -> bytes:
        """Begin a job, wait for its end, and return its result; a job that is given up is cancelled."""
        path = "/v1/jobs/" + json.loads(self.ask("POST", "/v1/jobs", form)[0])["id"]
        job: dict[str, Any] = {"state": "queued"}
        try:
            while job["state"] in ("queued", "running"):
                time.sleep(POLL_SECONDS)
                job = json.loads(self.ask("GET", path)[0])
        except BaseException:  # Ctrl-C as well: nobody will fetch it
            self._once("DELETE", path, [])
            raise
        if job["state"] != "done":
            raise _error(job["error"] or {"title": "ServiceError", "detail": f"the job was {job['state']}"})
        result = self.ask("GET", path + "/result")[0]
        self._once("DELETE", path, [])
        return result

    def _once(self, method: str, path: str, form: list[Field]) -> tuple[int, dict[str, str], bytes]:
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {key}"} if (key := os.environ.get(KEY, "")) else {}
        body, headers["Content-Type"] = _multipart(form) if form else (b"", "text/plain")
        try:
            connection.request(method, self.path + path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotFound(
                f"no pinxit server answers at {self.host}: start one by pinxit serve, or check the address"
            ) from error
        finally:
            connection.close()


def _multipart(form: list[Field]) -> tuple[bytes, str]:
    """Return a form's body and its type (RFC 7578)."""
    border = secrets.token_hex(16)
    parts = []
    for name, value in form:
        file = '; filename="file"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
        data = value if isinstance(value, bytes) else value.encode()
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts += [head.encode(), data, b"\r\n"]
    return b"".join([*parts, f"--{border}--\r\n".encode()]), f"multipart/form-data; boundary={border}"


def _raised(status: int, body: bytes) -> PinxitError:
    try:
        problem = json.loads(body)
        return _error(problem)
    except (ValueError, TypeError, AttributeError):
        return ServiceError(f"the server answered {status}, and not as pinxit's do: check the address")


def _error(problem: dict[str, Any]) -> PinxitError:
    """Return the error that a problem is."""
    cls = getattr(errors, str(problem.get("title")), ServiceError)
    known = isinstance(cls, type) and issubclass(cls, PinxitError) and cls is not errors.MissingExtra
    detail = str(problem.get("detail", "the server failed"))
    if cls is KeyRequired:
        detail = f"{detail}; pinxit sends what {KEY} holds"
    return cls(detail) if known else ServiceError(detail)


def _style(style: Any) -> str | bytes:
    """Return a style as a file's bytes; one that is no file, and could be a name, as that name.

    Raises `BadOption` for a network of trained styles, which stays on its machine.
    """
    if isinstance(style, str | os.PathLike):
        word = os.fsdecode(style)
        if network_file.ENDING in word:
            raise BadOption(
                f"{os.path.basename(word)!r} is a network, and those are not sent: install it on the server "
                "(pinxit styles add), and give the name of its style"
            )
        is_picture = os.path.splitext(word)[1].lower() in SUFFIXES
        if gallery.NAME.fullmatch(word) and not is_picture and not os.path.exists(word):
            return word
    return _bytes(style)


def _bytes(picture: Any) -> bytes:
    """Return a picture as a file's bytes."""
    if isinstance(picture, StyleCode):
        return picture.to_bytes()
    if isinstance(picture, np.ndarray):
        image = np.asarray(picture, np.float32) / np.float32(255 if picture.dtype == np.uint8 else 1)
        return images.encode(image, "png")
    if isinstance(picture, bytes | bytearray | memoryview):
        return bytes(picture)
    if hasattr(picture, "read"):
        return bytes(picture.read())
    try:
        with open(picture, "rb") as file:
            return file.read()
    except (OSError, TypeError, ValueError) as error:
        raise NotFound(f"{picture!s:.200}: there is no such file, or it cannot be read") from error


def _mask(mask: Any) -> bytes:
    """Return a mask, as for `pinxit.stylize`, as a file's bytes."""
    if isinstance(mask, np.ndarray) and mask.ndim == 2:
        mask = np.repeat(mask[..., None], 3, axis=2)
    return _bytes(mask)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
