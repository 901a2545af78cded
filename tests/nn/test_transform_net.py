"""The transform network: sizes, statistics, masks, and the pixels of one feature."""

from __future__ import annotations

from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from pinxit.nn.shape import Shape
from pinxit.nn.transform_net import AnyStyleNet, layers
from support.networks import SMALL, trained_network


def picture(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


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
        alone, _ = network.transform_net(contents[content : content + 1], codes)
        torch.testing.assert_close(painted[place], alone[0], atol=1e-4, rtol=1e-4)


def test_the_shipped_shape_keeps_its_promises() -> None:
    shape = Shape()
    assert shape.code * 2 <= 2048, "bytes of a code in half precision"
    assert 2e6 < sum(value.numel() for value in AnyStyleNet(shape).parameters()) < 4e6
    adds = 9 * shape.widths[0] * 3 * 512 * 324  # the last convolution: 12 outputs at half of both sides
    for layer in layers(shape):
        kernel = layer.kernel**2 if layer.step != "up" else 4  # what is different under it: see `onnx_graph`
        adds += kernel * layer.inputs * layer.outputs * (512 >> layer.level) * (324 >> layer.level)
    assert adds < 2.5e9


@given(st.integers(1, 5000))
def test_sides_are_shortened_to_whole_strides(side: int) -> None:
    rounded = SMALL.round_down(side)
    assert rounded % 8 == 0
    assert rounded == 8 if side < 8 else 0 <= side - rounded < 8


def test_layers_fit_into_one_another() -> None:
    chain = layers(SMALL)
    for before, after in pairwise(chain):
        assert before.outputs == after.inputs
        assert after.level - before.level == {"same": 0, "down": 1, "up": -1}[after.step]
    assert chain[0].level == chain[-1].level == 1


def test_a_picture_by_its_own_statistics_is_the_same_as_by_given_ones() -> None:
    network = trained_network()
    content, code = picture(1, 3, 32, 48), network.encoder(picture(1, 3, 40, 24, seed=1))[:, None]
    painted, own = network.transform_net(content, code)
    again, _ = network.transform_net(content, code, statistics=own)
    torch.testing.assert_close(painted, again)
    other, _ = network.transform_net(content, code, statistics=2 * own)
    assert not torch.allclose(painted, other)
    halves, _ = network.transform_net(content, code, statistics=own / 2, own_share=0.5)
    torch.testing.assert_close(painted, halves, rtol=1e-3, atol=1e-3)


def test_two_equal_styles_in_two_regions_are_one_style() -> None:
    network = trained_network()
    content, code = picture(1, 3, 32, 32), network.encoder(picture(1, 3, 32, 32, seed=1))
    left = [picture(1, 1, 32 >> level, 32 >> level, seed=level) for level in (1, 2, 3)]
    masks = [torch.cat([each, 1 - each], 1) for each in left]
    whole, _ = network.transform_net(content, code[:, None])
    parts, _ = network.transform_net(content, code[:, None].expand(-1, 2, -1), masks)
    torch.testing.assert_close(whole, parts, rtol=1e-4, atol=1e-4)


def test_every_weight_of_the_transform_net_is_trained() -> None:
    network = trained_network()
    chosen = torch.tensor([[0, 0], [1, 1]])
    network(picture(2, 3, 32, 32), picture(2, 3, 32, 32, seed=1), chosen).square().sum().backward()
    assert all(value.grad is None for value in network.encoder.parameters()), "the encoder is made, not taught"
    # A bias before a normalization does nothing; all else must.
    weights = network.transform_net.named_parameters()
    idle = [name for name, value in weights if value.grad is None or not value.grad.abs().sum()]
    assert not [name for name in idle if not name.startswith("convolutions") or not name.endswith("bias")]


def test_even_features_get_no_checkerboard() -> None:
    network = trained_network().transform_net
    even = torch.rand(1, SMALL.widths[0], 1, 1).expand(-1, -1, 4, 5)
    colors = nn.functional.pixel_shuffle(network.out(even), 2)
    assert (colors - colors[..., :1, :1]).abs().max() > 0.01
    before = network.out.weight.detach().clone()
    network.equalize_subpixels()
    colors = nn.functional.pixel_shuffle(network.out(even), 2)
    torch.testing.assert_close(colors, colors[..., :1, :1].expand_as(colors))
    changed = network.out.weight - before
    torch.testing.assert_close(changed, changed[..., :1, :1].expand_as(changed))  # the kernels' shapes stay
    again = network.out.weight.detach().clone()
    network.equalize_subpixels()
    torch.testing.assert_close(network.out.weight, again)
