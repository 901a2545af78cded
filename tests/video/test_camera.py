"""Cameras, and films in their place."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit.config.options import Limits
from pinxit.errors import BadFilm, NotFound
from pinxit.video.io import camera
from support.films import film, moving


def test_a_missing_camera_is_reported() -> None:
    with pytest.raises(NotFound, match="no camera 63"):
        next(camera.pictures("63", Limits()))


def test_an_unplugged_camera_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_film_in_place_of_a_camera_plays_at_its_own_pace(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", moving(12), rate=24)
    begun = time.monotonic()
    seen = list(camera.pictures(str(path), Limits()))
    assert 1 <= len(seen) <= 12
    assert seen[-1].shape == (48, 64, 3)
    assert time.monotonic() - begun > 0.4
