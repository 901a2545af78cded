"""The client of the HTTP service, behind ``pinxit.stylize(..., server="http://127.0.0.1:8000")``.

Picture files are sent unchanged, by the standard library alone.
"""

import http.client
import json
import os
import secrets
import time
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pinxit import errors, images
from pinxit.config.options import Limits
from pinxit.errors import BadOption, KeyRequired, NotFound, PinxitError, ServiceError
from pinxit.files import network_file
from pinxit.images.inputs import in_memory, load
from pinxit.images.sources import SUFFIXES, fetch, local
from pinxit.images.types import Picture
from pinxit.methods.table import method_names
from pinxit.styles.code import StyleCode
from pinxit.styles.gallery import TrainedStyle
from pinxit.styles.style import StyleInput, StylePicture, one_each, weighted

KEY = "PINXIT_API_KEY"  # The environment variable of the API key
TIMEOUT = 120.0  # Seconds without a response after which a request fails
POLL_SECONDS = 0.5
TRIES, MAX_WAIT = 5, 30
"""How often a request to a busy server is tried, and the longest pause between two tries, s."""
Field = tuple[str, str | bytes]  # A form field: its name, and its text or the bytes of its file


def stylize(
    server: str,
    content: Picture,
    style: StyleInput,
    masks: Sequence[Picture | None] | None,
    method: str,
    options: Mapping[str, object],
) -> bytes:
    """Return the painting as a PNG file.

    ``style`` may also be the name of a style on the server. Without ``method`` the server chooses one. The method
    optimize runs as a job, which is waited for.

    Raises the server's errors, `NotFound` if no server answers, `BadOption` for an invalid address.
    """
    form: list[Field] = [("content", _bytes(content)), ("format", "png"), *([("method", method)] if method else [])]
    form += [(name, _text(value)) for name, value in options.items()]
    pairs = weighted(style)
    for (picture, weight), mask in zip(pairs, one_each(masks, len(pairs)), strict=True):
        form += [("style", _style(picture)), ("weight", repr(float(weight)))]
        if masks is not None:
            form.append(("mask", "" if mask is None else _bytes(mask)))
    connection = _Server(server)
    if method in method_names(one_pass=False):
        return connection.job([*form, ("kind", method)])
    return connection.request("POST", "/v1/stylize", form)


class _Server:
    """A server at an address."""

    def __init__(self, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadOption(f"server must be an address such as http://127.0.0.1:8000, not {address!r}")
        try:
            self.port = parts.port
        except ValueError as error:
            raise BadOption(f"{address!r} has no valid port") from error
        self.host, self.path = parts.hostname, parts.path.rstrip("/")
        self.connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def request(self, method: str, path: str, form: Iterable[Field] = ()) -> bytes:
        """Return the body of a response. A busy server is tried up to `TRIES` times. Raises the server's errors."""
        for tries_left in reversed(range(TRIES)):
            status, headers, body = self._once(method, path, list(form))
            if status < 400:
                return body
            wait = headers.get("retry-after", "1")
            if status != 429 or not tries_left:
                break
            time.sleep(min(MAX_WAIT, int(wait) if wait.isdigit() else 1))
        try:
            problem = json.loads(body)
        except ValueError:
            problem = None
        raise _error(problem, f"the server answered {status}, and not as a pinxit server would: check the address")

    def job(self, form: list[Field]) -> bytes:
        """Start a job, wait for its end, and return its result. The job is cancelled after an exception."""
        path = "/v1/jobs/" + json.loads(self.request("POST", "/v1/jobs", form))["id"]
        job: dict[str, Any] = {"state": "queued"}
        try:
            while job["state"] in ("queued", "running"):
                time.sleep(POLL_SECONDS)
                job = json.loads(self.request("GET", path))
        except BaseException:  # Ctrl-C as well: nobody would fetch the result
            self._once("DELETE", path, [])
            raise
        if job["state"] != "done":
            raise _error(job["error"], f"the job was {job['state']}")
        result = self.request("GET", path + "/result")
        self._once("DELETE", path, [])
        return result

    def _once(self, method: str, path: str, form: list[Field]) -> tuple[int, dict[str, str], bytes]:
        connection = self.connect(self.host, self.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {key}"} if (key := os.environ.get(KEY, "")) else {}
        body, headers["Content-Type"] = _multipart(form) if form else (b"", "text/plain")
        try:
            connection.request(method, self.path + path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException) as error:
            advice = "start one with pinxit serve, or check the address"
            raise NotFound(f"no pinxit server answers at {self.host}: {advice}") from error
        finally:
            connection.close()


def _multipart(form: list[Field]) -> tuple[bytes, str]:
    """Return the body of a form and its content type (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in form:
        file = '; filename="file"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
        data = value if isinstance(value, bytes) else value.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts += [head.encode(), data, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _error(problem: object, unknown: str) -> PinxitError:
    """Return the error that a problem (RFC 9457) describes; with the message ``unknown`` where it is none."""
    if not isinstance(problem, dict):
        return ServiceError(unknown)
    title, detail = problem.get("title"), str(problem.get("detail", "the server failed"))
    if title == KeyRequired.__name__:
        detail = f"{detail}; pinxit sends the key in the environment variable {KEY}"
    return errors.named(title, detail, ServiceError)


def _style(style: StylePicture) -> str | bytes:
    """Return the bytes of a style's file, or the name of a style on the server. Refuses networks."""
    if isinstance(style, str | os.PathLike):
        word = local(style)
        if network_file.ENDING in word:
            advice = "install it on the server (pinxit styles add), and give the name of its style"
            raise BadOption(f"{os.path.basename(word)!r} is a network, which is not sent: {advice}")
        is_picture = os.path.splitext(word)[1].lower() in SUFFIXES
        if network_file.NAME.fullmatch(word) and not is_picture and not os.path.exists(word):
            return word
    return style.name if isinstance(style, TrainedStyle) else _bytes(style)


def _bytes(picture: Picture | StyleCode) -> bytes:
    if isinstance(picture, StyleCode):
        return picture.to_bytes()
    if in_memory(picture):
        return images.encode(load(picture, Limits())[0], "png")
    return fetch(picture, Limits().image_bytes)[1]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
