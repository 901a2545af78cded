"""Writes the style encoder and the transform network as ONNX graphs, node by node.

By hand rather than by tracing, so that inputs, dynamic sizes and half-precision weights do not depend on the installed
release of PyTorch. Every export checks that the graphs compute what `pinxit.nn` does
(`pinxit.training.export`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import torch
from numpy.typing import ArrayLike
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pinxit.nn.normalization import EPSILON
from pinxit.nn.style_encoder import StyleEncoder, opens_block
from pinxit.nn.transform_net import Layer, TransformNet, skips

OPSET = 17
IR_VERSION = 8

Attribute = int | str | Sequence[int]
Shape = Sequence[int | str]


class _Graph:
    """A graph under construction. Every method adds nodes and returns the name of their output.

    ``module``  has the weights, which are stored by their names there; `read_weights` finds them again
    ``half``    store the weights in half precision; ONNX Runtime widens them once, when the file is loaded
    """

    def __init__(self, module: nn.Module, half: bool) -> None:
        self.half = half
        self.names = {id(value): name for name, value in module.named_parameters()}
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: Attribute) -> str:
        return self.add_several(kind, *inputs, outputs=1, **attributes)[0]

    def add_several(self, kind: str, *inputs: str, outputs: int, **attributes: Attribute) -> list[str]:
        names = [f"{kind.lower()}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))  # type: ignore[arg-type]
        return names

    def constant(self, value: ArrayLike, kind: type = np.float32, name: str = "") -> str:
        name = name or f"constant{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, value: Tensor) -> str:
        number, name = value.detach().cpu().numpy(), self.names[id(value)]
        if not self.half:
            return self.constant(number, name=name)
        return self.add("Cast", self.constant(number, np.float16, name), to=int(TensorProto.FLOAT))

    def convolution(self, x: str, convolution: nn.Conv2d) -> str:
        """With replicated edges."""
        weight, bias = (self.weight(each) for each in convolution.parameters())
        padded = self._padded(x, (convolution.kernel_size[0] - 1) // 2)
        kernel, strides = list(convolution.kernel_size), list(convolution.stride)
        return self.add("Conv", padded, weight, bias, kernel_shape=kernel, strides=strides)

    def doubled_convolution(self, x: str, convolution: nn.Conv2d) -> str:
        """The same of ``x`` at double size, each pixel four times, with less than half of the multiply-adds.

        Of the nine pixels under the kernel only 2x2 differ: for each of the four positions that a pixel of the result
        can have among four, the sums of the weights that meet the same pixel are a kernel of 2x2. All four are
        convolved at once, with one row and one column too many, and interleaved by a transposed convolution that moves
        and does not add: ONNX Runtime computes it in less than half the time of DepthToSpace.
        """
        weight, bias = (self.weight(each) for each in convolution.parameters())
        outputs, inputs = convolution.weight.shape[:2]
        # [position, row of 2, row of 3]: the later position first, so that what is too many lies around the result.
        rows = np.array([[[1, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
        sums = self.constant(np.einsum("asr,btc->rcabst", rows, rows).reshape(9, 16))
        summed = self.add("MatMul", self._reshaped(weight, outputs * inputs, 9), sums)
        ordered = self.add("Transpose", self._reshaped(summed, outputs, inputs, 4, 4), perm=[0, 2, 1, 3])
        four = self.add("Expand", self._reshaped(bias, outputs, 1), self.constant([outputs, 4], np.int64))
        kernel, biases = self._reshaped(ordered, 4 * outputs, inputs, 2, 2), self._reshaped(four, 4 * outputs)
        positions = self.add("Conv", self._padded(x), kernel, biases, kernel_shape=[2, 2])
        return self.pixel_shuffle(positions, outputs, 1)

    def pixel_shuffle(self, x: str, outputs: int, cut: int = 0) -> str:
        """(1, 4 * outputs, h, w) -> (1, outputs, 2 h - 2 cut, 2 w - 2 cut): `torch.nn.functional.pixel_shuffle`."""
        kernel = self.constant(np.tile(np.eye(4).reshape(4, 1, 2, 2), (outputs, 1, 1, 1)))
        return self.add("ConvTranspose", x, kernel, kernel_shape=[2, 2], strides=[2, 2], pads=[cut] * 4, group=outputs)

    def _padded(self, x: str, by: int = 1) -> str:
        """Replicates the edge on every side."""
        return self.add("Pad", x, self.constant([0, 0, by, by, 0, 0, by, by], np.int64), mode="edge")

    def _reshaped(self, x: str, *shape: int) -> str:
        return self.add("Reshape", x, self.constant(shape, np.int64))

    def linear(self, x: str, linear: nn.Linear) -> str:
        return self.add("Gemm", x, self.weight(linear.weight), self.weight(linear.bias), transB=1)

    def statistics(self, x: str) -> tuple[str, str]:
        """mu(x) and sigma(x), both (1, C, 1, 1)."""
        mean = self.add("ReduceMean", x, axes=[2, 3])
        square = self.add("ReduceMean", self.add("Mul", x, x), axes=[2, 3])
        variance = self.add("Relu", self.add("Sub", square, self.add("Mul", mean, mean)))  # rounding may go below 0
        return mean, self.add("Sqrt", self.add("Add", variance, self.constant(EPSILON)))

    def model(self, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape], results: Sequence[str]) -> bytes:
        """Return the complete, checked model; ``results`` are named as ``outputs`` are, in order."""
        for name, result in zip(outputs, results, strict=True):
            self.nodes.append(helper.make_node("Identity", [result], [name]))
        ins, outs = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in group.items()]
            for group in (inputs, outputs)
        )
        graph = helper.make_graph(self.nodes, "pinxit", ins, outs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        serialized: bytes = model.SerializeToString()
        return serialized


def read_weights(graph: bytes) -> dict[str, Tensor]:
    """Return the weights of a graph, float32, by their names in the module that it was made from."""
    stored = onnx.load_model_from_string(graph).graph.initializer
    return {
        each.name: torch.from_numpy(numpy_helper.to_array(each).astype(np.float32))
        for each in stored
        if "." in each.name  # other constants have no module
    }


def encoder_model(encoder: StyleEncoder, half: bool) -> bytes:
    """Return the graph ``style (1, 3, h, w) -> code (1, code)``."""
    graph = _Graph(encoder, half)
    x = graph.add("Sub", "style", graph.constant(encoder.vgg.mean.numpy()))
    statistics: list[str] = []
    for name, convolution in encoder.vgg.layers():
        x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]) if opens_block(name) else x
        weight, bias = (graph.weight(each) for each in convolution.parameters())
        x = graph.add("Relu", graph.add("Conv", x, weight, bias, kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
        statistics += graph.statistics(x) if name.endswith("_1") else []
    code = graph.linear(graph.add("Flatten", graph.add("Concat", *statistics, axis=1)), encoder.head)
    return graph.model({"style": [1, 3, "h", "w"]}, {"code": [1, encoder.head.out_features]}, [code])


def transform_net_model(network: TransformNet, half: bool) -> bytes:
    """Return the graph of a transform network.

    Inputs::

        content       (1, 3, H, W), both sides multiples of the coarsest stride
        codes         (N, code): N styles
        masks1 ...    one for each level: (1, N, H / 2**level, W / 2**level), or (1, N, 1, 1)
        given, own    (2, channels) and (1,): normalizes by given + own x the picture's own statistics

    Outputs: ``painted`` (1, 3, H, W) in [0, 1], and ``statistics`` (2, channels), the picture's own.
    """
    graph = _Graph(network, half)
    norm = _ConditionalNorm(graph, network)
    x = block_input = graph.add("Sub", graph.add("Mul", "content", graph.constant(2)), graph.constant(1))
    skipped: dict[int, str] = {}
    for layer in network.layers:
        if layer.opens:
            block_input = x
        convolve = graph.doubled_convolution if layer.step == "up" else graph.convolution
        x = norm.normalize(convolve(x, network.convolutions[layer.name]), layer)  # type: ignore[arg-type]
        x = graph.add("Add", block_input, x) if layer.linear else graph.add("Relu", x)
        if layer.level in skips(network.shape):
            if layer.step == "down":
                skipped[layer.level] = x
            x = graph.add("Add", x, skipped[layer.level]) if layer.step == "up" else x
    painted = graph.pixel_shuffle(graph.add("Sigmoid", graph.convolution(x, network.out)), 3)
    inputs: dict[str, Shape] = {"content": [1, 3, "H", "W"], "codes": ["N", network.shape.code]}
    inputs |= {f"masks{level}": [1, "N", f"H{level}", f"W{level}"] for level in range(1, len(network.shape.widths) + 1)}
    inputs |= {"given": [2, network.channels], "own": [1]}
    outputs: dict[str, Shape] = {"painted": [1, 3, "H", "W"], "statistics": [2, network.channels]}
    return graph.model(inputs, outputs, [painted, norm.statistics()])


class _ConditionalNorm:
    """`pinxit.nn.normalization.ConditionalNorm` in nodes."""

    def __init__(self, graph: _Graph, network: TransformNet) -> None:
        self.graph = graph
        widths = [layer.outputs for layer in network.layers]
        modulation = graph.add("Transpose", graph.linear("codes", network.modulation), perm=[1, 0])
        kernels = graph.add("Unsqueeze", modulation, graph.constant([2, 3], np.int64))  # (2 * channels, N, 1, 1)
        count = len(widths)
        pieces = graph.add_several("Split", kernels, graph.constant(widths * 2, np.int64), outputs=2 * count, axis=0)
        self.scales, self.shifts = iter(pieces[:count]), iter(pieces[count:])
        shared = graph.add("Reshape", "given", graph.constant([2, -1, 1, 1], np.int64))
        self.shared = iter(graph.add_several("Split", shared, graph.constant(widths, np.int64), outputs=count, axis=1))
        self.own_statistics: list[tuple[str, str]] = []

    def normalize(self, x: str, layer: Layer) -> str:
        graph = self.graph
        own_statistics = graph.statistics(x)
        self.own_statistics.append(own_statistics)
        pairs = zip(own_statistics, graph.add_several("Split", next(self.shared), outputs=2, axis=0), strict=True)
        mean, std = (graph.add("Add", shared, graph.add("Mul", "own", picture)) for picture, shared in pairs)
        std = graph.add("Max", std, graph.constant(EPSILON**0.5))
        masks = f"masks{layer.level}"  # (1, N, h, w), with kernels (C, N, 1, 1): -> (1, C, h, w)
        gain = graph.add("Div", graph.add("Conv", masks, next(self.scales), kernel_shape=[1, 1]), std)
        shift = graph.add("Conv", masks, next(self.shifts), kernel_shape=[1, 1])
        offset = graph.add("Sub", shift, graph.add("Mul", mean, gain))
        return graph.add("Add", graph.add("Mul", x, gain), offset)

    def statistics(self) -> str:
        rows = [self.graph.add("Concat", *each, axis=1) for each in zip(*self.own_statistics, strict=True)]
        both = self.graph.add("Concat", *rows, axis=0)  # (2, channels, 1, 1)
        return self.graph.add("Reshape", both, self.graph.constant([2, -1], np.int64))
