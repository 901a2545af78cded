"""``pinxit webcam`` with a synthetic camera and window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pinxit.config.options import Limits
from pinxit.images import Image
from pinxit.training.export import pack
from pinxit.video import window
from pinxit.video.io import camera
from support.fakes import Run
from support.films import moving
from support.networks import trained_network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("network") / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    return str(path)


class Synthetic:
    """A camera that shows a moving pattern, and a window that reports keys at certain pictures."""

    def __init__(self, keys: dict[int, str], count: int = 12) -> None:
        self.keys, self.count = keys, count
        self.shown: list[Image] = []
        self.titles: list[str] = []
        self.closed = False

    def pictures(self, which: str, limits: Limits) -> Iterator[Image]:
        yield from moving(self.count)

    def show(self, image: Image, title: str) -> str:
        self.shown.append(image)
        self.titles.append(title)
        return self.keys.get(len(self.shown), "")

    def close(self) -> None:
        self.closed = True


Synthesize = Callable[[dict[int, str]], Synthetic]


@pytest.fixture
def synthesize(monkeypatch: pytest.MonkeyPatch) -> Synthesize:
    def make(keys: dict[int, str]) -> Synthetic:
        both = Synthetic(keys)
        monkeypatch.setattr(camera, "pictures", both.pictures)
        monkeypatch.setattr(window, "open_window", lambda: both)
        return both

    return make


def test_n_and_p_change_the_style_and_q_ends(pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path) -> None:
    both = synthesize({2: "n", 4: "p", 5: "x", 7: "q"})
    words = ["webcam", "-s", tmp_path / "a.png", "-s", tmp_path / "style.png", "--model", network]
    result = pinxit(*words)
    assert result.code == 0, result.said
    assert [title.split(" ")[0] for title in both.titles] == ["a", "a", "style", "style", "a", "a", "a"]
    assert both.closed
    assert "7 pictures" in result.said
    assert np.abs(both.shown[1] - both.shown[2]).mean() > 0.01


def test_the_command_ends_with_the_pictures(pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path) -> None:
    both = synthesize({})
    assert pinxit("webcam", "-s", tmp_path / "a.png", "--model", network).code == 0
    assert len(both.shown) == both.count


def test_ctrl_c_exits_with_130(
    pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = synthesize({})

    def broken(image: Image, title: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(both, "show", broken)
    assert pinxit("webcam", "-s", tmp_path / "a.png", "--model", network).code == 130
    assert both.closed


def test_a_missing_screen_is_reported(
    pinxit: Run, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = pinxit("webcam", "-s", tmp_path / "a.png", "--model", network)
    assert result.code == 66
    assert "there is no screen" in result.said
