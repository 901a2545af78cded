"""The record of a job: what of a film is painted already, so that a broken run goes on where it was.

Beside the output ``wave.mp4`` lies, until it is finished, the folder ``wave.mp4.job``::

    job.json           what is painted, how, and which segments are whole
    000000.nut ...     the segments; for a folder of pictures there are none
    state-000048.npz   what the next frame needs to know of the one before

A segment counts only once it stands in ``job.json``, which is replaced in one piece.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import BadFilm, BadOption, WriteFailed
from pinxit.files import atomic

FORMAT = 5
RECORD = "job.json"
MOST_BYTES = 64 * 2**20
"""Larger records are refused before they are parsed; a film of a day has some 5 MB."""

State = dict[str, NDArray[Any]]
"""What one frame hands on to the next: arrays by name."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished segment."""

    frames: int
    first: int
    """``pts`` of its first frame."""
    sha256: str
    """Of its file; '' where the frames are pictures of their own."""


@dataclass(slots=True)
class Record:
    """One job's folder and what is known to be done."""

    folder: Path
    recipe: dict[str, Any]
    segments: list[Done] = field(default_factory=list)
    state: State | None = None

    @property
    def frames(self) -> int:
        """How many frames are painted for good."""
        return sum(done.frames for done in self.segments)

    def path(self, number: int) -> Path:
        """Return where segment ``number`` lies."""
        return self.folder / f"{number:06d}.nut"

    def add(self, frames: int, first: int, state: State | None, file: Path | None) -> None:
        """Count a segment as done: its state first, then the record that names both.

        Raises `WriteFailed`, `DiskFull`.
        """
        before = self._state_path
        self.segments.append(Done(frames, first, _sha256(file) if file else ""))
        self.state = state
        if state is not None:
            data = io.BytesIO()
            np.savez(data, **state)  # type: ignore[arg-type]
            atomic.save(data.getvalue(), self._state_path)
        self.save()
        if before != self._state_path:
            before.unlink(missing_ok=True)

    def save(self) -> None:
        """Write the record, whole or not at all."""
        segments = [dataclasses.asdict(done) for done in self.segments]
        text = json.dumps(
            {"format": FORMAT, "recipe": self.recipe, "segments": segments, "state": self.state is not None}
        )
        atomic.save(text.encode(), self.folder / RECORD)

    @property
    def _state_path(self) -> Path:
        return self.folder / f"state-{self.frames:06d}.npz"

    def remove(self) -> None:
        """Take the folder away: the film is finished. The record goes first: without it, what is left is no job."""
        (self.folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def folder_for(target: Path) -> Path:
    """Return the job's folder of an output."""
    return target.with_name(target.name + ".job")


def begin(target: Path, recipe: dict[str, Any], resume: bool) -> Record:
    """Return the record of the job that writes ``target``: a new one, or with ``resume`` the one that is there.

    Raises `BadOption` where an unfinished job is there and ``resume`` was not asked for, or it is another job;
    `BadFilm` where it is damaged; `WriteFailed` where its folder cannot be made.
    """
    folder = folder_for(target)
    if (folder / RECORD).exists():
        if not resume:
            raise BadOption(
                f"an unfinished job lies in {folder.name!r}: go on with it by --resume, or delete that folder"
            )
        return _load(folder, recipe)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise atomic.failure(error, folder.name) from error
    record = Record(folder, recipe)
    record.save()
    return record


def _load(folder: Path, recipe: dict[str, Any]) -> Record:
    broken = BadFilm(f"the job in {folder.name!r} is damaged and cannot go on: delete that folder and start anew")
    try:
        if (folder / RECORD).stat().st_size > MOST_BYTES:
            raise broken
        data = json.loads((folder / RECORD).read_bytes())
        own = data["format"] == FORMAT
        segments = [Done(int(one["frames"]), int(one["first"]), str(one["sha256"])) for one in data["segments"]]
        kept, has_state = data["recipe"], bool(data["state"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise broken from error
    if not own or kept != json.loads(json.dumps(recipe)):
        raise BadOption(
            f"the job in {folder.name!r} paints something else{_difference(kept, recipe)}: "
            "give the same film, styles and options, or delete that folder"
        )
    record = Record(folder, recipe, segments)
    if any(done.sha256 and _sha256(record.path(i)) != done.sha256 for i, done in enumerate(segments)):
        raise broken
    if has_state:
        record.state = _state(record, broken)
    return record


def _state(record: Record, broken: BadFilm) -> State:
    try:
        with np.load(io.BytesIO(record._state_path.read_bytes()), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # zipfile and NumPy raise a dozen types for broken bytes
        raise broken from error


def _difference(kept: Any, recipe: dict[str, Any]) -> str:
    """Name what differs, where that is one of the parts of a recipe."""
    with contextlib.suppress(TypeError, AttributeError):
        names = [name for name in recipe if kept.get(name) != recipe[name]]
        return f" (another {', '.join(names)})" if names else ""
    return ""


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WriteFailed(
            f"{path.name} of the unfinished job is gone: delete the job's folder and start anew"
        ) from error
