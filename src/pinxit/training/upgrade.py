"""Reads what earlier versions of pinxit wrote: checkpoints of format 5, and networks with older weight names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pinxit.config.training import RENAMED

T = TypeVar("T")

KINDS = {
    "network": "network", "average": "ema", "momentum": "exp_avg", "velocity": "exp_avg_sq", "beside": "extra",
}  # fmt: skip
"""Files of a checkpoint: their name in format 5 -> their name now."""

NOTES = {
    "begun": "start_distances",
    "balance": "log_weights",
    "offsets": "held_out_offsets",
    "limit": "time_limit",
    "asked": "requested_seconds",
    "history": "score_history",
}
COLUMNS = {"weave": "grid_artifact", "places": "position_bias", "quiet": "flat_region"}
"""Columns of ``curve.csv``: their name before -> their name now."""

WEIGHTS = {"painter.": "transform_net.", "encoder.eye.": "encoder.vgg.", "eye.": "vgg."}
"""Prefixes of weights: before -> now."""


def upgrade_record(record: Mapping[str, object]) -> dict[str, object]:
    """Return the record of a checkpoint as format 6 has it, from format 5 or 6."""
    if record.get("format") != 5:
        return dict(record)
    files, notes = record["files"], record.get("notes", {})
    if not isinstance(files, Mapping) or not isinstance(notes, Mapping):
        raise TypeError("files and notes are mappings")
    notes = rename(notes, NOTES)
    if isinstance(notes.get("recipe"), Mapping):
        notes["recipe"] = rename(notes["recipe"], RENAMED)
    return {**record, "format": 6, "files": rename(files, KINDS), "notes": notes}


def upgrade_weights(weights: Mapping[str, T]) -> dict[str, T]:
    """Return the weights of a network by the names that they have now."""
    return {_weight_name(name): value for name, value in weights.items()}


def _weight_name(name: str) -> str:
    for before, now in WEIGHTS.items():
        if name.startswith(before):
            return now + name.removeprefix(before)
    return name


def rename(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """Return ``values`` with those of their keys renamed that ``names`` has."""
    return {names.get(name, name): value for name, value in values.items()}
