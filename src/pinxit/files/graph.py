"""Refuses ONNX graphs that hold anything but what `pinxit.training.onnx_graph` writes.

ONNX Runtime reads the files that a graph names for its weights, and runs its loops and functions. So every field of a
graph's protobuf messages is compared with `MODEL` before ONNX Runtime gets it.
"""

from collections.abc import Iterator, Mapping

import numpy as np

Schema = Mapping[int, "Schema | frozenset[int] | frozenset[bytes] | None"]
"""The fields that a message may have, by number: messages, one of some values, or anything (None)."""

OPERATORS = frozenset(
    b"Add Cast Concat Conv ConvTranspose Div Expand Flatten Gemm Identity MatMul Max MaxPool Mul Pad ReduceMean Relu "
    b"Reshape Sigmoid Split Sqrt Sub Transpose Unsqueeze".split()
)
_FLOAT, _INT64, _FLOAT16 = 1, 7, 10
_SMALL = frozenset(range(8))  # kernels, strides, pads, axes
_TENSOR: Schema = {1: None, 2: frozenset({_FLOAT, _INT64, _FLOAT16}), 8: None, 9: None}  # dims, type, name, raw data
_ATTRIBUTE: Schema = {1: None, 3: None, 4: None, 8: _SMALL, 20: None}  # name, integer, string, integers, type
_NODE: Schema = {1: None, 2: None, 3: None, 4: OPERATORS, 5: _ATTRIBUTE}  # inputs, outputs, name, operator, attributes
_GRAPH: Schema = {1: _NODE, 2: None, 5: _TENSOR, 11: None, 12: None}  # nodes, name, weights, inputs, outputs
_OPSET: Schema = {1: frozenset({b""}), 2: None}  # domain, version
MODEL: Schema = {1: None, 7: _GRAPH, 8: _OPSET}  # format version, graph, operator sets
"""What `onnx.proto` calls ModelProto; without functions, external data, and subgraphs."""

MOST_NODES = 4096
GROWTH = {b"Pad": 8, b"Expand": 1 << 20}
"""Operators whose second input, integers among the weights, says how large the result is; with the largest of these."""
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5

Message = dict[int, list[int | bytes]]


def check(graph: bytes) -> None:
    """Raise `ValueError` for a graph that is damaged, or holds anything that `MODEL` does not name."""
    if graph[4:8] == b"ORTM":  # by which ONNX Runtime knows its own format, whatever else the bytes may mean
        raise ValueError("a graph in ONNX Runtime's own format")
    nodes: list[Message] = []
    weights: list[Message] = []
    _walk(graph, (0, len(graph)), MODEL, nodes, weights)
    names = [bytes(name) for each in weights for name in each.get(8, [])]
    integers = {each[8][0]: each.get(9, [b""])[0] for each in weights if each.get(2) == [_INT64] and 8 in each}
    if len(nodes) > MOST_NODES or len({*names}) < len(weights):
        raise ValueError("a field of too many nodes, or of two weights with one name")
    for node in nodes:
        for operator in GROWTH.keys() & node.get(4, []):
            _, name, *_ = *node.get(1, []), b"", b""
            sizes = np.frombuffer(bytes(integers.get(name, b"")), "<i8")
            if not (sizes.size and sizes.min() >= 0 and sizes.max() <= GROWTH[operator]):
                raise ValueError(f"a field of sizes that {operator!r} never has")


def _walk(data: bytes, span: tuple[int, int], schema: Schema, nodes: list[Message], weights: list[Message]) -> None:
    """Check a message and those within it; add its nodes and weights, as far as their fields are no messages."""
    message: Message = {}
    collected = nodes if schema is _NODE else weights if schema is _TENSOR else None
    for number, kind, value, stop in _fields(data, *span):
        if number not in schema:
            raise ValueError(f"field {number}")
        allowed = schema[number]
        if isinstance(allowed, Mapping):
            if kind != _BYTES:
                raise ValueError(f"field {number} is no message")
            _walk(data, (value, stop), allowed, nodes, weights)
            continue
        content = data[value : min(stop, value + 1024)] if kind == _BYTES else value  # no copies of large weights
        if allowed is not None and content not in allowed:
            raise ValueError(f"field {number} has another value")
        if collected is not None:
            message.setdefault(number, []).append(content)
    if collected is not None:
        collected.append(message)


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, kind, value and end of each field of a message; the value of bytes is where they begin."""
    while at < end:
        tag, at = (data[at], at + 1) if data[at] < 0x80 else _varint(data, at, end)
        kind = tag & 7
        if kind in (_VARINT, _BYTES):
            value, at = (data[at], at + 1) if at < end and data[at] < 0x80 else _varint(data, at, end)
            if kind == _BYTES:
                value, at = at, at + value
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            value, at = at, at + (8 if kind == _EIGHT_BYTES else 4)
        else:
            raise ValueError(f"wire type {kind}")
        if at > end:
            raise ValueError("cut off")
        yield tag >> 3, kind, value, at


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number in base 128, lowest digits first, and where it ends."""
    value = 0
    for shift, byte in enumerate(data[at : min(end, at + 10)]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    raise ValueError("a number without an end")
