"""Keyframes and the values between them; masks that play alongside a film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadOption
from pinxit.video.io.sources import Folder
from pinxit.video.timeline import MovingMask, parse


@pytest.mark.parametrize(("seconds", "value"), [(0, 0.2), (1, 0.2), (2, 0.6), (3, 1.0), (9, 1.0)])
def test_keyframes(seconds: float, value: float) -> None:
    assert parse("1s:0.2 3:1", "strengths").at(seconds) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "1", "1s:2", "a:1", "2s:0 1s:1", "1:0 1:1", "-1:0", "nan:0"])
def test_malformed_keyframes_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="strengths"):
        parse(text, "strengths")


def test_a_moving_mask_plays_alongside_the_film(tmp_path: Path) -> None:
    for number in range(4):
        images.write(np.full((4, 6, 3), number / 3, np.float32), tmp_path / f"{number}.png")
    mask = MovingMask(Folder(tmp_path, Limits()), start=1 / 24)
    for seconds, value in [(0, 1), (0.01, 1), (1 / 24, 2), (9, 3), (0, 1)]:
        assert mask.at(seconds) == pytest.approx(np.full((4, 6), value / 3), abs=0.01)
