"""Graphs from strangers: none may read a file, loop, or hold anything that our export does not write."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from pinxit.errors import BadWeights
from pinxit.files import graph, network_file
from pinxit.files.network_file import PAINTER
from pinxit.methods.onepass.network import SHIPPED, open_bytes
from pinxit.styles import gallery
from support.networks import write_styles


def small() -> ModelProto:
    """Return a graph as our export writes them."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    weight = numpy_helper.from_array(np.ones(1, np.float32), "weight")
    nodes = [helper.make_node("Add", ["x", "weight"], ["y"]), helper.make_node("ReduceMean", ["y"], ["z"], axes=[0])]
    made = helper.make_graph(nodes, "pinxit", values[:1], values[1:], [weight])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def external(model: ModelProto) -> None:
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../etc/hostname")


def function(model: ModelProto) -> None:
    node = helper.make_node("Loop", ["x"], ["y"])
    model.functions.append(helper.make_function("pinxit", "Add", ["x"], ["y"], [node], model.opset_import))


def subgraph(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", model.graph))


def tensor_attribute(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("value", model.graph.initializer[0]))


def operator(model: ModelProto) -> None:
    model.graph.node[0].op_type = "Loop"


def domain(model: ModelProto) -> None:
    model.graph.node[0].domain = "com.microsoft"


def operator_set(model: ModelProto) -> None:
    model.opset_import.add(domain="com.microsoft", version=1)


def metadata(model: ModelProto) -> None:
    model.metadata_props.add(key="ort_config", value="{}")


def strings(model: ModelProto) -> None:
    model.graph.initializer[0].data_type = TensorProto.STRING


def sparse(model: ModelProto) -> None:
    model.graph.sparse_initializer.add().values.CopyFrom(model.graph.initializer[0])


def many(model: ModelProto) -> None:
    model.graph.node.extend([model.graph.node[0]] * graph.MOST_NODES)


def padding(model: ModelProto) -> None:
    model.graph.node[0].op_type = "Pad"
    model.graph.node[0].input[1] = "sizes"
    model.graph.initializer.append(numpy_helper.from_array(np.array([0, 10**6], np.int64), "sizes"))


def computed_sizes(model: ModelProto) -> None:
    model.graph.node[0].op_type = "Expand"


def strides(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("strides", [1000, 1000]))


def one_name(model: ModelProto) -> None:
    model.graph.initializer.append(model.graph.initializer[0])


HARM = [
    *(external, function, subgraph, tensor_attribute, operator, domain, operator_set, metadata, strings, sparse, many),
    *(padding, computed_sizes, strides, one_name),
]


def test_the_graphs_that_pinxit_wrote_are_accepted(tmp_path: Path) -> None:
    graph.check(small().SerializeToString())
    for path in (SHIPPED, *gallery.SHIPPED.glob("*.pinxit"), write_styles(tmp_path / "x.pinxit", "wave")):
        network_file.load(path.read_bytes(), path.name)


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_everything_else_is_refused(harm: Callable[[ModelProto], None]) -> None:
    model = small()
    harm(model)
    with pytest.raises(ValueError, match=r"field|nodes"):
        graph.check(model.SerializeToString())


def test_a_graph_in_the_format_of_onnx_runtime_is_refused_even_if_it_is_onnx_too() -> None:
    content = helper.make_graph([], "RTM" + "x" * 200, [], []).SerializeToString()
    twofold = b"\x3a\xd0\x01\x12\x4fRTM" + content  # the bytes 4 to 8 are ORTM
    assert twofold[4:8] == b"ORTM"
    with pytest.raises(ValueError, match="own format"):
        graph.check(twofold)


@given(st.binary(max_size=40), st.integers(0, 400))
def test_damage_is_a_value_error_at_most(noise: bytes, at: int) -> None:
    data = small().SerializeToString()
    for damaged in (noise, data[:at], data[:at] + noise + data[at + len(noise) :]):
        try:
            graph.check(damaged)
        except ValueError:
            continue


def test_a_network_does_not_read_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ONNX Runtime up to 1.24 anywhere, with 1.32 below the working directory."""
    monkeypatch.chdir(tmp_path)
    card, graphs = network_file.load(write_styles(tmp_path / "x.pinxit", "wave").read_bytes(), "x.pinxit")
    model = onnx.load_model_from_string(graphs[PAINTER])
    weight = next(each for each in model.graph.initializer if len(each.raw_data) > 64)
    (tmp_path / "secret").write_bytes(weight.raw_data)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="secret")
    data = network_file.dump(card, {PAINTER: model.SerializeToString()})
    with pytest.raises(BadWeights, match="may read other files"):
        open_bytes(data, "x.pinxit")


def test_inputs_and_outputs_are_those_of_the_card(tmp_path: Path) -> None:
    card, graphs = network_file.load(write_styles(tmp_path / "x.pinxit", "wave").read_bytes(), "x.pinxit")
    for change in ({"levels": 2}, {"levels": 4}, {"channels": card["channels"] + 1}):
        data = network_file.dump({**card, **change}, graphs)
        with pytest.raises(BadWeights, match="other inputs and outputs than its card says"):
            open_bytes(data, "x.pinxit")
    with pytest.raises(BadWeights, match=r"x\.pinxit"):
        open_bytes(network_file.dump(card, {PAINTER: small().SerializeToString()}), "x.pinxit")


def test_a_zip_of_a_million_files_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.pinxit"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1000):
            archive.writestr(f"{number}", b"")
    with pytest.raises(BadWeights, match="not a network of pinxit"):
        network_file.load(path.read_bytes(), path.name)
