"""Exported networks: ONNX Runtime paints what PyTorch does, and the file can be read back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from pinxit.errors import BadWeights, NotFound
from pinxit.methods.onepass import network as onepass
from pinxit.nn.transform_net import AnyStyleNet
from pinxit.training import checkpoint
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.export import compare, export, pack, read_any_style
from support.networks import SMALL, trained_network


def picture(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def saved(folder: Path, network: AnyStyleNet) -> Path:
    tensors = dict(network.state_dict())
    parts = dict.fromkeys(checkpoint.KINDS, tensors)
    checkpoint.save(Checkpoint(step=3, seconds=1.5, shape=network.shape, **parts), folder)
    return folder


def test_onnx_paints_what_pytorch_paints() -> None:
    network = trained_network()
    exported = onepass.open_bytes(pack(network, steps=7), "x.pinxit")
    assert compare(network, exported, side=64) < 1 / 255
    assert (exported.levels, exported.stride, exported.channels) == (3, 8, network.transform_net.channels)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (24, 56)])
def test_onnx_takes_weights_given_statistics_and_any_size(height: int, width: int) -> None:
    network = trained_network()
    exported = onepass.open_bytes(pack(network, steps=7), "x.pinxit")
    content, codes = picture(1, 3, height, width), picture(1, 2, SMALL.code)
    weights = np.array([0.3, 0.7], np.float32)
    masks = [torch.from_numpy(weights).reshape(1, 2, 1, 1)] * 3
    shared = picture(1, 2, network.transform_net.channels) + 0.5
    with torch.no_grad():
        expected, own = network.transform_net(content, codes, masks, shared)
    painted, statistics_ = exported.paint(content.numpy(), codes[0].numpy(), weights, shared[0].numpy())
    assert np.abs(painted - expected.numpy()).max() < 1 / 255
    np.testing.assert_allclose(statistics_, own[0].numpy(), rtol=0.02, atol=0.02)
    with torch.no_grad():
        expected, _ = network.transform_net(content, codes, masks, shared, 0.5)
    painted, _ = exported.paint(content.numpy(), codes[0].numpy(), weights, shared[0].numpy(), own_share=0.5)
    assert np.abs(painted - expected.numpy()).max() < 1 / 255


def test_export_writes_a_small_file_that_is_always_the_same(tmp_path: Path) -> None:
    folder = saved(tmp_path, trained_network())
    assert 0 < export(folder, tmp_path / "a.pinxit") < 1 / 255
    export(folder, tmp_path / "b.pinxit")
    assert (tmp_path / "a.pinxit").read_bytes() == (tmp_path / "b.pinxit").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.pinxit") as archive:
        assert archive.namelist() == ["card.json", "encoder.onnx", "painter.onnx"]
    assert (tmp_path / "a.pinxit").stat().st_size < 2.5 * sum(
        p.numel() for p in trained_network().parameters()
    ) + 40_000
    with pytest.raises(NotFound, match="name the folder that a training wrote"):
        export(tmp_path / "nothing", tmp_path / "c.pinxit")


def test_the_exported_network_weighs_subpixels_equally(tmp_path: Path) -> None:
    export(saved(tmp_path, trained_network()), tmp_path / "a.pinxit")
    sums = read_any_style(tmp_path / "a.pinxit").transform_net.out.weight.view(3, 4, -1, 3, 3).sum((3, 4))
    torch.testing.assert_close(sums, sums.mean(1, keepdim=True).expand_as(sums), rtol=0, atol=1e-2)


def test_an_exported_network_comes_back_to_be_trained_further(tmp_path: Path) -> None:
    network = trained_network()
    path = tmp_path / "a.pinxit"
    path.write_bytes(pack(network, steps=3, half=False))
    again = read_any_style(path)
    assert again.shape == network.shape
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
    path.write_bytes(pack(network, steps=3))
    for name, value in read_any_style(path).state_dict().items():
        torch.testing.assert_close(value, network.state_dict()[name], rtol=1e-3, atol=1e-4)
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "b.pinxit", "w") as other:
        for name in archive.namelist():
            other.writestr(name, archive.read(name).replace(b'"code"', b'"kode"'))
    with pytest.raises(BadWeights, match="damaged, or not a network of pinxit"):
        read_any_style(tmp_path / "b.pinxit")


def test_weights_that_do_not_bear_half_precision_are_stored_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = saved(tmp_path, trained_network())
    monkeypatch.setattr("pinxit.training.export.TOLERANCE", 1e-4)
    assert export(folder, tmp_path / "full.pinxit") < 1e-4
    monkeypatch.setattr("pinxit.training.export.TOLERANCE", 0)
    with pytest.raises(BadWeights, match="away from the trained one"):
        export(folder, tmp_path / "none.pinxit")
    assert not (tmp_path / "none.pinxit").exists()
