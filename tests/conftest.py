"""What every test gets: one thread, no terminal, a home of its own, and small pictures."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

# Before PyTorch is imported anywhere: with one test worker to a core, more threads only wait for each other.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"  # where a test wants more all the same, they sleep until there is work
# Many tests start processes of pinxit: none of them compiles again what another one has compiled.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""

import pytest
from hypothesis import settings

from pinxit import images
from support.fakes import FakeStylizer, Pictures, Result, Run, gradient

sys.dont_write_bytecode = False
settings.register_profile("pinxit", deadline=None, max_examples=100, derandomize=True)
settings.load_profile("pinxit")


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no setting of the developer's shell change what a test sees."""
    for name in ("PINXIT_DEBUG", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PINXIT_STYLES", str(tmp_path_factory.getbasetemp() / "no styles of one's own"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def picture(tmp_path: Path) -> Pictures:
    """Return a function that writes a small picture under a name and returns its path."""

    def write(name: str, shift: float = 0.0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        images.write(gradient(shift=shift), path)
        return path

    return write


@pytest.fixture(scope="session")
def network_bytes() -> bytes:
    """Return the file of a small network that paints any style."""
    from pinxit.training.export import pack
    from support.networks import trained_network

    return pack(trained_network(), steps=0)


@pytest.fixture
def network(tmp_path: Path, network_bytes: bytes) -> Path:
    """Write the network of `network_bytes` and return its path."""
    path = tmp_path / "adain.pinxit"
    path.write_bytes(network_bytes)
    return path


@pytest.fixture
def fake_stylizer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the command line paint with `FakeStylizer`, in an empty current folder."""
    monkeypatch.setattr("pinxit.cli.stylize.Stylizer", FakeStylizer)
    monkeypatch.setattr(FakeStylizer, "before_step", staticmethod(lambda index: None), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pinxit(capfdbinary: pytest.CaptureFixture[bytes], picture: Pictures) -> Run:
    """Return a function that runs the command line; ``a.png`` and ``style.png`` are there to be painted."""
    from pinxit.cli import main

    picture("a.png")
    picture("style.png", shift=0.5)

    def run(*words: str | Path) -> Result:
        code: Any = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = end.code or 0
        caught = capfdbinary.readouterr()
        return Result(code, caught.out, caught.err.decode())

    return run
