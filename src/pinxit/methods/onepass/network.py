"""A one-pass network (`pinxit.files.network_file`), run by ONNX Runtime."""

import contextlib
import functools
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pinxit import cores
from pinxit.errors import BadOption, BadWeights, MissingExtra, PinxitError, memory_errors
from pinxit.files import network_file
from pinxit.files.network_file import CURE, ENCODER, PAINTER

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""ONNX Runtime's execution providers, best first."""

SHIPPED = Path(__file__).with_name("adain.pinxit")
"""The network of any style that comes with pinxit; its model card is ``models/adain`` in the sources."""

ARENA = 256 << 20  # bytes of address space that `_share_memory` reserves; memory is taken only as it is touched
ROOM = 4  # networks share an arena only where the process may have at least so many times as much memory

Floats = NDArray[np.float32]


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` used here; ONNX Runtime has no types."""

    def get_inputs(self) -> Sequence[Any]:
        """Return name, type and shape of each input of the graph."""
        ...

    def get_outputs(self) -> Sequence[Any]:
        """Return those of each output."""
        ...

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Floats], options: object) -> list[Floats]:
        """Compute some outputs of the graph."""
        ...


_opening = threading.Lock()
_running: set[Any] = set()  # the `onnxruntime.RunOptions` of every run in progress


def halt() -> None:
    """Abort, within milliseconds, the runs of all networks in other threads; ONNX Runtime raises there."""
    for options in list(_running):
        options.terminate = True


def _run(session: Session, outputs: Sequence[str], inputs: Mapping[str, Floats]) -> list[Floats]:
    """Run a graph so that `halt` can abort it; raises `OutOfMemory`, and `BadWeights` for a graph that does not fit."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.log_severity_level = 4
    _running.add(options)
    try:
        with memory_errors():
            return session.run(outputs, inputs, options)
    except PinxitError:
        raise
    except Exception as error:  # ONNX Runtime raises types of its own
        if options.terminate:
            raise
        raise BadWeights(f"a network does not compute what its file says: {CURE}") from error
    finally:
        _running.discard(options)


class OnePassNetwork:
    """A transform network and, where it paints any style, a style encoder. Safe to share between threads."""

    def __init__(self, sessions: Mapping[str, Session], card: Mapping[str, Any]) -> None:
        self._encoder, self._transform = sessions.get(ENCODER), sessions[PAINTER]
        self.levels: int = card["levels"]  # number of the transform network's strides: 2, 4, 8, ...
        self.channels: int = card["channels"]
        self.code: int = card["code"]  # numbers in a style code
        self.fingerprint: str = card["sha256"][ENCODER if self._encoder else PAINTER]
        """sha256 of the graph that style codes belong to; they fit no other network."""

    @property
    def stride(self) -> int:
        """Both sides of a content must be multiples of this, px."""
        return 1 << self.levels

    def encode(self, picture: Floats) -> Floats:
        """Return the code, (1, code), of a picture, (1, 3, h, w), sRGB, in [0, 1].

        Raises `BadOption` where the network paints only the styles that it was trained for.
        """
        if self._encoder is None:
            raise BadOption("this network paints only its own trained styles: give it as --style, not as --model")
        return _run(self._encoder, ["code"], {"style": picture})[0]

    def paint(
        self,
        content: Floats,
        codes: Floats,
        weights: Floats,
        statistics: Floats | None = None,
        own_share: float = 0.0,
    ) -> tuple[Floats, Floats]:
        """Return the painted picture, (1, 3, H, W) in [0, 1], and the statistics of its layers, (2, channels).

        ``content``     (1, 3, H, W), both sides multiples of `stride`
        ``codes``       (N, code)
        ``weights``     (N,): the share of each code in the mixture; they sum to 1
        ``statistics``  (2, channels): means and deviations that normalize the layers; None: the picture's own
        ``own_share``   how much of the picture's own statistics is added to those
        """
        shares = weights.reshape(1, -1, 1, 1)  # the graph could mix codes by position, too
        inputs = {f"masks{level}": shares for level in range(1, self.levels + 1)}
        inputs["given"] = np.zeros((2, self.channels), np.float32) if statistics is None else statistics
        inputs["own"] = np.asarray([1 if statistics is None else own_share], np.float32)
        inputs |= {"content": content, "codes": codes}
        painted, measured = _run(self._transform, ["painted", "statistics"], inputs)
        return painted, measured


def open_once(path: Path, device: str = "auto", threads: int = 0) -> OnePassNetwork:
    """Return the network of a file; a file that is open already, and has not changed since, is not opened again.

    Raises what `open_file` raises.
    """
    with contextlib.suppress(OSError, ValueError):  # `open_file` reports a missing file
        status = path.stat()
        with _opening:  # threads that ask at once get the same network
            return _opened(path.absolute(), (status.st_mtime_ns, status.st_size), device, threads)
    return open_file(path, device, threads)


@functools.lru_cache(maxsize=2)
def _opened(path: Path, version: tuple[int, int], device: str, threads: int) -> OnePassNetwork:
    """Open a file once for each ``version`` of it."""
    return open_file(path, device, threads)


def open_file(path: Path, device: str = "auto", threads: int = 0) -> OnePassNetwork:
    """Return the network of a file.

    Raises `NotFound`, `BadWeights` for a file that is damaged, of another version or no network, and `BadOption` for a
    device that this ONNX Runtime does not have.
    """
    return open_bytes(network_file.read_bytes(path), path.name, device, threads)


def open_bytes(data: bytes, name: str, device: str = "auto", threads: int = 0) -> OnePassNetwork:
    """Return the network of a file's bytes; ``name`` is for messages.

    Raises what `open_file` raises.
    """
    card, graphs = network_file.load(data, name)
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("painting in one pass", "all") from error
    settings = onnxruntime.SessionOptions()
    if _has_room():
        _share_memory(onnxruntime)
        settings.add_session_config_entry("session.use_env_allocators", "1")
    # Spinning made nothing faster here and took a fifth to a third of the CPU time.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.intra_op_num_threads = threads or _threads()
    # Memory patterns, kept for every shape, made nothing faster here and took 300 MB after four sizes.
    settings.enable_mem_pattern = False
    settings.log_severity_level = 4
    settings.add_session_config_entry("session.load_model_format", "ONNX")
    providers = _providers(device, onnxruntime.get_available_providers())
    fallback = len(providers) > 1  # which ONNX Runtime tells of on standard output
    try:
        sessions = {
            part: onnxruntime.InferenceSession(graph, settings, providers=providers, enable_fallback=fallback)
            for part, graph in graphs.items()
        }
    except Exception as error:  # ONNX Runtime raises types of its own
        raise BadWeights(f"{name} holds no graphs that this ONNX Runtime can run: {CURE}") from error
    _check_graphs(sessions, card, name)
    return OnePassNetwork(sessions, card)


def _check_graphs(sessions: Mapping[str, Session], card: Mapping[str, Any], name: str) -> None:
    """Raise `BadWeights` for graphs that take or give something else than the card says."""
    channels, code = card["channels"], card["code"]
    masks = {f"masks{level}": [1, None, None, None] for level in range(1, card["levels"] + 1)}
    painter = {"content": [1, 3, None, None], "codes": [None, code], **masks, "given": [2, channels], "own": [1]}
    painter |= {"painted": [1, 3, None, None], "statistics": [2, channels]}
    expected = {PAINTER: painter, ENCODER: {"style": [1, 3, None, None], "code": [1, code]}}
    for part, session in sessions.items():
        shapes = {
            value.name: [side if isinstance(side, int) else None for side in value.shape]
            for value in (*session.get_inputs(), *session.get_outputs())
            if value.type == "tensor(float)"
        }
        if shapes != expected[part]:
            raise BadWeights(f"{name} holds graphs with other inputs and outputs than its card says: {CURE}")


@functools.cache
def _share_memory(onnxruntime: ModuleType) -> None:
    """Let all networks of this process compute in one arena, of `ARENA` bytes to begin with.

    By default every network has an arena of its own, which grows in chunks that double in size: with the gaps between
    them a third more memory is touched, which costs a new process 25 ms at 1024 x 1024 px.
    """
    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    with contextlib.suppress(Exception):  # other code in this process may have registered an allocator
        onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"initial_chunk_size_bytes": ARENA}))


def _has_room() -> bool:
    """Return whether the process's memory limits leave room for a shared arena."""
    try:
        import resource
    except ImportError:  # Windows
        return True
    limits = [resource.getrlimit(each)[0] for each in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    return all(limit == resource.RLIM_INFINITY or limit >= ROOM * ARENA for limit in limits)


def _threads() -> int:
    """Return the number of threads where this process may not use every core; otherwise 0: ONNX Runtime chooses.

    ONNX Runtime counts the cores of the machine, and threads beyond those allowed spin while they wait for each other.
    """
    allowed = cores.allowed()
    return allowed if allowed < (os.cpu_count() or 1) else 0


def devices() -> list[str]:
    """Return the names in `PROVIDERS` of those that this ONNX Runtime has, best first."""
    import onnxruntime

    available = onnxruntime.get_available_providers()
    return [name for name, provider in PROVIDERS.items() if provider in available]


def _providers(device: str, available: Sequence[str]) -> list[str]:
    """Return the providers to try in turn: ``auto`` takes the best available one; the CPU always follows."""
    if device == "auto":
        best = next(each for each in PROVIDERS.values() if each in available)
    elif PROVIDERS[device] in available:
        best = PROVIDERS[device]
    else:
        raise BadOption(f"this ONNX Runtime cannot compute on {device}; it can on {', '.join(devices())}")
    return list(dict.fromkeys([best, PROVIDERS["cpu"]]))
