"""The styles that clients have trained. Each client sees its own; they stay until the client deletes them.

::

    styles/ID/network.pinxit                   ID is that of the training job
              picture-0, picture-1, ...        the style pictures, in the order of the network's styles

The pictures inside a network's card are passed on unopened: the server process decodes no client's bytes.
"""

import base64
import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinxit.errors import BadOption, BadWeights, NotFound
from pinxit.files import network_file
from pinxit.files.fingerprint import fingerprint
from pinxit.service.gallery import NamedStyle, StylePicture
from pinxit.service.store import Store, is_id, load_record, save_record

NETWORK, PICTURES = "network.pinxit", "picture-{}"
MAX_NAME = 64  # Characters of a style's name
JPEG = b"\xff\xd8\xff"
MAX_THUMBNAIL = 2**16  # Bytes of a thumbnail inside a network


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientNetwork:
    """A trained network and the names and pictures of its styles."""

    id: str
    client: str
    created: float
    sha256: str
    names: list[str]
    thumbnails: list[str]  # JPEGs in base64
    pictures: list[str] = field(default_factory=list)
    """The sha256 of each style picture; empty in records of earlier versions."""


class ClientStyles:
    """The trained styles of all clients. They survive a restart of the server."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._networks = {network.id: network for network in store.restored(store.styles, _load)}

    def of_client(self, client: str) -> list[NamedStyle]:
        """Return the styles of a client, newest first."""
        networks = sorted(self._networks.values(), key=lambda network: -network.created)
        return [style for network in networks if network.client == client for style in self._styles(network)]

    def _styles(self, network: ClientNetwork) -> Iterator[NamedStyle]:
        path = self.store.styles / network.id / NETWORK
        for row, name in enumerate(network.names):
            file, title = path.with_name(PICTURES.format(row)), {"en": name}
            picture = StylePicture(file, network.pictures[row]) if network.pictures else None
            yield NamedStyle(name, path, network.sha256, title, "trained", row, trained_here=True, picture=picture)

    def find(self, client: str, name: str) -> NamedStyle | None:
        """Return a style of a client; None if the client has no style of this name."""
        return next((style for style in self.of_client(client) if style.name == name), None)

    def thumbnail(self, client: str, name: str) -> bytes | None:
        """Return a small JPEG of a client's style; None if the client has no style of this name."""
        style = self.find(client, name)
        if style is None or style.row is None:
            return None
        return base64.b64decode(self._networks[style.path.parent.name].thumbnails[style.row])

    def check(self, client: str, names: Sequence[str], reserved: Sequence[str]) -> None:
        """Raise `BadOption` for style names that are not valid or exist already, and for too many styles."""
        allowed = self.store.limits.styles_per_client
        current = [style.name for style in self.of_client(client)]
        if len(current) + len(names) > allowed:
            raise BadOption(f"you have {len(current)} trained styles; at most {allowed} are kept: delete one first")
        for name in names:
            if len(name) > MAX_NAME or is_id(name) or not network_file.NAME.fullmatch(name):
                allowed_letters = f"at most {MAX_NAME} letters, digits, dots, dashes and spaces"
                raise BadOption(f"a style's name has {allowed_letters}, and begins with a letter or digit")
            if name in (*current, *reserved) or list(names).count(name) > 1:
                raise BadOption(f"there is a style {name!r} already: choose another name")

    def add(self, client: str, job: str, network: Path, pictures: Mapping[str, Path] = {}) -> None:
        """Add the network of a finished job, with the picture of each style by its name. A second call does nothing.

        Raises `BadWeights` for a file that is not a network of trained styles, `DiskFull`, `WriteFailed`.
        """
        if job in self._networks:
            return
        added = _client_network(client, job, network, pictures)
        files = {NETWORK: network}
        if added.pictures:
            files |= {PICTURES.format(row): pictures[name] for row, name in enumerate(added.names)}
        size = sum(path.stat().st_size for path in files.values())
        with self.store.building(self.store.styles, size, job) as (_, folder):
            for target, source in files.items():
                _link(source, folder / target)
            save_record(added, folder)
        self._networks[job] = added

    def remove(self, client: str, name: str) -> None:
        """Delete a style of a client, and with it the other styles of the same network. Raises `NotFound`."""
        style = self.find(client, name)
        if style is None:
            raise NotFound("you have trained no style of this name")
        self._networks.pop(style.path.parent.name, None)
        self.store.remove(self.store.styles, style.path.parent.name)


def _client_network(client: str, job: str, network: Path, pictures: Mapping[str, Path]) -> ClientNetwork:
    data = network_file.read_bytes(network)
    card, _ = network_file.load(data, "the network")
    styles: list[dict[str, Any]] = card.get("styles", [])
    valid = (network_file.NAME.fullmatch(style["name"]) and _is_thumbnail(style["thumbnail"]) for style in styles)
    if card["kind"] != network_file.TRAINED or not all(valid):
        raise BadWeights("this is not a network of trained styles")
    names = [style["name"] for style in styles]
    digests: list[str] = []
    with contextlib.suppress(KeyError, NotFound):  # without all pictures none is promised
        digests = [fingerprint(pictures[name]).sha256 for name in names]
    return ClientNetwork(
        id=job,
        client=client,
        created=time.time(),
        sha256=hashlib.sha256(data).hexdigest(),
        names=names,
        thumbnails=[style["thumbnail"] for style in styles],
        pictures=digests,
    )


def _is_thumbnail(text: str) -> bool:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return data.startswith(JPEG) and len(data) <= MAX_THUMBNAIL


def _link(source: Path, target: Path) -> None:
    """Link a file that never changes under a second name, or copy it if the file system cannot link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _load(folder: Path) -> ClientNetwork | None:
    """Return the network in a folder; None if its files are missing or damaged."""
    network = load_record(ClientNetwork, folder)
    with contextlib.suppress(TypeError):
        if network and (folder / NETWORK).is_file() and len(network.names) == len(network.thumbnails) > 0:
            return network if len(network.pictures) in (0, len(network.names)) else None
    return None
