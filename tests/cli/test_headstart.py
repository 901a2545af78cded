"""The network is opened while the command line is read, where it is likely to be wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pinxit.cli import headstart
from pinxit.methods.onepass import network


@pytest.fixture
def style(tmp_path: Path) -> str:
    path = tmp_path / "wave.jpg"
    path.write_bytes(b"a picture, for all that is asked here")
    return str(path)


@pytest.mark.parametrize("command", ["stylize", "video"])
def test_a_picture_as_style_is_painted_by_the_network_of_any_style(style: str, command: str) -> None:
    for words in (["--style", style], ["-s", style], [f"--style={style}"], ["--style", style, "-s", style, "-q"]):
        assert headstart.likely([command, "photo.jpg", *words]), words


@pytest.mark.parametrize(
    "more",
    [
        ["--method", "optimize"],
        ["--method=optimize"],
        ["--model", "other.pinxit"],
        ["--threads", "1"],
        ["--help"],
        ["--style", "great-wave"],
        ["-s", "wave.pinxit"],
    ],
)
def test_where_something_else_is_asked_for_nothing_is_begun(style: str, more: list[str]) -> None:
    assert headstart.begin(["stylize", "photo.jpg", "--style", style, *more]) is None


def test_other_commands_and_styles_that_are_no_files_begin_nothing(style: str, tmp_path: Path) -> None:
    trained = tmp_path / "wave.pinxit"
    trained.write_bytes(b"a network")
    for words in ([], ["webcam", "--style", style], ["stylize", "a.jpg"], ["stylize", "a.jpg", "--style"]):
        assert headstart.begin(words) is None
    assert headstart.begin(["stylize", "a.jpg", "--style", str(trained)]) is None
    assert headstart.begin(["stylize", "a.jpg", "--style", str(tmp_path)]) is None


@pytest.mark.parametrize("command", ["stylize", "video"])
def test_what_was_begun_is_there_when_the_command_asks_for_it(style: str, command: str) -> None:
    thread = headstart.begin([command, "photo.jpg", "--style", style])
    assert thread is not None
    thread.join(60)
    before = network._opened.cache_info().misses
    network.open_once(network.SHIPPED)
    assert network._opened.cache_info().misses == before


def test_what_goes_wrong_ahead_is_said_by_the_command(style: str) -> None:
    program = (
        "import pathlib\nfrom pinxit.methods.onepass import network\nnetwork.SHIPPED = pathlib.Path('none.pinxit')\n"
        f"from pinxit.cli import main\nmain(['stylize', {style!r}, '--style', {style!r}])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Traceback" not in found.stderr
    assert "wave.jpg" in found.stderr
    assert found.returncode not in (0, 70)
