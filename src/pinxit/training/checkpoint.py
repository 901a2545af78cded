"""The saved state of a training: five files of tensors, and a record that names them.

::

    checkpoint.json                       step, seconds, shape, each file's name and sha256, and the recipe's notes
    network-00012000.safetensors          the weights
    ema-00012000.safetensors              their exponential moving average: the network that is used
    exp_avg-00012000.safetensors          Adam's first moment of the trained weights
    exp_avg_sq-00012000.safetensors       Adam's second moment
    extra-00012000.safetensors            what else the recipe needs to continue

The record is written last and replaced in one step, and older files are removed only then: whenever a process is
killed, the record names five complete files.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import safetensors.torch
from torch import Tensor

from pinxit.errors import BadWeights, NotFound
from pinxit.files import atomic
from pinxit.nn.shape import Shape, shape_of
from pinxit.training import upgrade

RECORD = "checkpoint.json"
FORMAT = 6
KINDS = ("network", "ema", "exp_avg", "exp_avg_sq", "extra")
CURE = "restore it, or start again in an empty folder"

Tensors = Mapping[str, Tensor]
Notes = Mapping[str, object]


class File(TypedDict):
    """One file of tensors."""

    name: str
    sha256: str


class Record(TypedDict):
    """The contents of ``checkpoint.json``."""

    format: int
    step: int
    seconds: float
    shape: dict[str, int | list[int]]
    notes: dict[str, object]
    files: dict[str, File]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything that a training needs to continue."""

    step: int
    seconds: float
    """Time spent so far."""
    shape: Shape
    network: Tensors
    ema: Tensors
    exp_avg: Tensors
    exp_avg_sq: Tensors
    extra: Tensors
    """What the recipe adds: the weights of the pruned VGG-19, or the profiles of the position bias."""
    notes: Notes = dataclasses.field(default_factory=dict)
    """What the recipe adds that JSON can hold."""


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the checkpoint, replacing the one before.

    Raises `WriteFailed`, `DiskFull`; the one before then remains.
    """
    files: dict[str, File] = {}
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
    _remove_others(folder, {file["name"] for file in files.values()})


def _remove_others(folder: Path, names: set[str]) -> None:
    for kind in {*KINDS, *upgrade.KINDS}:
        for path in folder.glob(f"{kind}-*.safetensors"):
            if path.name not in names:
                with contextlib.suppress(OSError):
                    path.unlink()


def load(folder: Path) -> Checkpoint | None:
    """Return the folder's checkpoint, or None where it has none.

    Raises `BadWeights` for one that is damaged, incomplete, or of an unknown version of pinxit.
    """
    if not (folder / RECORD).exists():
        return None
    record = _read(folder)
    tensors = {kind: _tensors(folder, record["files"][kind]) for kind in KINDS}
    shape, notes = shape_of(record["shape"]), record["notes"]
    return Checkpoint(step=record["step"], seconds=record["seconds"], shape=shape, notes=notes, **tensors)


def load_ema(folder: Path) -> tuple[int, Shape, Tensors]:
    """Return the checkpoint's step, and shape and weights of the averaged network, which is the one to use.

    Raises `NotFound` where there is no checkpoint, and what `load` raises.
    """
    record = read_record(folder)
    return record["step"], shape_of(record["shape"]), _tensors(folder, record["files"]["ema"])


def read_record(folder: Path) -> Record:
    """Return the record of the folder's checkpoint.

    Raises `NotFound` where there is none, `BadWeights` where it is damaged.
    """
    if not (folder / RECORD).exists():
        raise NotFound(f"{folder.name!r} holds no {RECORD}: name the folder that a training wrote")
    return _read(folder)


def _read(folder: Path) -> Record:
    try:
        record = cast(Record, upgrade.upgrade_record(json.loads((folder / RECORD).read_text(encoding="utf-8"))))
        current = record["format"] == FORMAT and set(record["files"]) == set(KINDS)
        shape_of(record["shape"])
        step, seconds, notes = int(record["step"]), float(record["seconds"]), dict(record["notes"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadWeights(f"{RECORD} is damaged: {CURE}") from error
    if not current:
        raise BadWeights(f"{RECORD} is of another version of pinxit: {CURE}")
    return {**record, "step": step, "seconds": seconds, "notes": notes}


def _tensors(folder: Path, file: File) -> dict[str, Tensor]:
    name = Path(file["name"]).name
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise BadWeights(f"{name}, which {RECORD} names, is missing: {CURE}") from error
    if hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise BadWeights(f"{name} is damaged: {CURE}")
    return upgrade.upgrade_weights(safetensors.torch.load(data))
