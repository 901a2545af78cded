"""The styles that clients taught: each client sees its own, and they stay until they are deleted.

::

    styles/ID/network.pinxit, record.json      ID is that of the job that taught them
              picture-0, picture-1, ...        what was taught, row by row

The pictures in a network's card are passed on as they are: this process decodes nothing that came from strangers.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinxit.errors import BadOption, BadWeights, NotFound, PinxitError
from pinxit.files import network_file
from pinxit.service.gallery import Named, Picture
from pinxit.service.jobs import record
from pinxit.service.store import Store, is_id
from pinxit.styles import gallery

NETWORK, PICTURES, RECORD = "network.pinxit", "picture-{}", "record.json"
LONGEST = 64
"""Characters of a style's name."""
JPEG = b"\xff\xd8\xff"
MOST_PICTURE = 2**16
"""Bytes of a style's small picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The styles of one network."""

    id: str
    client: str
    created: float
    sha256: str
    names: list[str]
    thumbnails: list[str]
    """JPEGs in base64."""
    pictures: list[str] = field(default_factory=list)
    """The sha256 of each style's own picture; none in the records of earlier versions."""


class OwnStyles:
    """All that clients taught; found again after a restart."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lessons = {lesson.id: lesson for lesson in store.restored(store.styles, _load)}

    def of(self, client: str) -> list[Named]:
        """Return a client's styles, newest first."""
        lessons = sorted(self._lessons.values(), key=lambda lesson: -lesson.created)
        return [named for lesson in lessons if lesson.client == client for named in self._named(lesson)]

    def _named(self, lesson: Lesson) -> list[Named]:
        path = self.store.styles / lesson.id / NETWORK
        return [
            Named(name, path, lesson.sha256, {"en": name}, "taught", row, own=True, picture=_picture(path, lesson, row))
            for row, name in enumerate(lesson.names)
        ]

    def find(self, client: str, name: str) -> Named | None:
        """Return a style of a client's; None where it has none of this name."""
        return next((style for style in self.of(client) if style.name == name), None)

    def thumbnail(self, client: str, name: str) -> bytes | None:
        """Return a small JPEG of a style of a client's; None where it has none of this name."""
        style = self.find(client, name)
        if style is None or style.row is None:
            return None
        return base64.b64decode(self._lessons[style.path.parent.name].thumbnails[style.row])

    def check(self, client: str, names: Sequence[str], taken: Sequence[str]) -> None:
        """Raise `BadOption` for names that styles cannot have, or have already, and for too many styles."""
        most = self.store.limits.styles_per_client
        own = [style.name for style in self.of(client)]
        if len(own) + len(names) > most:
            raise BadOption(f"you have {len(own)} styles of your own, and at most {most} are kept: delete one first")
        for name in names:
            if len(name) > LONGEST or is_id(name) or not gallery.NAME.fullmatch(name):
                raise BadOption(
                    f"a style's name has at most {LONGEST} letters, digits, dots, dashes and spaces, and begins with "
                    "a letter or digit"
                )
            if name in (*own, *taken) or list(names).count(name) > 1:
                raise BadOption(f"there is a style {name!r} already: give this one another name")

    def keep(self, client: str, job: str, network: Path, pictures: Mapping[str, Path] = {}) -> None:
        """Keep what a job taught, with the picture of each style by its name; what is kept already stays as it is.

        Raises `BadWeights` for what is no network of trained styles, `DiskFull`, `WriteFailed`.
        """
        if job in self._lessons:
            return
        lesson = _lesson(client, job, network, pictures)
        files = [network, *(pictures[name] for name in lesson.names if lesson.pictures)]
        self.store.make_room(sum(path.stat().st_size for path in files))
        names = [NETWORK, *(PICTURES.format(row) for row in range(len(lesson.pictures)))]
        with self.store.building(self.store.styles, job) as (_, folder):
            for source, name in zip(files, names, strict=True):
                _linked(source, folder / name)
            (folder / RECORD).write_text(json.dumps(dataclasses.asdict(lesson)), "utf-8")
        self._lessons[job] = lesson

    def remove(self, client: str, name: str) -> None:
        """Delete a style of a client's, and with it all others that one network was taught together with it.

        Raises `NotFound`.
        """
        style = self.find(client, name)
        if style is None:
            raise NotFound("you have taught no style of this name")
        self._lessons.pop(style.path.parent.name, None)
        self.store.remove(self.store.styles, style.path.parent.name)


def _picture(network: Path, lesson: Lesson, row: int) -> Picture | None:
    if not lesson.pictures:
        return None
    return Picture(network.with_name(PICTURES.format(row)), lesson.pictures[row])


def _lesson(client: str, job: str, network: Path, pictures: Mapping[str, Path]) -> Lesson:
    data = network_file.read_bytes(network)
    card, _ = network_file.load(data, "the network")
    styles: list[dict[str, Any]] = card.get("styles", [])
    sound = card["kind"] == network_file.TRAINED and all(
        gallery.NAME.fullmatch(each["name"]) and _is_small_picture(each["thumbnail"]) for each in styles
    )
    if not sound:
        raise BadWeights("this is no network of trained styles")
    return Lesson(
        id=job,
        client=client,
        created=time.time(),
        sha256=hashlib.sha256(data).hexdigest(),
        names=[each["name"] for each in styles],
        thumbnails=[each["thumbnail"] for each in styles],
        pictures=_digests([pictures.get(each["name"]) for each in styles]),
    )


def _digests(pictures: Sequence[Path | None]) -> list[str]:
    """Return the sha256 of each picture; nothing where one is not there."""
    try:
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures if path] if all(pictures) else []
    except OSError:
        return []


def _is_small_picture(text: str) -> bool:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return data.startswith(JPEG) and len(data) <= MOST_PICTURE


def _linked(source: Path, target: Path) -> None:
    """Give a file, which never changes, a second name; where the disk cannot, copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _load(folder: Path) -> Lesson | None:
    """Return what a folder holds; None for anything else."""
    told = record.read(folder / RECORD)
    try:
        lesson = Lesson(**told)
        whole = (folder / NETWORK).is_file() and len(lesson.names) == len(lesson.thumbnails) > 0
        whole = whole and len(lesson.pictures) in (0, len(lesson.names))
    except (TypeError, OSError, PinxitError):
        return None
    return lesson if whole else None
