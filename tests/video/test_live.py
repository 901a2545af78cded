"""Live painting: the newest picture is painted, keys change the style, and a window shows it."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, BadOption, NotFound
from pinxit.images import Image
from pinxit.training.export.any_style import pack
from pinxit.video import window
from pinxit.video.io import camera
from pinxit.video.live import Live
from pinxit.video.prefetch import newest
from support.fakes import Run, gradient
from support.films import film, moving
from support.networks import trained_network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("network") / "adain.pinxit"
    path.write_bytes(pack(trained_network(), 0))
    return str(path)


def live(network: str, **options: Any) -> Live:
    styles = [gradient(40, 40), gradient(40, 40, shift=0.6)]
    return Live(styles, model=network, threads=1, **options)


class Synthetic:
    """A camera that sees a moving pattern, and a window that presses keys at certain pictures."""

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


# ------------------------------------------------------------------ painting


def test_it_is_painted_as_a_mirror_shows_it(network: str) -> None:
    photo = moving(1)[0]
    mirrored, plain = (live(network, mirror=mirror)(photo) for mirror in (True, False))
    assert mirrored.shape == photo.shape
    assert np.abs(mirrored - live(network, mirror=False)(photo[:, ::-1])).max() < 1e-5
    assert np.abs(plain - mirrored).mean() > 0.01


def test_another_style_starts_afresh(network: str) -> None:
    hand = live(network, mirror=False)
    photos = moving(4)
    first = [hand(photo) for photo in photos[:2]]
    hand.turn(1)
    other = hand(photos[2])
    alone = live(network, mirror=False, steadiness=0.0)
    assert not np.allclose(first[1], alone(photos[1]), atol=1e-4), "the picture before is blended in"
    alone.turn(1)
    np.testing.assert_allclose(other, alone(photos[2]), atol=1e-5)


def test_styles_go_round(network: str, tmp_path: Path) -> None:
    hand = live(network)
    names = []
    for step in (1, 1, -1, -1):
        hand.turn(step)
        names.append(hand.name)
    assert names == ["style 2", "style 1", "style 2", "style 1"]


def test_it_needs_a_style() -> None:
    with pytest.raises(BadOption, match="--style"):
        Live([])


# ------------------------------------------------------------------ the command


def test_n_and_p_change_the_style_and_q_ends(pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path) -> None:
    both = synthesize({2: "n", 4: "p", 5: "x", 7: "q"})
    words = ["webcam", "-s", tmp_path / "a.png", "-s", tmp_path / "style.png", "--model", network]
    result = pinxit(*words)
    assert result.code == 0, result.said
    assert [title.split(" ")[0] for title in both.titles] == ["a", "a", "style", "style", "a", "a", "a"]
    assert both.closed
    assert "7 pictures" in result.said
    assert np.abs(both.shown[1] - both.shown[2]).mean() > 0.01


def test_the_end_of_the_pictures_ends_it(pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path) -> None:
    both = synthesize({})
    assert pinxit("webcam", "-s", tmp_path / "a.png", "--model", network).code == 0
    assert len(both.shown) == both.count


def test_ctrl_c_ends_it_with_130(
    pinxit: Run, synthesize: Synthesize, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = synthesize({})

    def broken(image: Image, title: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(both, "show", broken)
    assert pinxit("webcam", "-s", tmp_path / "a.png", "--model", network).code == 130
    assert both.closed


def test_without_a_screen_it_says_so(
    pinxit: Run, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = pinxit("webcam", "-s", tmp_path / "a.png", "--model", network)
    assert result.code == 66
    assert "there is no screen" in result.said


# ------------------------------------------------------------------ cameras


def test_no_camera_is_said_to_be_none() -> None:
    with pytest.raises(NotFound, match="no camera 63"):
        next(camera.pictures("63", Limits()))


def test_a_camera_that_is_unplugged_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        """Two pictures in blue, green, red, and then none."""

        left = 2

        def __init__(self, number: int) -> None: ...

        def isOpened(self) -> bool:
            return True

        def read(self) -> tuple[bool, Any]:
            Device.left -= 1
            return Device.left >= 0, np.full((4, 6, 3), (255, 0, 0), np.uint8)

        def release(self) -> None: ...

    monkeypatch.setattr("cv2.VideoCapture", Device)
    seen = camera.pictures("0", Limits())
    np.testing.assert_array_equal(next(seen)[0, 0], [0, 0, 1])
    with pytest.raises(BadFilm, match="plugged in"):
        list(seen)


def test_a_film_stands_for_a_camera_and_plays_at_its_pace(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", moving(12), rate=24)
    begun = time.monotonic()
    seen = list(camera.pictures(str(path), Limits()))
    assert 1 <= len(seen) <= 12
    assert seen[-1].shape == (48, 64, 3)
    assert time.monotonic() - begun > 0.4


def test_a_slow_painter_gets_the_newest() -> None:
    go = threading.Event()

    def items() -> Iterator[int]:
        yield 0
        go.wait(10)
        yield from range(1, 100)

    fresh = newest(items())
    assert next(fresh) == 0
    go.set()
    time.sleep(0.2)
    assert list(fresh) == [99]


def test_newest_closes_what_it_reads_and_hands_on_errors() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.set()

    fresh = newest(endless())
    next(fresh)
    fresh.close()
    assert closed.wait(5)

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        list(newest(broken()))


# ------------------------------------------------------------------ windows


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen that nobody sees; skipped where Xvfb is not installed."""
    read, write = os.pipe()
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        os.close(read)
        os.close(write)
        pytest.skip("Xvfb, a screen without a monitor, is not installed")
    os.close(write)
    with os.fdopen(read) as told, server:
        monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
        yield
        server.terminate()


def test_the_window_shows_pictures_and_hears_keys(screen: None) -> None:
    pytest.importorskip("tkinter")
    shown: Any = window._Tk()
    try:
        assert shown.show(gradient(), "one - title") == ""
        assert shown._root.title() == "one - title"
        assert (shown._picture.width(), shown._picture.height()) == (32, 24)
        expected = tuple(np.rint(gradient()[5, 7] * 255).astype(int))
        assert shown._picture.get(7, 5) == expected
        shown._root.event_generate("<Key>", keysym="n")
        shown._root.focus_force()
        shown._root.update()
        shown._root.event_generate("<Key>", keysym="Escape")
        assert shown.show(gradient(), "x") == "q"
        shown._closed()
        assert shown.show(gradient(), "x") == "q"
    finally:
        shown.close()


def test_opencv_shows_it_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr("cv2.currentUIFramework", lambda: "QT", raising=False)
    for name in ("namedWindow", "imshow", "setWindowTitle"):
        monkeypatch.setattr(f"cv2.{name}", functools.partial(lambda name, *words: calls.append((name, words)), name))
    monkeypatch.setattr("cv2.waitKey", lambda wait: ord("N"))
    monkeypatch.setattr("cv2.getWindowProperty", lambda *words: 1.0)
    monkeypatch.setattr("cv2.destroyAllWindows", lambda: calls.append(("closed", ())))
    shown = window.open_window()
    assert shown.show(np.full((2, 2, 3), (1.0, 0.5, 0.0), np.float32), "t") == "n"
    np.testing.assert_array_equal(dict(calls)["imshow"][1][0, 0], [0, 128, 255])
    shown.close()
    assert calls[-1][0] == "closed"
