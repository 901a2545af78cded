"""A one-pass network (`pinxit.files.network_file`) running in ONNX Runtime."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinxit import cores
from pinxit.errors import BadOption, BadWeights, MissingExtra, OutOfMemory
from pinxit.files.network_file import CURE, ENCODER, PAINTER, parts, read_bytes

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""ONNX Runtime's ways to compute, best first."""

SHIPPED = Path(__file__).with_name("adain.pinxit")
"""The network of any style that comes with pinxit; ``models/adain`` in the sources has its card."""

ARENA = 256 << 20
"""See `_share_memory`, bytes: of address space. Memory is what is touched of it."""
ROOM = 4
"""Where this process may not have so many times as much, networks share nothing: each takes what it needs."""

Floats = NDArray[np.float32]

_opening = threading.Lock()
_running: set[Any] = set()
"""The `onnxruntime.RunOptions` of all that is computed now."""


def halt() -> None:
    """Break off, within milliseconds, all that networks compute now in other threads; there, ONNX Runtime raises."""
    for settings in list(_running):
        settings.terminate = True


def _run(session: Any, outputs: Sequence[str], inputs: dict[str, Any]) -> list[Floats]:
    """Run a graph so that `halt` can break it off.

    Raises `OutOfMemory`.
    """
    import onnxruntime

    settings = onnxruntime.RunOptions()
    settings.log_severity_level = 4
    _running.add(settings)
    try:
        results: list[Floats] = session.run(outputs, inputs, settings)
    except Exception as error:  # ONNX Runtime raises types of its own, one for many causes
        if "allocate memory" in str(error) or isinstance(error, MemoryError):
            raise OutOfMemory("memory ran out while painting: a smaller --size or --tile helps") from error
        raise
    finally:
        _running.discard(settings)
    return results


class Model:
    """A painter and, where it paints any style, a style encoder. Safe to share between threads."""

    def __init__(self, sessions: dict[str, Any], card: dict[str, Any]) -> None:
        self._encoder, self._painter = sessions.get(ENCODER), sessions[PAINTER]
        self.levels: int = card["levels"]
        """How many strides the painter has: 2, 4, 8, ..."""
        self.channels: int = card["channels"]
        self.fingerprint: str = card["sha256"][ENCODER if self._encoder else PAINTER]
        """sha256 of the graph that codes belong to: they are good for the network that made them."""

    @property
    def stride(self) -> int:
        """What both sides of a content picture must be a multiple of."""
        return 1 << self.levels

    def code(self, style: Floats) -> Floats:
        """Return the code (1, code) of a style picture (1, 3, h, w), sRGB, in [0, 1].

        Raises `BadOption` where the network paints its own styles alone.
        """
        if self._encoder is None:
            raise BadOption("this network paints the styles that it was taught: give it as --style, not as --model")
        return _run(self._encoder, ["code"], {"style": style})[0]

    def paint(
        self, content: Floats, codes: Floats, masks: Sequence[Floats], given: Floats | None = None, own: float = 0.0
    ) -> tuple[Floats, Floats]:
        """Return the painted picture (1, 3, H, W) in [0, 1], and the statistics (2, channels) of its layers.

        ``content``  (1, 3, H, W), both sides multiples of `stride`
        ``codes``    (N, code)
        ``masks``    for each level, from 1, the share of each style at each place: (1, N, H / 2**level, W / 2**level),
                     or (1, N, 1, 1) for the same shares everywhere
        ``given``    (2, channels): normalize by given + ``own`` x the picture's own statistics; None: by its own
        """
        inputs = {f"masks{level}": mask for level, mask in enumerate(masks, start=1)}
        inputs["given"] = np.zeros((2, self.channels), np.float32) if given is None else given
        inputs["own"] = np.asarray([1 if given is None else own], np.float32)
        inputs |= {"content": content, "codes": codes}
        painted, statistics = _run(self._painter, ["painted", "statistics"], inputs)
        return painted, statistics


def open_once(path: Path, device: str = "auto", threads: int = 0) -> Model:
    """Open the file of a network; one that was opened before, and has not changed since, is used again.

    Raises what `open_file` raises.
    """
    with contextlib.suppress(OSError, ValueError):  # of a file that is not there, `open_file` speaks
        found = path.stat()
        with _opening:  # who asks while another thread opens it gets the same
            return _opened(path.absolute(), (found.st_mtime_ns, found.st_size), device, threads)
    return open_file(path, device, threads)


@functools.lru_cache(maxsize=2)
def _opened(path: Path, version: tuple[int, int], device: str, threads: int) -> Model:
    """Open a file once, until it changes (``version``)."""
    return open_file(path, device, threads)


def open_file(path: Path, device: str = "auto", threads: int = 0) -> Model:
    """Open the file of a network.

    Raises `NotFound`, `BadWeights` for a file that is damaged, of another version, or something else, and
    `BadOption` for a device that ONNX Runtime does not have here.
    """
    return open_bytes(read_bytes(path), path.name, device, threads)


def open_bytes(data: bytes, name: str, device: str = "auto", threads: int = 0) -> Model:
    """Open a network from its file's bytes; ``name`` is for messages.

    Raises what `open_file` raises.
    """
    card, graphs = parts(data, name)
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("painting in one pass", "all") from error
    settings = onnxruntime.SessionOptions()
    if _has_room():
        _share_memory(onnxruntime)
        settings.add_session_config_entry("session.use_env_allocators", "1")
    # Threads that spin while they wait make nothing faster here, and took a fifth to a third of the processors' time.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.intra_op_num_threads = threads or _spared()
    # Plans of memory, kept for every shape ever seen, make nothing faster here, and took 300 MB after four sizes.
    settings.enable_mem_pattern = False
    settings.log_severity_level = 4
    providers = _providers(device, onnxruntime.get_available_providers())
    try:
        sessions = {
            name: onnxruntime.InferenceSession(graph, settings, providers=providers) for name, graph in graphs.items()
        }
    except Exception as error:  # ONNX Runtime raises types of its own
        raise BadWeights(f"{name} holds no graphs that this ONNX Runtime can run: {CURE}") from error
    return Model(sessions, card)


@functools.cache
def _share_memory(onnxruntime: Any) -> None:
    """Let all networks of this process compute in the same memory, a piece of `ARENA` bytes to begin with.

    By itself ONNX Runtime gives every network memory of its own, in pieces that double: with the holes between them a
    third more of it is touched, which costs a new process 25 ms at 1024x1024.
    """
    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    with contextlib.suppress(Exception):  # whoever shares the process may have registered memory before
        onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"initial_chunk_size_bytes": ARENA}))


def _has_room() -> bool:
    """Return whether nobody limits this process to little memory."""
    try:
        import resource
    except ImportError:  # Windows
        return True
    limits = [resource.getrlimit(each)[0] for each in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    return all(limit == resource.RLIM_INFINITY or limit >= ROOM * ARENA for limit in limits)


def _spared() -> int:
    """Return the threads to ask for where this process may not use every core; otherwise 0: ONNX Runtime chooses.

    It counts the cores of the machine, and threads beyond those allowed wait for each other by spinning.
    """
    allowed = cores.allowed()
    return allowed if allowed < (os.cpu_count() or 1) else 0


def _providers(device: str, there: Sequence[str]) -> list[str]:
    """Return the providers to try in turn: ``auto`` takes the best one there is; the CPU always follows."""
    if device == "auto":
        best = next(each for each in PROVIDERS.values() if each in there)
    elif PROVIDERS[device] in there:
        best = PROVIDERS[device]
    else:
        known = ", ".join(word for word, each in PROVIDERS.items() if each in there)
        raise BadOption(f"this ONNX Runtime cannot compute on {device}; it can on {known}")
    return list(dict.fromkeys([best, PROVIDERS["cpu"]]))
