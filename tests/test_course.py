"""How strongly to paint, in words and numbers."""

from __future__ import annotations

import pytest

from pinxit.course import STRENGTHS, TrainFast
from pinxit.errors import BadOption


def test_words_and_numbers_say_how_strongly() -> None:
    shares = [TrainFast(strong=word).share() for word in STRENGTHS]
    assert shares == sorted(shares)
    assert TrainFast(strong="0.4").share() == 0.4
    assert TrainFast().share() == STRENGTHS["strong"]


@pytest.mark.parametrize("word", ["", "very", "-0.1", "1.5", "nan", "inf"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(BadOption, match="gentle, medium, strong, wild, or a number from 0 to 1"):
        TrainFast(strong=word)
