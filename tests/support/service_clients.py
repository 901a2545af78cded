"""Clients that send to a server as no honest one does."""

from __future__ import annotations

import contextlib
import socket
import threading

import httpx

HEAD = b"POST /v1/stylize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"


def connect(url: str) -> socket.socket:
    """Open a connection to the server at ``url``."""
    address = httpx.URL(url)
    return socket.create_connection((address.host, address.port or 80), 10)


def send_slowly(url: str, stop: threading.Event, length: int) -> None:
    """Let fifty clients send a byte at a time, each of them a body of ``length``, until ``stop`` is set."""
    with contextlib.ExitStack() as stack:
        links: list[socket.socket | None] = [None] * 50
        while not stop.wait(0.2):
            for index, link in enumerate(links):
                try:
                    if link is None:
                        link = links[index] = stack.enter_context(connect(url))
                        link.sendall(HEAD + b"Content-Length: %d\r\n\r\n--b\r\n" % length)
                    link.sendall(b"x")
                except OSError:  # it was disconnected: it comes again
                    links[index] = None
