"""``pinxit serve`` and ``pinxit studio`` hand their flags to the service; the studio opens its page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pinxit.cli import serve
from pinxit.config.schema import flag
from pinxit.config.spec import specs
from pinxit.service import server
from pinxit.service.context import Setup
from pinxit.service.limits import ServiceLimits
from pinxit.studio import STATIC
from support.fakes import Run

URL = "http://127.0.0.1:80/"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Setup, server.Address]]:
    """What the service was started with; it is ready at once, and over."""
    starts = []

    def run(setup: Setup, address: server.Address, ready: Callable[[str], None]) -> None:
        starts.append((setup, address))
        ready(URL)

    monkeypatch.setattr(server, "run", run)
    return starts


def test_serve_has_the_api_alone(pinxit: Run, tmp_path: Path, started: list[tuple[Setup, server.Address]]) -> None:
    words = ["--port", "0", "--allow-host", "a.example", "--store", tmp_path / "store", "--painters", "3"]
    result = pinxit("serve", *words)
    assert (result.code, result.said) == (0, f"pinxit is at {URL}v1/; Ctrl-C stops it\n")
    ((setup, address),) = started
    assert (address.host, address.port, address.names) == ("127.0.0.1", 0, ("a.example",))
    assert (setup.page, setup.limits.painters) == (None, 3)


@pytest.mark.parametrize(("words", "opened"), [([], [URL]), (["--no-browser"], [])])
def test_studio_opens_its_page(
    pinxit: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started: list[tuple[Setup, server.Address]],
    words: list[str],
    opened: list[str],
) -> None:
    pages: list[str] = []
    monkeypatch.setattr("webbrowser.open", pages.append)
    assert pinxit("studio", "--store", tmp_path / "store", *words).said == f"pinxit is at {URL}; Ctrl-C stops it\n"
    assert pages == opened
    assert started[0][0].page == STATIC


def test_packages_that_are_missing_are_named(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "NEEDED", ("no_such_package",))
    result = pinxit("serve")
    assert result.code == 69
    assert "pip install '.[studio]'" in result.said


@pytest.mark.parametrize("command", ["serve", "studio"])
def test_help_shows_ten_options_and_help_all_every_one(pinxit: Run, command: str) -> None:
    short = pinxit(command, "--help").out.decode()
    shown = [line.split()[0] for line in short.splitlines() if line.lstrip().startswith("--")]
    assert len(shown) <= 10
    assert "--port" in shown
    whole = pinxit(command, "--help-all").out.decode()
    assert all(flag(name) in whole for name in specs(ServiceLimits))
