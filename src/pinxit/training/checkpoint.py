"""A training as it stands, on disk: five files of tensors, and a record that says which they are.

::

    checkpoint.json                       step, seconds, shape, each file's name and sha256, and the course's own notes
    network-00012000.safetensors          the weights as they are trained
    average-00012000.safetensors          their moving average: the network that is used
    momentum-00012000.safetensors         Adam's first moment, of what is taught: the painter
    velocity-00012000.safetensors         Adam's second moment
    beside-00012000.safetensors           what else the course goes on with

The record is written last and replaced in one step: whenever a process is killed, the record there is names five
whole files. Only then are older ones removed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor

from pinxit.errors import BadWeights, NotFound
from pinxit.files import atomic
from pinxit.nn.networks import Shape, shape_of

RECORD = "checkpoint.json"
FORMAT = 5
KINDS = ("network", "average", "momentum", "velocity", "beside")
CURE = "restore it, or start anew in an empty folder"

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All that a training needs to go on."""

    step: int
    seconds: float
    """Time spent so far."""
    shape: Shape
    network: Tensors
    average: Tensors
    momentum: Tensors
    velocity: Tensors
    beside: Tensors
    """What else a course needs to go on: the thin VGG-19, whose first blocks are the style encoder's, or the profiles
    of `pinxit.training.losses.position_bias`."""
    notes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The same, as JSON has it."""


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the checkpoint in place of the one before.

    Raises `WriteFailed`, `DiskFull`; the one before is then still there.
    """
    files = {}
    for kind in KINDS:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in getattr(checkpoint, kind).items()}
        data = safetensors.torch.save(tensors)
        name = f"{kind}-{checkpoint.step:08d}.safetensors"
        atomic.save(data, folder / name)
        files[kind] = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
    record = {
        "format": FORMAT,
        "step": checkpoint.step,
        "seconds": checkpoint.seconds,
        "shape": dataclasses.asdict(checkpoint.shape),
        "notes": dict(checkpoint.notes),
        "files": files,
    }
    atomic.save(json.dumps(record, indent=2).encode(), folder / RECORD)
    current = {file["name"] for file in files.values()}
    for kind in KINDS:
        for path in folder.glob(f"{kind}-*.safetensors"):
            if path.name not in current:
                with contextlib.suppress(OSError):
                    path.unlink()


def load(folder: Path) -> Checkpoint | None:
    """Return the folder's checkpoint, or None where it has none.

    Raises `BadWeights` where it is damaged or incomplete, or of another version of pinxit.
    """
    if not (folder / RECORD).exists():
        return None
    record = _record(folder)
    tensors = {kind: _tensors(folder, record["files"][kind]) for kind in KINDS}
    shape, notes = shape_of(record["shape"]), record["notes"]
    return Checkpoint(step=record["step"], seconds=record["seconds"], shape=shape, notes=notes, **tensors)


def load_average(folder: Path) -> tuple[int, Shape, Tensors]:
    """Return the step of the checkpoint, and the averaged network alone: the one to use.

    Raises `NotFound` where there is no checkpoint, and what `load` raises.
    """
    record = told(folder)
    return record["step"], shape_of(record["shape"]), _tensors(folder, record["files"]["average"])


def told(folder: Path) -> dict[str, Any]:
    """Return the record of the folder's checkpoint: ``step``, ``seconds``, ``notes`` and its files.

    Raises `NotFound` where there is none, `BadWeights` where it is damaged.
    """
    if not (folder / RECORD).exists():
        raise NotFound(f"{folder.name!r} holds no {RECORD}: name the folder that a training wrote")
    return _record(folder)


def _record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        whole = record["format"] == FORMAT and set(record["files"]) == set(KINDS)
        step, seconds = int(record["step"]), float(record["seconds"])
        shape_of(record["shape"])
        noted = dict(record.get("notes", {}))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadWeights(f"{RECORD} is damaged: {CURE}") from error
    if not whole:
        raise BadWeights(f"{RECORD} is of another version of pinxit: {CURE}")
    return {**record, "step": step, "seconds": seconds, "notes": noted}


def _tensors(folder: Path, file: Mapping[str, str]) -> dict[str, Tensor]:
    name = Path(file["name"]).name
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise BadWeights(f"{name}, which {RECORD} names, is not there: {CURE}") from error
    if hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise BadWeights(f"{name} is damaged: {CURE}")
    return safetensors.torch.load(data)
