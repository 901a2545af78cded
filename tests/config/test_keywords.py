"""The keyword types name every option of the options classes, with its type, and no other."""

from __future__ import annotations

from typing import Any, Literal, get_type_hints

import pytest

from pinxit.config import keywords
from pinxit.config.options import METHOD_OPTIONS, Adain, Film, Look, Output, Scoring
from pinxit.config.spec import specs


@pytest.mark.parametrize(
    ("typed", "classes"),
    [
        (keywords.LookKeywords, (Look,)),
        (keywords.AdainKeywords, (Adain,)),
        (keywords.StylizeKeywords, (Look, *METHOD_OPTIONS.values())),
        (keywords.VideoKeywords, (Film, Look, *METHOD_OPTIONS.values())),
        (keywords.OutputKeywords, (Output,)),
        (keywords.ScoringKeywords, (Scoring,)),
    ],
)
def test_keywords_are_those_of_the_options_classes(typed: Any, classes: tuple[Any, ...]) -> None:
    options: dict[str, Any] = {}
    for name, (kind, _, spec) in (each for cls in classes for each in specs(cls).items()):
        aliases = tuple(word for word, _ in spec.aliases)
        options[name] = Literal[spec.choices] if spec.choices else kind | Literal[aliases] if aliases else kind
    assert get_type_hints(typed) == options
