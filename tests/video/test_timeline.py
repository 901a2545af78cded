"""Keyframes and the values between them."""

from __future__ import annotations

import pytest

from pinxit.errors import BadOption
from pinxit.video.timeline import parse


@pytest.mark.parametrize(("seconds", "value"), [(0, 0.2), (1, 0.2), (2, 0.6), (3, 1.0), (9, 1.0)])
def test_keyframes(seconds: float, value: float) -> None:
    assert parse("1s:0.2 3:1", "strengths").at(seconds) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "1", "1s:2", "a:1", "2s:0 1s:1", "1:0 1:1", "-1:0", "nan:0"])
def test_malformed_keyframes_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="strengths"):
        parse(text, "strengths")
