"""The resume record of a film: which segments are painted, so that an interrupted job continues where it stopped.

Until the output ``wave.mp4`` is finished, the folder ``wave.mp4.job`` lies beside it::

    job.json           what is painted, how, and the finished segments
    000000.nut ...     the segments; none if the output is a folder of pictures
    state-000048.npz   what the next frame needs of the previous one

A segment counts once it stands in ``job.json``, which is replaced as a whole.
"""

from __future__ import annotations

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
MAX_BYTES = 64 * 2**20
"""Larger records are refused before they are parsed; a film of a day has about 5 MB."""

State = dict[str, NDArray[Any]]
"""What one frame passes on to the next: arrays of several types, by name."""
Recipe = dict[str, object]
"""What a resumed job must have in common with the interrupted one, as JSON."""


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """A segment that is painted and stored."""

    frames: int
    first: int
    """``pts`` of its first frame."""
    sha256: str
    """Of its file; '' if the frames are separate pictures."""


@dataclass(slots=True)
class Record:
    """A job's folder and its finished segments."""

    folder: Path
    recipe: Recipe
    segments: list[FinishedSegment] = field(default_factory=list)
    state: State | None = None

    @property
    def frames(self) -> int:
        """Number of frames in finished segments."""
        return sum(segment.frames for segment in self.segments)

    def path(self, number: int) -> Path:
        """Return the file of segment ``number``."""
        return self.folder / f"{number:06d}.nut"

    def add(self, frames: int, first: int, state: State | None, file: Path | None) -> None:
        """Record a finished segment: its state first, then the record that names both.

        Raises `WriteFailed`, `DiskFull`.
        """
        before = self.state_path
        self.segments.append(FinishedSegment(frames, first, _sha256(file) if file else ""))
        self.state = state
        if state is not None:
            data = io.BytesIO()
            np.savez(data, **state)  # type: ignore[arg-type]
            atomic.save(data.getvalue(), self.state_path)
        self.save()
        if before != self.state_path:
            before.unlink(missing_ok=True)

    def save(self) -> None:
        """Write the record, as a whole or not at all."""
        segments = [dataclasses.asdict(segment) for segment in self.segments]
        text = json.dumps(
            {"format": FORMAT, "recipe": self.recipe, "segments": segments, "state": self.state is not None}
        )
        atomic.save(text.encode(), self.folder / RECORD)

    @property
    def state_path(self) -> Path:
        """The file of the state after the last finished segment."""
        return self.folder / f"state-{self.frames:06d}.npz"

    def remove(self) -> None:
        """Delete the folder of a finished film. The record goes first: without it, the rest is no job."""
        (self.folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def folder_for(target: Path) -> Path:
    """Return the job's folder of an output."""
    return target.with_name(target.name + ".job")


def begin(target: Path, recipe: Recipe, resume: bool) -> Record:
    """Return the record of the job that writes ``target``: a new one, or with ``resume`` the existing one.

    Raises `BadOption` if an unfinished job exists and ``resume`` is False, or it is another job; `BadFilm` if it is
    damaged; `WriteFailed` if its folder cannot be made.
    """
    folder = folder_for(target)
    if (folder / RECORD).exists():
        if not resume:
            raise BadOption(
                f"{folder.name!r} holds an unfinished job: continue it with --resume, or delete that folder"
            )
        return _load(folder, recipe)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise atomic.failure(error, folder.name) from error
    record = Record(folder, recipe)
    record.save()
    return record


def _load(folder: Path, recipe: Recipe) -> Record:
    broken = BadFilm(f"the job in {folder.name!r} is damaged and cannot continue: delete that folder and start again")
    try:
        if (folder / RECORD).stat().st_size > MAX_BYTES:
            raise broken
        data = json.loads((folder / RECORD).read_bytes())
        readable = data["format"] == FORMAT
        segments = [
            FinishedSegment(int(one["frames"]), int(one["first"]), str(one["sha256"])) for one in data["segments"]
        ]
        recorded, has_state = data["recipe"], bool(data["state"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise broken from error
    if isinstance(recorded, dict) and recorded.get("method") == "":  # early versions recorded no default method
        raise BadOption(f"the job in {folder.name!r} does not say its method: delete that folder and start again")
    differences = _differences(recorded, json.loads(json.dumps(recipe)))
    if not readable or differences:
        what = f" (another {', '.join(differences)})" if differences else ""
        raise BadOption(
            f"the job in {folder.name!r} paints something else{what}: "
            "give the same film, styles and options, or delete that folder"
        )
    record = Record(folder, recipe, segments)
    if any(one.sha256 and _sha256(record.path(number)) != one.sha256 for number, one in enumerate(segments)):
        raise broken
    if has_state:
        record.state = _load_state(record, broken)
    return record


def _load_state(record: Record, broken: BadFilm) -> State:
    try:
        with np.load(io.BytesIO(record.state_path.read_bytes()), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # zipfile and NumPy raise a dozen types for broken bytes
        raise broken from error


def _differences(recorded: object, recipe: Recipe) -> list[str]:
    """Return the names of the entries in which two recipes differ."""
    if not isinstance(recorded, dict):
        return ["recipe"]
    return [name for name in {**recorded, **recipe} if recorded.get(name) != recipe.get(name)]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WriteFailed(
            f"{path.name} of the unfinished job is gone: delete the job's folder and start again"
        ) from error
