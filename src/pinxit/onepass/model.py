"""The file of a network that paints any style, and its two halves running in ONNX Runtime.

A plain zip, nothing in it compressed: ``card.json``, ``encoder.onnx`` and ``painter.onnx``. The card has the
sha256 of both, so that a damaged file is found before it paints.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit.errors import BadOption, BadWeights, MissingExtra, NotFound
from pinxit.options import Limits

FORMAT = 1
CARD, ENCODER, PAINTER = "card.json", "encoder.onnx", "painter.onnx"
CURE = "export it again, or give another --model"

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""ONNX Runtime's ways to compute, best first."""

Floats = NDArray[np.float32]

_running: set[Any] = set()
"""The `onnxruntime.RunOptions` of all that is computed now."""


def halt() -> None:
    """Break off, within milliseconds, all that networks compute now in other threads; there, ONNX Runtime raises."""
    for settings in list(_running):
        settings.terminate = True


def _run(session: Any, outputs: Sequence[str], inputs: dict[str, Any]) -> list[Floats]:
    """Run a graph so that `halt` can break it off."""
    import onnxruntime

    settings = onnxruntime.RunOptions()
    settings.log_severity_level = 4
    _running.add(settings)
    try:
        results: list[Floats] = session.run(outputs, inputs, settings)
    finally:
        _running.discard(settings)
    return results


class Model:
    """A style encoder and a painter. Safe to share between threads."""

    def __init__(self, encoder: Any, painter: Any, card: dict[str, Any]) -> None:
        self._encoder, self._painter = encoder, painter
        self.levels: int = card["levels"]
        """Strides of the painter: 1, 2, 4, ..."""
        self.channels: int = card["channels"]
        self.fingerprint: str = card["sha256"][ENCODER]
        """sha256 of the style encoder: codes are good for the network that made them."""

    @property
    def stride(self) -> int:
        """What both sides of a content picture must be a multiple of."""
        return 1 << (self.levels - 1)

    def code(self, style: Floats) -> Floats:
        """Return the code (1, code) of a style picture (1, 3, h, w), sRGB, in [0, 1]."""
        return _run(self._encoder, ["code"], {"style": style})[0]

    def paint(
        self, content: Floats, codes: Floats, masks: Sequence[Floats], given: Floats | None = None, own: float = 0.0
    ) -> tuple[Floats, Floats]:
        """Return the painted picture (1, 3, H, W) in [0, 1], and the statistics (2, channels) of its layers.

        ``content``  (1, 3, H, W), both sides multiples of `stride`
        ``codes``    (N, code)
        ``masks``    for each level the share of each style at each place, (1, N, H / 2**level, W / 2**level), or
                     (1, N, 1, 1) for the same shares everywhere
        ``given``    (2, channels): normalize by given + ``own`` x the picture's own statistics; None: by its own
        """
        inputs = {f"masks{level}": mask for level, mask in enumerate(masks)}
        inputs["given"] = np.zeros((2, self.channels), np.float32) if given is None else given
        inputs["own"] = np.asarray([1 if given is None else own], np.float32)
        inputs |= {"content": content, "codes": codes}
        painted, statistics = _run(self._painter, ["painted", "statistics"], inputs)
        return painted, statistics


def open_file(path: Path, device: str = "auto", threads: int = 0) -> Model:
    """Open the file of a network.

    Raises `NotFound`, `BadWeights` for a file that is damaged, of another version, or something else, and
    `BadOption` for a device that ONNX Runtime does not have here.
    """
    return open_bytes(read_bytes(path), path.name, device, threads)


def read_bytes(path: Path) -> bytes:
    """Return what a network's file holds.

    Raises `NotFound`, and `BadWeights` for a file that is too large.
    """
    try:
        size = path.stat().st_size
        if size > Limits().weights_bytes:
            raise BadWeights(f"{path.name} is larger than {Limits().weights_bytes:,} bytes, so no network of pinxit's")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise NotFound(f"no network {path.name!r}: give the name of a file that pinxit exported") from error


def open_bytes(data: bytes, name: str, device: str = "auto", threads: int = 0) -> Model:
    """Open a network from its file's bytes; ``name`` is for messages.

    Raises what `open_file` raises.
    """
    card, graphs = parts(data, name)
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("the method 'adain'", "all") from error
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 4
    providers = _providers(device, onnxruntime.get_available_providers())
    try:
        sessions = [onnxruntime.InferenceSession(graph, settings, providers=providers) for graph in graphs]
    except Exception as error:  # ONNX Runtime raises types of its own
        raise BadWeights(f"{name} holds no graphs that this ONNX Runtime can run: {CURE}") from error
    return Model(sessions[0], sessions[1], card)


def _providers(device: str, there: Sequence[str]) -> list[str]:
    """Return the providers to try in turn: ``auto`` takes the best one there is; the CPU always follows."""
    if device == "auto":
        best = next(each for each in PROVIDERS.values() if each in there)
    elif PROVIDERS[device] in there:
        best = PROVIDERS[device]
    else:
        known = ", ".join(word for word, each in PROVIDERS.items() if each in there)
        raise BadOption(f"this ONNX Runtime cannot compute on {device}; there are {known}")
    return list(dict.fromkeys([best, PROVIDERS["cpu"]]))


def parts(data: bytes, name: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return the card and both graphs, whole, of a network's file.

    Raises `BadWeights`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries.values())
            if not plain or sum(entry.file_size for entry in entries.values()) > len(data):
                raise BadWeights(f"{name} is no network of pinxit's: {CURE}")
            card = json.loads(archive.read(CARD))
            graphs = [archive.read(part) for part in (ENCODER, PAINTER)]
        own = card["format"] == FORMAT and all(type(card[key]) is int for key in ("levels", "channels"))
        sums = [card["sha256"][part] for part in (ENCODER, PAINTER)]
    except BadWeights:
        raise
    except Exception as error:  # zipfile and JSON raise a dozen types for broken bytes
        raise BadWeights(f"{name} is damaged, or no network of pinxit's: {CURE}") from error
    if not own:
        raise BadWeights(f"{name} is a network of another version of pinxit: {CURE}")
    if sums != [hashlib.sha256(graph).hexdigest() for graph in graphs]:
        raise BadWeights(f"{name} is damaged: {CURE}")
    return card, graphs
