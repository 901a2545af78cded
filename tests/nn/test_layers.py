"""VGG-19's table of layers, their names in every spelling, and layers named by options."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.errors import BadOption
from pinxit.nn.layers import LAYERS, NAMES, canonical, parse_layers, torchvision_indices


def test_the_table_is_vgg19() -> None:
    assert len(LAYERS) == 16
    assert [layer.channels for layer in LAYERS] == [64] * 2 + [128] * 2 + [256] * 4 + [512] * 8
    assert {layer.name: layer.stride for layer in LAYERS if layer.name.endswith("_1")} == {
        "conv1_1": 1,
        "conv2_1": 2,
        "conv3_1": 4,
        "conv4_1": 8,
        "conv5_1": 16,
    }


def test_torchvision_indices() -> None:
    expected = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    assert list(torchvision_indices().values()) == expected


@pytest.mark.parametrize(
    "name",
    ["conv4_2", "relu4_2", "block4_conv2", "21", "22", "features.21", "features.22", " Conv4_2 ", "BLOCK4_conv2"],
)
def test_every_way_to_write_a_layer(name: str) -> None:
    assert canonical(name) == "conv4_2"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("conv4_5", "unknown layer 'conv4_5': did you mean 'conv4_4'?"),
        ("relu4_5", "did you mean 'relu4_4'?"),
        ("block4_conv5", "did you mean 'block4_conv4'?"),
        ("features.4", "did you mean 'features."),  # a pooling
        ("pool4", "known are conv1_1, conv1_2"),
        ("27", "known are conv1_1"),
        ("", "known are conv1_1"),
    ],
)
def test_an_unknown_layer_suggests_the_nearest(name: str, says: str) -> None:
    with pytest.raises(BadOption) as caught:
        canonical(name)
    assert says in str(caught.value)


@given(st.text(max_size=20))
def test_any_text_is_a_layer_or_refused(text: str) -> None:
    with contextlib.suppress(BadOption):
        assert canonical(text) in NAMES


def test_parse_layers() -> None:
    assert parse_layers("conv1_1=2, conv2_1") == {"conv1_1": 2.0, "conv2_1": 1.0}
    assert list(parse_layers("relu5_1=1e-3,block1_conv1=0")) == ["conv5_1", "conv1_1"]


@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.floats(min_value=1e-300, allow_nan=False, allow_infinity=False), min_size=1
    )
)
def test_layers_written_and_parsed_are_the_same(layers: dict[str, float]) -> None:
    assert parse_layers(",".join(f"{name}={weight!r}" for name, weight in layers.items())) == layers


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no layer name"),
        ("conv1_1,", "no layer name"),
        ("=2", "no layer name in '=2'"),
        ("conv1_1,relu1_1", "conv1_1 is named twice"),
        ("conv1_1=nan", "'nan'; it must be a number of at least 0"),
        ("conv1_1=inf", "'inf'"),
        ("conv1_1=-1", "'-1'"),
        ("conv1_1=", "weight of layer conv1_1 is ''"),
        ("conv1_1=1=2", "'1=2'"),
        ("conv1_1=0,conv2_1=0", "every layer's weight is 0"),
        ("conv1_1;conv2_1", "unknown layer"),
    ],
)
def test_parse_layers_refuses(text: str, says: str) -> None:
    with pytest.raises(BadOption) as caught:
        parse_layers(text)
    assert says in str(caught.value)
