"""How strongly to paint, in words and numbers; and what of a picture to cut off."""

from __future__ import annotations

import pytest

from pinxit.config.training import STRENGTHS, TrainFast, share_of, trim_of
from pinxit.errors import BadOption


def test_words_and_numbers_say_how_strongly() -> None:
    shares = [share_of(TrainFast(strong=word).strong) for word in STRENGTHS]
    assert shares == sorted(shares)
    assert share_of("0.4") == 0.4
    assert share_of(TrainFast().strong) == STRENGTHS["strong"]


@pytest.mark.parametrize("word", ["", "very", "-0.1", "1.5", "nan", "inf"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(BadOption, match="gentle, medium, strong, wild, or a number from 0 to 1"):
        TrainFast(strong=word)


@pytest.mark.parametrize(
    ("text", "shares"),
    [("", (0, 0, 0, 0)), ("10%", (0.1, 0.1, 0.1, 0.1)), ("5% 0% 2.5% 45%", (0.05, 0, 0.025, 0.45))],
)
def test_shares_to_cut_off_are_one_or_four(text: str, shares: tuple[float, ...]) -> None:
    assert trim_of(text) == pytest.approx(shares)


@pytest.mark.parametrize("text", ["5", "5% 5%", "1% 2% 3% 4% 5%", "-1%", "46%", "nan%", "a%", "%"])
def test_other_shares_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match=r"it must be a share to cut off, 0% to 45%, or four: top, right, bottom, left"):
        trim_of(text)
