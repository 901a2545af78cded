"""The saved state of a training: five files of tensors, and a record that names them.

::

    checkpoint.json                       step, seconds, shape, each file's name and sha256, and the recipe's notes
    network-00012000.safetensors          the weights
    ema-00012000.safetensors              their exponential moving average: the network that is used
    exp_avg-00012000.safetensors          Adam's first moment of the trained weights
    exp_avg_sq-00012000.safetensors       Adam's second moment
    extra-00012000.safetensors            what else the recipe needs to continue

The record is written last and replaced in one step, and older files are removed only then: whenever a process is
killed, the record names five complete files. Format 5 of earlier versions, which had other names, is read too.
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, TypeVar

import safetensors.torch
from torch import Tensor

from pinxit.config.training import RENAMED
from pinxit.errors import BadWeights, NotFound
from pinxit.files import atomic
from pinxit.nn.shape import Shape, shape_of

RECORD = "checkpoint.json"
FORMAT = 6
KINDS = ("network", "ema", "exp_avg", "exp_avg_sq", "extra")
CURE = "restore it, or start again in an empty folder"

OLD_KINDS = dict(zip(("network", "average", "momentum", "velocity", "beside"), KINDS, strict=True))
OLD_NOTES = {
    "begun": "start_distances", "balance": "log_weights", "offsets": "held_out_offsets",
    "limit": "time_limit", "asked": "requested_seconds", "history": "score_history",
}  # fmt: skip
"""Name in format 5 -> name now, of files and of notes."""
OLD_WEIGHTS = {"painter.": "transform_net.", "encoder.eye.": "encoder.vgg.", "eye.": "vgg."}
"""Prefix of weights in earlier versions, in networks too -> prefix now."""

T = TypeVar("T")
Tensors = Mapping[str, Tensor]
Notes = Mapping[str, object]


class Record(TypedDict):
    """The contents of ``checkpoint.json``; each of its files has a ``name`` and a ``sha256``."""

    format: int
    step: int
    seconds: float
    shape: dict[str, int | list[int]]
    notes: dict[str, object]
    files: dict[str, dict[str, str]]


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
    files = {}
    for kind in KINDS:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in getattr(checkpoint, kind).items()}
        data = safetensors.torch.save(tensors)
        name = f"{kind}-{checkpoint.step:08d}.safetensors"
        atomic.save(data, folder / name)
        files[kind] = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
    progress = {"format": FORMAT, "step": checkpoint.step, "seconds": checkpoint.seconds}
    shape, notes = dataclasses.asdict(checkpoint.shape), dict(checkpoint.notes)
    record = {**progress, "shape": shape, "notes": notes, "files": files}
    atomic.save(json.dumps(record, indent=2).encode(), folder / RECORD)
    current = {file["name"] for file in files.values()}
    for kind in {*KINDS, *OLD_KINDS}:
        for path in folder.glob(f"{kind}-*.safetensors"):
            if path.name not in current:
                with contextlib.suppress(OSError):
                    path.unlink()


def load(folder: Path) -> Checkpoint | None:
    """Return the folder's checkpoint, or None where it has none.

    Raises `BadWeights` for one that is damaged, incomplete, or of an unknown version of pinxit.
    """
    if not (folder / RECORD).exists():
        return None
    record = read_record(folder)
    tensors = {kind: _tensors(folder, record["files"][kind]) for kind in KINDS}
    shape, notes = shape_of(record["shape"]), record["notes"]
    return Checkpoint(step=record["step"], seconds=record["seconds"], shape=shape, notes=notes, **tensors)


def load_ema(folder: Path) -> tuple[int, Shape, Tensors]:
    """Return the checkpoint's step, and shape and weights of the averaged network, which is the one to use.

    Raises what `read_record` raises.
    """
    record = read_record(folder)
    return record["step"], shape_of(record["shape"]), _tensors(folder, record["files"]["ema"])


def read_record(folder: Path) -> Record:
    """Return the record of the folder's checkpoint.

    Raises `NotFound` where there is none, `BadWeights` where it is damaged.
    """
    if not (folder / RECORD).exists():
        raise NotFound(f"{folder.name!r} holds no {RECORD}: name the folder that a training wrote")
    try:
        record = _upgraded(json.loads((folder / RECORD).read_text(encoding="utf-8")))
        is_current = record["format"] == FORMAT and set(record["files"]) == set(KINDS)
        shape_of(record["shape"])
        step, seconds, notes = int(record["step"]), float(record["seconds"]), dict(record["notes"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadWeights(f"{RECORD} is damaged: {CURE}") from error
    if not is_current:
        raise BadWeights(f"{RECORD} is of another version of pinxit: {CURE}")
    return {**record, "step": step, "seconds": seconds, "notes": notes}


def _upgraded(record: Record) -> Record:
    """Return a record as format 6 has it, from format 5 or 6."""
    if record["format"] != 5:
        return record
    notes = rename(record["notes"], OLD_NOTES)
    if isinstance(recipe := notes.get("recipe"), dict):
        notes["recipe"] = rename(recipe, RENAMED)
    return {**record, "format": FORMAT, "files": rename(record["files"], OLD_KINDS), "notes": notes}


def rename(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """Return ``values`` with those of their keys renamed that ``names`` has."""
    return {names.get(name, name): value for name, value in values.items()}


def current_names(weights: Mapping[str, T]) -> dict[str, T]:
    """Return the weights of a network by the names that they have now."""

    def current(name: str) -> str:
        old = next((prefix for prefix in OLD_WEIGHTS if name.startswith(prefix)), "")
        return OLD_WEIGHTS.get(old, "") + name.removeprefix(old)

    return {current(name): value for name, value in weights.items()}


def _tensors(folder: Path, file: Mapping[str, str]) -> dict[str, Tensor]:
    name = Path(file["name"]).name
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise BadWeights(f"{name}, which {RECORD} names, is missing: {CURE}") from error
    if hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise BadWeights(f"{name} is damaged: {CURE}")
    return current_names(safetensors.torch.load(data))
