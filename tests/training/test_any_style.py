"""The network that is taught: AdaIN by its formula, sizes, statistics, and the same in ONNX Runtime."""

from __future__ import annotations

import dataclasses
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from pinxit import images
from pinxit.errors import BadWeights, NotFound
from pinxit.methods.onepass import network as onepass
from pinxit.nn.layers import LAYERS, NAMES
from pinxit.nn.networks import Network, Shape, ThinVGG, adain, layers, statistics, thin_layers
from pinxit.training import checkpoint, data
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.export.any_style import compare, export, pack, read
from support.networks import SMALL, trained_network


def picture(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 4), st.integers(2, 9), st.integers(2, 9))
def test_adain_gives_x_the_mean_and_deviation_of_y(
    seed: int, batch: int, channels: int, height: int, width: int
) -> None:
    x, y = picture(batch, channels, height, width, seed=seed), picture(batch, channels, 7, 5, seed=seed + 1)
    mean_x, std_x = x.mean((2, 3), keepdim=True), (x.var((2, 3), keepdim=True, correction=0) + 1e-5).sqrt()
    mean_y, std_y = statistics(y)
    painted = adain(x, std_y, mean_y, *statistics(x))
    torch.testing.assert_close(painted, std_y * (x - mean_x) / std_x + mean_y, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(painted.mean((2, 3), keepdim=True), mean_y, rtol=1e-4, atol=1e-4)


def test_a_flat_picture_divides_by_no_zero() -> None:
    network = trained_network()
    flat = torch.ones(1, 3, 16, 16)
    assert network(torch.zeros(1, 3, 32, 32), flat, torch.tensor([[0, 0]])).isfinite().all()
    assert network.encoder(flat).isfinite().all()


def test_pairs_are_painted_as_if_alone() -> None:
    network = trained_network()
    contents, styles = picture(2, 3, 32, 32), picture(3, 3, 32, 32, seed=1)
    painted = network(contents, styles, torch.tensor([[1, 2], [0, 0]]))
    for place, (content, style) in enumerate(((1, 2), (0, 0))):
        codes = network.encoder(styles[style : style + 1])[:, None]
        alone, _ = network.painter(contents[content : content + 1], codes)
        torch.testing.assert_close(painted[place], alone[0], atol=1e-4, rtol=1e-4)


def test_a_thin_vgg_has_the_layers_of_a_whole_one() -> None:
    thin = ThinVGG((4, 6, 8, 8, 8))
    names = [name for name, *_ in thin_layers((4, 6, 8, 8, 8))]
    assert names == list(NAMES[: NAMES.index("conv5_1") + 1])
    features = thin(picture(1, 3, 32, 32))
    assert {name: (value.shape[1], 32 // value.shape[2]) for name, value in features.items()} == {
        layer.name: ((4, 6, 8, 8, 8)[int(layer.name[4]) - 1], layer.stride) for layer in LAYERS[: len(names)]
    }


def test_a_code_is_an_affine_map_of_means_and_deviations() -> None:
    encoder, style = trained_network().encoder, picture(2, 3, 32, 40)
    features = [value for name, value in encoder.eye(style).items() if name.endswith("_1")]
    first = torch.stack([features[0].mean((2, 3)), features[0].std((2, 3), correction=0)], 1).flatten(1)
    measures = encoder.measures(style)
    torch.testing.assert_close(measures[:, : first.shape[1]], first, rtol=1e-3, atol=2e-3)
    assert measures.shape[1] == 2 * sum(SMALL.style_widths)
    torch.testing.assert_close(encoder(style), measures @ encoder.head.weight.T + encoder.head.bias)


def test_the_shipped_shape_keeps_its_promises() -> None:
    shape = Shape()
    assert shape.code * 2 <= 2048, "bytes of a code in half precision"
    assert 2e6 < sum(value.numel() for value in Network(shape).parameters()) < 4e6
    adds = 9 * shape.widths[0] * 3 * 512 * 324  # the last convolution: 12 outputs at half of both sides
    for layer in layers(shape):
        kernel = layer.kernel**2 if layer.step != "up" else 4  # what is different under it: see `onnx_graph`
        adds += kernel * layer.inputs * layer.outputs * (512 >> layer.level) * (324 >> layer.level)
    assert adds < 2.5e9


@given(st.integers(1, 5000))
def test_sides_are_shortened_to_whole_strides(side: int) -> None:
    whole = SMALL.whole(side)
    assert whole % 8 == 0
    assert whole == 8 if side < 8 else 0 <= side - whole < 8


def test_layers_fit_into_one_another() -> None:
    found = layers(SMALL)
    for before, after in pairwise(found):
        assert before.outputs == after.inputs
        assert after.level - before.level == {"same": 0, "down": 1, "up": -1}[after.step]
    assert found[0].level == found[-1].level == 1


def test_a_picture_by_its_own_statistics_is_the_same_as_by_given_ones() -> None:
    network = trained_network()
    content, code = picture(1, 3, 32, 48), network.encoder(picture(1, 3, 40, 24, seed=1))[:, None]
    painted, found = network.painter(content, code)
    again, _ = network.painter(content, code, given=found)
    torch.testing.assert_close(painted, again)
    other, _ = network.painter(content, code, given=2 * found)
    assert not torch.allclose(painted, other)
    halves, _ = network.painter(content, code, given=found / 2, own=0.5)
    torch.testing.assert_close(painted, halves, rtol=1e-3, atol=1e-3)


def test_two_equal_styles_in_two_regions_are_one_style() -> None:
    network = trained_network()
    content, code = picture(1, 3, 32, 32), network.encoder(picture(1, 3, 32, 32, seed=1))
    left = [picture(1, 1, 32 >> level, 32 >> level, seed=level) for level in (1, 2, 3)]
    masks = [torch.cat([each, 1 - each], 1) for each in left]
    whole, _ = network.painter(content, code[:, None])
    parts, _ = network.painter(content, code[:, None].expand(-1, 2, -1), masks)
    torch.testing.assert_close(whole, parts, rtol=1e-4, atol=1e-4)


def test_every_weight_of_the_painter_learns() -> None:
    network = trained_network()
    chosen = torch.tensor([[0, 0], [1, 1]])
    network(picture(2, 3, 32, 32), picture(2, 3, 32, 32, seed=1), chosen).square().sum().backward()
    assert all(value.grad is None for value in network.encoder.parameters()), "the encoder is made, not taught"
    # A bias before a normalization does nothing; all else must.
    weights = network.painter.named_parameters()
    idle = [name for name, value in weights if value.grad is None or not value.grad.abs().sum()]
    assert not [name for name in idle if not name.startswith("convolutions") or not name.endswith("bias")]


def test_even_features_get_no_checkerboard() -> None:
    painter = trained_network().painter
    even = torch.rand(1, SMALL.widths[0], 1, 1).expand(-1, -1, 4, 5)
    colors = nn.functional.pixel_shuffle(painter.out(even), 2)
    assert (colors - colors[..., :1, :1]).abs().max() > 0.01
    before = painter.out.weight.detach().clone()
    painter.level()
    colors = nn.functional.pixel_shuffle(painter.out(even), 2)
    torch.testing.assert_close(colors, colors[..., :1, :1].expand_as(colors))
    changed = painter.out.weight - before
    torch.testing.assert_close(changed, changed[..., :1, :1].expand_as(changed))  # the kernels' shapes stay
    again = painter.out.weight.detach().clone()
    painter.level()
    torch.testing.assert_close(painter.out.weight, again)


def test_onnx_paints_what_pytorch_paints() -> None:
    network = trained_network()
    found = onepass.open_bytes(pack(network, steps=7), "x.pinxit")
    assert compare(network, found, side=64) < 1 / 255
    assert (found.levels, found.stride, found.channels) == (3, 8, network.painter.channels)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (24, 56)])
def test_onnx_takes_masks_given_statistics_and_any_size(height: int, width: int) -> None:
    network = trained_network()
    found = onepass.open_bytes(pack(network, steps=7), "x.pinxit")
    content, codes = picture(1, 3, height, width), picture(1, 2, SMALL.code)
    first = [picture(1, 1, height >> level, width >> level, seed=level) for level in (1, 2, 3)]
    masks = [torch.cat([each, 1 - each], 1) for each in first]
    shared = picture(1, 2, network.painter.channels) + 0.5
    with torch.no_grad():
        expected, own = network.painter(content, codes, masks, shared)
    painted, statistics_ = found.paint(
        content.numpy(), codes[0].numpy(), [mask.numpy() for mask in masks], shared[0].numpy()
    )
    assert np.abs(painted - expected.numpy()).max() < 1 / 255
    np.testing.assert_allclose(statistics_, own[0].numpy(), rtol=0.02, atol=0.02)
    with torch.no_grad():
        expected, _ = network.painter(content, codes, masks, shared, 0.5)
    painted, _ = found.paint(
        content.numpy(), codes[0].numpy(), [mask.numpy() for mask in masks], shared[0].numpy(), own=0.5
    )
    assert np.abs(painted - expected.numpy()).max() < 1 / 255


def saved(folder: Path, network: Network) -> Path:
    tensors = dict(network.state_dict())
    parts = dict.fromkeys(checkpoint.KINDS, tensors)
    checkpoint.save(Checkpoint(step=3, seconds=1.5, shape=network.shape, **parts), folder)
    return folder


def test_a_checkpoint_comes_back_and_replaces_the_one_before(tmp_path: Path) -> None:
    network = trained_network()
    assert checkpoint.load(tmp_path) is None
    saved(tmp_path, network)
    found = checkpoint.load(tmp_path)
    assert found is not None
    checkpoint.save(dataclasses.replace(found, step=4), tmp_path)
    again = checkpoint.load(tmp_path)
    assert again is not None
    assert (again.step, again.seconds, again.shape) == (4, 1.5, SMALL)
    assert all(torch.equal(value, again.velocity[name]) for name, value in network.state_dict().items())
    assert len(list(tmp_path.iterdir())) == 6


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    saved(tmp_path, trained_network())
    file = tmp_path / "average-00000003.safetensors"
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)
    with pytest.raises(BadWeights, match=r"average-00000003.safetensors is damaged"):
        checkpoint.load(tmp_path)
    file.unlink()
    with pytest.raises(BadWeights, match="is not there"):
        checkpoint.load_average(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 9}', "null"])
def test_a_damaged_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / checkpoint.RECORD).write_text(text)
    with pytest.raises(BadWeights, match=r"checkpoint.json is"):
        checkpoint.load(tmp_path)


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


def test_what_is_exported_is_level(tmp_path: Path) -> None:
    export(saved(tmp_path, trained_network()), tmp_path / "a.pinxit")
    sums = read(tmp_path / "a.pinxit").painter.out.weight.view(3, 4, -1, 3, 3).sum((3, 4))
    torch.testing.assert_close(sums, sums.mean(1, keepdim=True).expand_as(sums), rtol=0, atol=1e-2)


def test_an_exported_network_comes_back_to_be_trained_further(tmp_path: Path) -> None:
    network = trained_network()
    path = tmp_path / "a.pinxit"
    path.write_bytes(pack(network, steps=3, half=False))
    again = read(path)
    assert again.shape == network.shape
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
    path.write_bytes(pack(network, steps=3))
    for name, value in read(path).state_dict().items():
        torch.testing.assert_close(value, network.state_dict()[name], rtol=1e-3, atol=1e-4)
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "b.pinxit", "w") as other:
        for name in archive.namelist():
            other.writestr(name, archive.read(name).replace(b'"code"', b'"kode"'))
    with pytest.raises(BadWeights, match="as this version"):
        read(tmp_path / "b.pinxit")


def test_weights_that_do_not_bear_half_precision_are_stored_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = saved(tmp_path, trained_network())
    monkeypatch.setattr("pinxit.training.export.any_style.TOLERANCE", 1e-4)
    assert export(folder, tmp_path / "full.pinxit") < 1e-4
    monkeypatch.setattr("pinxit.training.export.any_style.TOLERANCE", 0)
    with pytest.raises(BadWeights, match="away from the trained one"):
        export(folder, tmp_path / "none.pinxit")
    assert not (tmp_path / "none.pinxit").exists()


def test_pictures_that_show_nothing_are_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    flat = np.full((60, 80, 3), 0.4, np.float32)
    images.write(random.random((60, 80, 3), np.float32), tmp_path / "photo.png")
    images.write(flat, tmp_path / "flat.png")
    images.write(np.dstack([random.random((60, 80, 3)), np.zeros((60, 80))]).astype(np.float32), tmp_path / "glass.png")
    flat[20:40, 30:50] = 0.5
    images.write(flat, tmp_path / "square.png")
    found = data.load(tmp_path, 36, torch.device("cpu"))
    assert (len(found), found.skipped) == (2, 2)
