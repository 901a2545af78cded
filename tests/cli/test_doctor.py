"""``pinxit doctor`` says what an installation has, and what helps where something is missing."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator

import pytest

from pinxit.cli import doctor
from pinxit.errors import BadWeights
from pinxit.images import caption
from pinxit.nn import vgg_weights
from support.fakes import Run


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let everything be installed, without loading VGG-19."""
    needs = [f"{name}-package>=1; extra == '{name}'" for name in doctor.EXTRAS]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needs)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1")
    monkeypatch.setattr(vgg_weights, "load", lambda name: None)
    caption.wide_font.cache_clear()
    yield
    caption.wide_font.cache_clear()


def test_a_whole_installation_is_found_whole(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "wide_font", lambda: "Noto")
    result = pinxit("doctor")
    lines = result.out.decode().splitlines()
    assert result.code == 0
    assert {line[:2] for line in lines} == {"ok"}
    assert "ONNX Runtime" in lines[0]
    assert "ok  trained styles: 24" in lines
    assert "ok  pinxit[video]: installed" in lines


def test_what_is_missing_is_said_with_what_helps(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "video-package":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(caption, "FONTS", ())
    result = pinxit("doctor")
    assert result.code == 0
    missing = [line for line in result.out.decode().splitlines() if line.startswith("--")]
    assert missing == [
        "--  pinxit[video]: the extra video needs packages that are not installed: pip install '.[video]' "
        "in the clone of pinxit",
        "--  letters of captions: this machine has no font with letters beyond Latin ones: install Noto Sans CJK",
    ]


def test_what_is_broken_sets_the_exit_status(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        raise BadWeights("the weights are damaged: install them again")

    monkeypatch.setattr(vgg_weights, "load", load)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    result = pinxit("doctor")
    assert result.code == 1
    lines = result.out.decode().splitlines()
    assert "!!  VGG-19: the weights are damaged: install them again" in lines
    assert sum("may not be written" in line for line in lines) == 3


def test_an_installation_without_metadata_says_so(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert "pip install ." in pinxit("doctor").out.decode()


def test_the_version_names_what_it_runs_on(pinxit: Run) -> None:
    first, second = pinxit("--version").out.decode().splitlines()
    assert first.startswith("pinxit 0.")
    assert "Python 3." in second
    assert "ONNX Runtime 1." in second
    assert f"PyTorch {importlib.metadata.version('torch')}" in second
    assert second.endswith("cpu")


def test_the_version_says_where_pytorch_is_missing(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert "PyTorch not installed, devices" in pinxit("--version").out.decode()


def test_the_help_names_the_variable_of_the_language(pinxit: Run) -> None:
    assert "PINXIT_LANG, en or zh" in pinxit("--help").out.decode()
