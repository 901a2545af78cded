"""The resume record of a film: which segments are painted, so that an interrupted job continues where it stopped.

Until the output ``wave.mp4`` is finished, the folder ``wave.mp4.job`` lies beside it::

    job.json           format, recipe (method, options, fingerprints of film and styles), finished segments, state
    000000.nut ...     the segments; none if the output is a folder of pictures
    state-000048.npz   what the next frame needs of the previous one

A segment counts once it stands in ``job.json``, which is replaced as a whole.
"""

import dataclasses
import io
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import BadFilm, BadOption
from pinxit.files import atomic
from pinxit.files.fingerprint import fingerprint

FORMAT = 6
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
    """``pts`` of its first frame; 0 if the frames are separate pictures."""
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

    @property
    def state_path(self) -> Path:
        """The file of the state after the last finished segment."""
        return self.folder / f"state-{self.frames:06d}.npz"

    def path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.nut"

    def add(self, frames: int, first: int, state: State, file: Path | None) -> None:
        """Record a finished segment: its state first, then the record that names both."""
        before = self.state_path
        self.segments.append(FinishedSegment(frames, first, fingerprint(file).sha256 if file else ""))
        self.state = state
        data = io.BytesIO()
        np.savez(data, **state)  # type: ignore[arg-type]
        atomic.save(data.getvalue(), self.state_path)
        self.save()
        before.unlink(missing_ok=True)

    def save(self) -> None:
        """Write the record, as a whole or not at all."""
        segments = [dataclasses.asdict(segment) for segment in self.segments]
        state = self.state is not None
        text = json.dumps({"format": FORMAT, "recipe": self.recipe, "segments": segments, "state": state})
        atomic.save(text.encode(), self.folder / RECORD)

    def remove(self) -> None:
        """Delete the folder of a finished film. The record goes first: without it, the rest is no job."""
        (self.folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def folder_for(target: Path) -> Path:
    """Return the job's folder of an output."""
    return target.with_name(target.name + ".job")


def is_begun(target: Path) -> bool:
    """Whether there is a job that wrote a part of ``target``, so that it can be continued."""
    folder = folder_for(target)
    return (folder / RECORD).exists() and any(folder.glob("state-*"))


def begin(target: Path, recipe: Recipe, resume: bool) -> Record:
    """Return the record of the job that writes ``target``: a new one, or with ``resume`` the existing one.

    A job without a finished segment has nothing to continue, and is begun anew.

    Raises `BadOption` if an unfinished job exists and ``resume`` is False, or it is another job; `BadFilm` if it is
    damaged; `WriteFailed` if its folder cannot be made.
    """
    folder = folder_for(target)
    if not is_begun(target):
        atomic.make_folder(folder)
        record = Record(folder, recipe)
        record.save()
        return record
    if not resume:
        raise BadOption(f"{folder.name!r} holds an unfinished job: continue it with --resume, or delete that folder")
    return _load(folder, recipe)


def _load(folder: Path, recipe: Recipe) -> Record:
    broken = BadFilm(f"the job in {folder.name!r} is damaged and cannot continue: delete that folder and start again")
    try:
        if (folder / RECORD).stat().st_size > MAX_BYTES:
            raise broken
        data = json.loads((folder / RECORD).read_bytes())
        segments = [FinishedSegment(int(one["frames"]), int(one["first"]), one["sha256"]) for one in data["segments"]]
        readable, recorded, has_state = data["format"] == FORMAT, dict(data["recipe"]), bool(data["state"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise broken from error
    _compare(folder.name, recorded, json.loads(json.dumps(recipe)), readable)
    record = Record(folder, recipe, segments)
    try:
        for number, one in enumerate(segments):
            if one.sha256 and fingerprint(record.path(number)).sha256 != one.sha256:
                raise ValueError(number)
        if has_state:
            with np.load(io.BytesIO(record.state_path.read_bytes()), allow_pickle=False) as arrays:
                record.state = dict(arrays)
    except Exception as error:  # zipfile and NumPy raise a dozen types for broken bytes
        raise broken from error
    return record


def _compare(name: str, recorded: Recipe, recipe: Recipe, readable: bool) -> None:
    """Raise `BadOption` if the job in the folder ``name`` has another recipe than the present one."""
    if recorded.get("method") == "":  # early versions recorded no default method
        raise BadOption(f"the job in {name!r} does not say its method: delete that folder and start again")
    differences = [entry for entry in {**recorded, **recipe} if recorded.get(entry) != recipe.get(entry)]
    if differences or not readable:
        what = f" (another {', '.join(differences)})" if differences else ""
        help = "give the same film, styles and options, or delete that folder"
        raise BadOption(f"the job in {name!r} paints something else{what}: {help}")
