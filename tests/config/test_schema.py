"""What is made of the options: words for their ranges, and the page of the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinxit.config import schema
from pinxit.config.spec import Spec

DOCS = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_docs_page_is_the_generated_one() -> None:
    assert DOCS.read_text(encoding="utf-8") == schema.markdown(), "run: pinxit methods --markdown > docs/options.md"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec("", low=16, high=8192, unit="px"), "16 to 8192 px"),
        (Spec("", low=0, high=2**32 - 1), "0 to 4294967295"),
        (Spec("", low=0.0, high=1e12), "0 to 1e+12"),
        (Spec("", low=1, unit="bytes"), "from 1 bytes up"),
        (Spec("", low=16, high=9, aliases=(("full", 9),)), "16 to 9, or full"),
        (Spec("", choices=("a", "b")), "a, b"),
        (Spec("", words=("a", "b")), "a, b, or a file"),
        (Spec(""), ""),
    ],
)
def test_what_is_allowed_in_words(spec: Spec, words: str) -> None:
    assert schema.allowed(spec) == words
