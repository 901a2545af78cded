"""Refuses ONNX graphs that hold anything but what `pinxit.training.onnx_graph` writes.

ONNX Runtime reads the files that a graph names for its weights, and runs its loops and functions. So every field of a
graph's protobuf messages is compared with `MODEL` before ONNX Runtime gets it.
"""

from collections.abc import Iterator, Mapping

Schema = Mapping[int, "Schema | frozenset[int] | frozenset[bytes] | None"]
"""The fields that a message may have, by number: messages, one of some values, or anything (None)."""

OPERATORS = frozenset(
    b"Add Cast Concat Conv ConvTranspose Div Expand Flatten Gemm Identity MatMul Max MaxPool Mul Pad ReduceMean Relu "
    b"Reshape Sigmoid Split Sqrt Sub Transpose Unsqueeze".split()
)
_FLOAT, _INT64, _FLOAT16 = 1, 7, 10
_TENSOR: Schema = {1: None, 2: frozenset({_FLOAT, _INT64, _FLOAT16}), 8: None, 9: None}  # dims, type, name, raw data
_ATTRIBUTE: Schema = {1: None, 3: None, 4: None, 8: None, 20: None}  # name, integer, string, integers, type
_NODE: Schema = {1: None, 2: None, 3: None, 4: OPERATORS, 5: _ATTRIBUTE}  # inputs, outputs, name, operator, attributes
_GRAPH: Schema = {1: _NODE, 2: None, 5: _TENSOR, 11: None, 12: None}  # nodes, name, weights, inputs, outputs
_OPSET: Schema = {1: frozenset({b""}), 2: None}  # domain, version
MODEL: Schema = {1: None, 7: _GRAPH, 8: _OPSET}  # format version, graph, operator sets
"""What `onnx.proto` calls ModelProto; without functions, external data, and subgraphs."""

MOST_NODES = 4096
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def check(graph: bytes) -> None:
    """Raise `ValueError` for a graph that is damaged, or holds anything that `MODEL` does not name."""
    if graph[4:8] == b"ORTM":  # by which ONNX Runtime knows its own format, whatever else the bytes may mean
        raise ValueError("a graph in ONNX Runtime's own format")
    if _nodes(graph, 0, len(graph), MODEL) > MOST_NODES:
        raise ValueError(f"over {MOST_NODES} nodes")


def _nodes(data: bytes, start: int, end: int, schema: Schema) -> int:
    """Check one message; return how many nodes it holds."""
    nodes = int(schema is _NODE)
    for number, kind, value, stop in _fields(data, start, end):
        if number not in schema:
            raise ValueError(f"field {number}")
        allowed = schema[number]
        if isinstance(allowed, Mapping):
            if kind != _BYTES:
                raise ValueError(f"field {number} is no message")
            nodes += _nodes(data, value, stop, allowed)
        elif allowed is not None and (data[value:stop] if kind == _BYTES else value) not in allowed:
            raise ValueError(f"field {number} has another value")
    return nodes


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
