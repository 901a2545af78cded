"""Writes the two halves of the network as ONNX graphs, node by node.

By hand, not by tracing: the graphs are small, and so their inputs, their dynamic sizes and their half-precision weights
are as meant, whatever release of PyTorch is installed. That they compute what `pinxit.nn.networks` does is
checked at every export (`pinxit.training.export.any_style`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pinxit.nn.networks import EPSILON, Layer, Painter, StyleEncoder, opens_block, skips

OPSET = 17
IR_VERSION = 8


class _Graph:
    """A graph in the making. Every method adds a node and returns its output's name.

    ``module``  whose weights it takes; they are stored by their names there, by which `weights` finds them again
    ``half``    store the weights in half precision; ONNX Runtime widens them once, when the file is loaded
    """

    def __init__(self, module: nn.Module, half: bool) -> None:
        self.half = half
        self.names = {id(value): name for name, value in module.named_parameters()}
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        names = [f"{kind.lower()}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value: Any, kind: type = np.float32, name: str = "") -> str:
        name = name or f"constant{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, value: Tensor) -> str:
        number, name = value.detach().cpu().numpy(), self.names[id(value)]
        if not self.half:
            return self.constant(number, name=name)
        widened: str = self.add("Cast", self.constant(number, np.float16, name), to=TensorProto.FLOAT)
        return widened

    def convolution(self, x: str, convolution: nn.Conv2d) -> str:
        """With the edge replicated."""
        weight, bias = (self.weight(each) for each in convolution.parameters())
        settings: dict[str, Any] = {"kernel_shape": list(convolution.kernel_size), "strides": list(convolution.stride)}
        name: str = self.add("Conv", self._padded(x, (convolution.kernel_size[0] - 1) // 2), weight, bias, **settings)
        return name

    def doubled_convolution(self, x: str, convolution: nn.Conv2d) -> str:
        """The same of ``x`` at double size, each pixel four times, with less than half of the multiply-adds.

        Of the nine pixels under the kernel only 2x2 are different: for each of the four places that a pixel of the
        result can have among four, the sums of the weights that meet the same pixel are a kernel of 2x2. All four are
        convolved at once, with one row and one column too many, and woven together: a transposed convolution that
        moves and does not add, which ONNX Runtime does in less than half of the time of DepthToSpace.
        """
        weight, bias = (self.weight(each) for each in convolution.parameters())
        outputs, inputs = convolution.weight.shape[:2]
        # [place, row of 2, row of 3]: the later place first, so that what is too many lies around the result.
        rows = np.array([[[1, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
        sums = self.constant(np.einsum("asr,btc->rcabst", rows, rows).reshape(9, 16))
        summed = self.add("MatMul", self._shaped(weight, outputs * inputs, 9), sums)
        ordered = self.add("Transpose", self._shaped(summed, outputs, inputs, 4, 4), perm=[0, 2, 1, 3])
        four = self.add("Expand", self._shaped(bias, outputs, 1), self.constant([outputs, 4], np.int64))
        kernel, biases = self._shaped(ordered, 4 * outputs, inputs, 2, 2), self._shaped(four, 4 * outputs)
        places = self.add("Conv", self._padded(x), kernel, biases, kernel_shape=[2, 2])
        return self.woven(places, outputs, 1)

    def woven(self, x: str, outputs: int, cut: int = 0) -> str:
        """(1, 4 * outputs, h, w) -> (1, outputs, 2 h - 2 cut, 2 w - 2 cut): `torch.nn.functional.pixel_shuffle`."""
        weave = self.constant(np.tile(np.eye(4).reshape(4, 1, 2, 2), (outputs, 1, 1, 1)))
        settings: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [cut] * 4, "group": outputs}
        name: str = self.add("ConvTranspose", x, weave, **settings)
        return name

    def _padded(self, x: str, by: int = 1) -> str:
        """More rows and columns on every side, the edge replicated."""
        name: str = self.add("Pad", x, self.constant([0, 0, by, by, 0, 0, by, by], np.int64), mode="edge")
        return name

    def _shaped(self, x: str, *shape: int) -> str:
        name: str = self.add("Reshape", x, self.constant(shape, np.int64))
        return name

    def linear(self, x: str, linear: nn.Linear) -> str:
        name: str = self.add("Gemm", x, self.weight(linear.weight), self.weight(linear.bias), transB=1)
        return name

    def statistics(self, x: str) -> tuple[str, str]:
        """mu(x) and sigma(x), both (1, C, 1, 1)."""
        mean = self.add("ReduceMean", x, axes=[2, 3])
        square = self.add("ReduceMean", self.add("Mul", x, x), axes=[2, 3])
        variance = self.add("Relu", self.add("Sub", square, self.add("Mul", mean, mean)))  # rounding may go below 0
        return mean, self.add("Sqrt", self.add("Add", variance, self.constant(EPSILON)))

    def centered(self, x: str) -> str:
        """[0, 1] -> [-1, 1]."""
        name: str = self.add("Sub", self.add("Mul", x, self.constant(2)), self.constant(1))
        return name

    def model(self, inputs: dict[str, Sequence[Any]], outputs: dict[str, Sequence[Any]], results: Sequence[str]) -> Any:
        """Return the whole as a checked model; ``results`` are named as ``outputs`` are, in order."""
        for name, result in zip(outputs, results, strict=True):
            self.nodes.append(helper.make_node("Identity", [result], [name]))
        taken, given = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in group.items()]
            for group in (inputs, outputs)
        )
        graph = helper.make_graph(self.nodes, "pinxit", taken, given, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model


def weights(graph: bytes, module: nn.Module) -> dict[str, Tensor]:
    """Return the weights of a graph, float32, by their names in ``module``, which it was made of.

    Raises `KeyError` where one is missing.
    """
    stored = {each.name: each for each in onnx.load_model_from_string(graph).graph.initializer}
    return {
        name: torch.from_numpy(numpy_helper.to_array(stored[name]).astype(np.float32))
        for name, _ in module.named_parameters()
    }


def encoder_model(encoder: StyleEncoder, half: bool = True) -> Any:
    """Return the graph ``style (1, 3, h, w) -> code (1, code)``."""
    graph = _Graph(encoder, half)
    x = graph.add("Sub", "style", graph.constant(encoder.eye.mean.numpy()))
    found: list[str] = []
    for name, convolution in encoder.eye.convolutions.items():
        x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]) if opens_block(name) else x
        weight, bias = (graph.weight(each) for each in convolution.parameters())
        x = graph.add("Relu", graph.add("Conv", x, weight, bias, kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
        found += graph.statistics(x) if name.endswith("_1") else []
    code = graph.linear(graph.add("Flatten", graph.add("Concat", *found, axis=1)), encoder.head)
    return graph.model({"style": [1, 3, "h", "w"]}, {"code": [1, encoder.head.out_features]}, [code])


def painter_model(painter: Painter, half: bool = True) -> Any:
    """Return the graph of the painter.

    Inputs::

        content       (1, 3, H, W), both sides multiples of the coarsest stride
        codes         (N, code): N styles
        masks1 ...    one for each level: (1, N, H / 2**level, W / 2**level), or (1, N, 1, 1)
        given, own    (2, channels) and (1,): normalizes by given + own x the picture's own statistics

    Outputs: ``painted`` (1, 3, H, W) in [0, 1], and ``statistics`` (2, channels), the picture's own.
    """
    graph = _Graph(painter, half)
    steering = _Steering(graph, painter)
    x = entry = graph.centered("content")
    passed: dict[int, str] = {}
    for layer in painter.layers:
        if layer.opens:
            entry = x
        convolve = graph.doubled_convolution if layer.step == "up" else graph.convolution
        x = steering.normalize(convolve(x, painter.convolutions[layer.name]), layer)  # type: ignore[arg-type]
        x = graph.add("Add", entry, x) if layer.linear else graph.add("Relu", x)
        if layer.level in skips(painter.shape):
            if layer.step == "down":
                passed[layer.level] = x
            x = graph.add("Add", x, passed[layer.level]) if layer.step == "up" else x
    painted = graph.woven(graph.add("Sigmoid", graph.convolution(x, painter.out)), 3)
    inputs: dict[str, Sequence[Any]] = {"content": [1, 3, "H", "W"], "codes": ["N", painter.shape.code]}
    inputs |= {f"masks{level}": [1, "N", f"H{level}", f"W{level}"] for level in range(1, len(painter.shape.widths) + 1)}
    inputs |= {"given": [2, painter.channels], "own": [1]}
    outputs: dict[str, Sequence[Any]] = {"painted": [1, 3, "H", "W"], "statistics": [2, painter.channels]}
    return graph.model(inputs, outputs, [painted, steering.statistics()])


class _Steering:
    """The same as `pinxit.nn.networks._Steering`, in nodes."""

    def __init__(self, graph: _Graph, painter: Painter) -> None:
        self.graph = graph
        widths = [layer.outputs for layer in painter.layers]
        modulation = graph.add("Transpose", graph.linear("codes", painter.modulation), perm=[1, 0])
        kernels = graph.add("Unsqueeze", modulation, graph.constant([2, 3], np.int64))  # (2 * channels, N, 1, 1)
        pieces = graph.add("Split", kernels, graph.constant(widths * 2, np.int64), outputs=2 * len(widths), axis=0)
        self.scales, self.shifts = iter(pieces[: len(widths)]), iter(pieces[len(widths) :])
        given = graph.add("Reshape", "given", graph.constant([2, -1, 1, 1], np.int64))
        self.given = iter(graph.add("Split", given, graph.constant(widths, np.int64), outputs=len(widths), axis=1))
        self.found: list[tuple[str, str]] = []

    def normalize(self, x: str, layer: Layer) -> str:
        graph = self.graph
        own = graph.statistics(x)
        self.found.append(own)
        given = graph.add("Split", next(self.given), outputs=2, axis=0)
        mean, std = (graph.add("Add", b, graph.add("Mul", "own", a)) for a, b in zip(own, given, strict=True))
        std = graph.add("Max", std, graph.constant(EPSILON**0.5))
        gain = graph.add("Div", self._mixed(next(self.scales), layer), std)
        offset = graph.add("Sub", self._mixed(next(self.shifts), layer), graph.add("Mul", mean, gain))
        name: str = graph.add("Add", graph.add("Mul", x, gain), offset)
        return name

    def _mixed(self, kernel: str, layer: Layer) -> str:
        """(C, N, 1, 1), masks (1, N, h, w) -> (1, C, h, w)."""
        name: str = self.graph.add("Conv", f"masks{layer.level}", kernel, kernel_shape=[1, 1])
        return name

    def statistics(self) -> str:
        rows = [self.graph.add("Concat", *each, axis=1) for each in zip(*self.found, strict=True)]
        both = self.graph.add("Concat", *rows, axis=0)  # (2, channels, 1, 1)
        name: str = self.graph.add("Reshape", both, self.graph.constant([2, -1], np.int64))
        return name
