"""Checkpoints: saved, replaced, refused where damaged, and read where an earlier version wrote them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from pinxit.errors import BadWeights
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.training import checkpoint
from pinxit.training.checkpoint import Checkpoint
from support.networks import SMALL, trained_network


def saved(folder: Path, network: AnyStyleNet) -> Path:
    tensors = dict(network.state_dict())
    parts = dict.fromkeys(checkpoint.KINDS, tensors)
    checkpoint.save(Checkpoint(step=3, seconds=1.5, shape=network.shape, **parts), folder)
    return folder


def test_a_checkpoint_comes_back_and_replaces_the_one_before(tmp_path: Path) -> None:
    network = trained_network()
    assert checkpoint.load(tmp_path) is None
    saved(tmp_path, network)
    before = checkpoint.load(tmp_path)
    assert before is not None
    checkpoint.save(dataclasses.replace(before, step=4), tmp_path)
    again = checkpoint.load(tmp_path)
    assert again is not None
    assert (again.step, again.seconds, again.shape) == (4, 1.5, SMALL)
    assert all(torch.equal(value, again.exp_avg_sq[name]) for name, value in network.state_dict().items())
    assert len(list(tmp_path.iterdir())) == 6


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    saved(tmp_path, trained_network())
    file = tmp_path / "ema-00000003.safetensors"
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)
    with pytest.raises(BadWeights, match=r"ema-00000003.safetensors is damaged"):
        checkpoint.load(tmp_path)
    file.unlink()
    with pytest.raises(BadWeights, match="is missing"):
        checkpoint.load_ema(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 9}', "null"])
def test_a_damaged_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / checkpoint.RECORD).write_text(text)
    with pytest.raises(BadWeights, match=r"checkpoint.json is"):
        checkpoint.load(tmp_path)


def write_format_5(folder: Path, network: AnyStyleNet) -> None:
    """Write a checkpoint as pinxit did before its weights and files had the names of now."""
    before = {"transform_net.": "painter.", "encoder.vgg.": "encoder.eye."}
    weights = network.state_dict()
    for now, then in before.items():
        weights = {name.replace(now, then): value for name, value in weights.items()}
    files = {}
    for number, kind in enumerate(("network", "average", "momentum", "velocity", "beside")):
        data = safetensors.torch.save({name: value + number for name, value in weights.items()})
        (folder / f"{kind}-00000002.safetensors").write_bytes(data)
        files[kind] = {"name": f"{kind}-00000002.safetensors", "sha256": hashlib.sha256(data).hexdigest()}
    notes = {"kind": "taught", "begun": [0.5], "balance": [0.1], "recipe": {"side": 32, "only": "", "average": 0.9}}
    record = {
        "format": 5,
        "step": 2,
        "seconds": 1.5,
        "shape": dataclasses.asdict(SMALL),
        "notes": notes,
        "files": files,
    }
    (folder / checkpoint.RECORD).write_text(json.dumps(record))


def test_a_checkpoint_of_format_5_is_read_and_replaced(tmp_path: Path) -> None:
    network = trained_network()
    write_format_5(tmp_path, network)
    old = checkpoint.load(tmp_path)
    assert old is not None
    for name, value in network.state_dict().items():
        tensors = (old.network[name], old.ema[name], old.exp_avg[name], old.exp_avg_sq[name], old.extra[name])
        for number, tensor in enumerate(tensors):
            torch.testing.assert_close(tensor, value + number)
    assert (old.step, old.seconds, old.shape) == (2, 1.5, SMALL)
    assert old.notes == {
        "kind": "taught",
        "start_distances": [0.5],
        "log_weights": [0.1],
        "recipe": {"crop_size": 32, "only": "", "ema_decay": 0.9},
    }
    checkpoint.save(dataclasses.replace(old, step=3), tmp_path)
    assert len(list(tmp_path.iterdir())) == 6, "the old files are gone"
    again = checkpoint.load(tmp_path)
    assert again is not None
    assert again.notes == old.notes
