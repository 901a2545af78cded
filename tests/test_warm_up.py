"""The network is opened while photos are read: once, and what is wrong with it is said when it is to paint."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pinxit.api import Stylizer
from pinxit.errors import BadWeights, OutOfMemory
from pinxit.methods.onepass import network as model
from pinxit.training.export import pack
from support.fakes import gradient
from support.networks import trained_network


def test_who_asks_while_it_is_opened_gets_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    opened, real = [], model.open_file

    def slowly(*words: Any) -> model.OnePassNetwork:
        opened.append(words)
        time.sleep(0.2)
        return real(*words)

    monkeypatch.setattr(model, "open_file", slowly)
    stylizer = Stylizer(gradient(40, 56), method="adain", model=str(path), threads=1)
    stylizer.warm_up()
    while not opened:
        time.sleep(0.001)
    assert stylizer(gradient(32, 48)).image.shape == (32, 48, 3)
    assert len(opened) == 1


@pytest.mark.parametrize("color", ["style", "luminance"])
def test_the_network_is_opened_whatever_becomes_of_the_colors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, color: Any
) -> None:
    path = tmp_path / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    opened, real = threading.Event(), model.open_file

    def noted(*words: Any) -> model.OnePassNetwork:
        opened_network = real(*words)
        opened.set()
        return opened_network

    monkeypatch.setattr(model, "open_file", noted)
    Stylizer(gradient(40, 56), method="adain", model=str(path), threads=1, color=color).warm_up()
    assert opened.wait(20)


def test_styles_are_looked_at_meanwhile_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    encoded, real = [], model.OnePassNetwork.encode

    def slowly(self: model.OnePassNetwork, style: Any) -> Any:
        encoded.append(style.shape)
        time.sleep(0.2)
        return real(self, style)

    monkeypatch.setattr(model.OnePassNetwork, "encode", slowly)
    stylizer = Stylizer(gradient(400, 500), method="adain", model=str(path), threads=1, size=480)
    stylizer.warm_up()
    while not encoded:
        time.sleep(0.001)
    assert stylizer(gradient(32, 460)).image.shape == (32, 460, 3)
    assert len(encoded) == 1  # both look at it at the most there is to see


def test_a_damaged_network_is_told_of_when_a_photo_is_painted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adain.pinxit"
    path.write_bytes(b"no network")
    raised: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    stylizer = Stylizer(gradient(40, 56), method="adain", model=str(path))
    stylizer.warm_up()
    with pytest.raises(BadWeights):
        stylizer(gradient(32, 48))
    assert not raised


def test_nothing_that_goes_wrong_in_the_thread_is_told_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: Any) -> Any:
        raise MemoryError

    raised: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    monkeypatch.setattr("pinxit.methods.base.Method.make", fail)
    before = set(threading.enumerate())
    stylizer = Stylizer(gradient(40, 56), method="adain")
    stylizer.warm_up()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert not raised
    with pytest.raises(OutOfMemory):
        stylizer(gradient(32, 48))


def test_descent_has_none_to_open() -> None:
    before = set(threading.enumerate())
    Stylizer(gradient(40, 56), method="optimize").warm_up()
    assert not set(threading.enumerate()) - before, "none has begun; others may have ended"
