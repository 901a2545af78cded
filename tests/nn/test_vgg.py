"""The network itself, on small random weights."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit.errors import BadImage, BadOption
from pinxit.nn.convolution import direct
from pinxit.nn.layers import LAYERS, NAMES
from pinxit.nn.vgg import POOLINGS, VGG19, Preprocessing, Weights

BGR = Preprocessing(bgr=True, scale=255.0, mean=(103.0, 116.0, 123.0), std=(1.0, 1.0, 1.0))
RGB = Preprocessing(bgr=False, scale=1.0, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))


def small(preprocessing: Preprocessing = RGB, channels: int = 4) -> Weights:
    """Weights of the right architecture with few channels."""
    generator = torch.Generator().manual_seed(0)
    convolutions = {}
    inputs = 3
    for name in NAMES:
        weight = torch.randn(channels, inputs, 3, 3, generator=generator) / math.sqrt(4.5 * inputs)
        convolutions[name] = weight, torch.randn(channels, generator=generator) / 10
        inputs = channels
    return Weights(convolutions, preprocessing, "test", "0" * 64)


def reference(weights: Weights, x: Tensor) -> dict[str, Tensor]:
    """The network once more, as plainly as can be: x is already preprocessed."""
    features = {}
    for name, (weight, bias) in weights.convolutions.items():
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        features[name] = x = F.relu(F.conv2d(x, weight, bias, padding=1))
    return features


def picture(height: int = 37, width: int = 50, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


def test_the_network_in_bgr() -> None:
    weights, x = small(BGR), picture()
    preprocessed = x.flip(1) * 255 - torch.tensor(BGR.mean).view(1, 3, 1, 1)
    expected = reference(weights, preprocessed)
    features = VGG19(weights, NAMES)(x)
    assert list(features) == list(NAMES)
    for name in NAMES:
        torch.testing.assert_close(features[name], expected[name], rtol=1e-4, atol=1e-3)


def test_the_network_in_rgb() -> None:
    weights, x = small(RGB), picture()
    preprocessed = (x - torch.tensor(RGB.mean).view(1, 3, 1, 1)) / torch.tensor(RGB.std).view(1, 3, 1, 1)
    expected = reference(weights, preprocessed)
    features = VGG19(weights, ["conv5_4", "relu1_1"])(x)
    assert list(features) == ["conv1_1", "conv5_4"]
    for name in features:
        torch.testing.assert_close(features[name], expected[name], rtol=1e-4, atol=1e-5)


def test_features_are_after_the_relu_and_at_their_stride() -> None:
    features = VGG19(small(), NAMES)(picture(37, 50, batch=2))
    for layer in LAYERS:
        feature = features[layer.name]
        assert feature.shape == (2, 4, 37 // layer.stride, 50 // layer.stride)
        assert feature.min() == 0


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 1000))
def test_max_pooling_and_its_gradient_are_pytorchs(height: int, width: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    ours = torch.randint(0, 3, (2, 3, height, width), generator=generator).float().requires_grad_()  # many ties
    theirs = ours.detach().clone().requires_grad_()
    pooled, expected = POOLINGS["max"](ours), F.max_pool2d(theirs, 2)
    assert torch.equal(pooled, expected)
    gradient = torch.randn(pooled.shape, generator=generator)
    pooled.backward(gradient)  # type: ignore[no-untyped-call]
    expected.backward(gradient)  # type: ignore[no-untyped-call]
    assert ours.grad is not None
    assert theirs.grad is not None
    assert torch.equal(ours.grad, theirs.grad)


def test_average_pooling() -> None:
    weights, x = small(), picture()
    first = VGG19(weights, ["conv1_2"])(x)["conv1_2"]
    expected = direct(F.avg_pool2d(first, 2), *weights.convolutions["conv2_1"])
    torch.testing.assert_close(VGG19(weights, ["conv2_1"], pooling="average")(x)["conv2_1"], expected)


def test_only_as_deep_as_asked() -> None:
    calls = []

    def counted(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        calls.append(x.shape)
        return direct(x, weight, bias)

    shallow = Weights(dict(list(small().convolutions.items())[:3]), RGB, "test", "")
    network = VGG19(shallow, ["conv2_1", "conv1_1"], convolution=counted)
    network(picture(16, 20))
    assert calls == [(1, 3, 16, 20), (1, 4, 16, 20), (1, 4, 8, 10)]
    assert len(list(network.buffers())) == 2 * 3 + 2


def test_the_weights_are_frozen_and_the_picture_is_not() -> None:
    network, x = VGG19(small(), ["conv3_1"]), picture().requires_grad_()
    assert list(network.parameters()) == []
    network(x)["conv3_1"].sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    assert not any(buffer.requires_grad for buffer in network.buffers())


def test_double_precision_gradient_matches_finite_differences() -> None:
    network = VGG19(small(), ["conv2_1"]).double()
    x = picture(6, 7).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: network(x)["conv2_1"], x, eps=1e-7, atol=1e-4)


def test_replicate_padding_leaves_no_frame() -> None:
    weights, flat = small(BGR), torch.full((1, 3, 9, 11), 0.9)
    framed = VGG19(weights, ["conv1_1"])(flat)["conv1_1"]
    plain = VGG19(weights, ["conv1_1"], padding="replicate")(flat)["conv1_1"]
    assert plain.shape == framed.shape
    torch.testing.assert_close(plain, plain[:, :, 4:5, 4:5].expand_as(plain))
    torch.testing.assert_close(plain[:, :, 1:-1, 1:-1], framed[:, :, 1:-1, 1:-1])
    assert (framed[:, :, 0] - framed[:, :, 4]).abs().max() > 1


def test_a_picture_too_small_for_the_deepest_layer() -> None:
    with pytest.raises(BadImage, match=r"a picture of 40x15 px is too small for layer conv5_1, .* at least 16 px"):
        VGG19(small(), ["conv5_1"])(picture(15, 40))
    assert VGG19(small(), ["conv5_1"])(picture(16, 16))["conv5_1"].shape == (1, 4, 1, 1)
    assert VGG19(small(), ["conv1_1"])(picture(1, 1))["conv1_1"].shape == (1, 4, 1, 1)


@pytest.mark.parametrize(
    ("layers", "pooling", "padding", "says"),
    [
        (["conv6_1"], "max", "zeros", "unknown layer 'conv6_1'"),
        ([], "max", "zeros", "no layer"),
        (["conv1_1"], "avg", "zeros", "pooling cannot be 'avg'"),
        (["conv1_1"], "max", "zero", "did you mean 'zeros'"),
    ],
)
def test_bad_options(layers: list[str], pooling: str, padding: str, says: str) -> None:
    with pytest.raises(BadOption, match=says):
        VGG19(small(), layers, pooling=pooling, padding=padding)
