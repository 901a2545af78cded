"""Decides who may use the server: API keys, host names, and requests from other sites' pages."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

COOKIE = "pinxit_key"
LOCAL = "local"  # The client of a server without keys
Headers = Mapping[bytes, bytes]  # The headers of a request by their names in lower case


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Who may use the server."""

    hosts: frozenset[str]
    """The server's names and addresses in lower case, without ports. If empty, any address and no name is accepted."""
    keys: tuple[str, ...] = ()  # The API keys; empty if none is required

    def client_of(self, headers: Headers) -> str | None:
        """Return the client of a request, under a name that does not reveal the key; None for a wrong key."""
        if not self.keys:
            return LOCAL
        return self.client_of_key(_key_in(headers))

    def client_of_key(self, key: str) -> str | None:
        """Return the client of a key; None for a wrong key."""
        for valid in self.keys:
            if hmac.compare_digest(key.encode(), valid.encode()):
                return hashlib.sha256(valid.encode()).hexdigest()[:32]
        return None

    def knows_host(self, host: str) -> bool:
        """Return whether a ``Host`` header names this server."""
        name = _host_name(host)
        return name in self.hosts or is_loopback(name) or (not self.hosts and _is_address(name))


def same_site(headers: Headers) -> bool:
    """Return whether a request comes from the server's own page, or not from a browser."""
    origin = headers.get(b"origin")
    if origin is not None:
        try:
            parts = urlsplit(origin.decode("latin-1"))
        except ValueError:  # such as http://[
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host_of(headers).lower()
    return headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin")


def host_of(headers: Headers) -> str:
    """Return the ``Host`` header of a request."""
    return headers.get(b"host", b"").decode("latin-1")


def is_loopback(name: str) -> bool:
    """Return whether a host name or address is that of this machine alone."""
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _key_in(headers: Headers) -> str:
    """Return the key in the ``Authorization`` header or the cookie of a request."""
    scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and key:
        return key.strip()
    return cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE, "")


def _host_name(host: str) -> str:
    try:
        return str(urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
