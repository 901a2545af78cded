"""Masks that play alongside a film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.video.io.frames import Folder
from pinxit.video.masks import MovingMask


def test_a_moving_mask_plays_alongside_the_film(tmp_path: Path) -> None:
    for number in range(4):
        images.write(np.full((4, 6, 3), number / 3, np.float32), tmp_path / f"{number}.png")
    mask = MovingMask(Folder(tmp_path, Limits()), start=1 / 24)
    for seconds, value in [(0, 1), (0.01, 1), (1 / 24, 2), (9, 3), (0, 1)]:
        assert mask.at(seconds) == pytest.approx(np.full((4, 6), value / 3), abs=0.01)
