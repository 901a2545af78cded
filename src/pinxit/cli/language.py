"""The language of the command line: English, or the Chinese of ``words.zh.json``.

Sentences are put together where they arise, in layers that know no language, and are translated whole where they are
printed. An entry may have numbered gaps, ``{0}``, which stand for any text; that text is translated, too.
"""

import functools
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

LANGUAGE = "PINXIT_LANG"
"""Environment variable that chooses the language, before those of the system: ``en`` or ``zh``."""

_GAP = re.compile(r"\{\d\}")
_FACTS = re.compile(r"(.+[.:]) \((.+)\)((?: *\[required\])?)")
"""The help of an option: sentences, and in parentheses its range and default."""
_HINT = re.compile(r"(.*?)(: did you mean .*\?|; known are .*)", re.DOTALL)
"""A message that `pinxit.errors.nearest` ends."""


@functools.cache
def chinese() -> bool:
    """Return whether to speak Chinese: by the first of `LANGUAGE` and the system's variables that is set."""
    chosen = next(filter(None, map(os.environ.get, (LANGUAGE, "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return chosen.lower().startswith("zh")


def translate(text: str) -> str:
    """Return a sentence in the chosen language, unchanged where it has no translation."""
    if not chinese() or not text:
        return text
    if hint := _HINT.fullmatch(text):
        return "".join(_by_entry(part, "sentences") or part for part in hint.groups())
    if (translated := _by_entry(text, "sentences")) is not None:
        return translated
    if help := _FACTS.fullmatch(text):
        sentences, facts, required = help.groups()
        in_words = "；".join(map(translate_facts, facts.split("; ")))
        return f"{translate(sentences)}（{in_words}）{translate(required.strip())}"
    if text.endswith("  [required]"):
        return f"{translate(text.removesuffix('  [required]'))} {translate('[required]')}"
    return text


def translate_facts(text: str) -> str:
    """Return the words of a range or of a default in the chosen language."""
    return (_by_entry(text, "facts") if chinese() else None) or text


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns: between words, and between any two wide characters.

    >>> wrap("每一步显示一行 each step", 12)
    ['每一步显示一', '行 each step']
    """
    from rich.cells import cell_len

    lines = [""]
    for word in re.findall(r"\s+|[\x21-\x7e]+|.", text):
        if cell_len(lines[-1] + word) > width and not re.fullmatch("[，。；：）、]", word):  # no line begins with these
            lines.append("")
        lines[-1] += word.lstrip() if not lines[-1] else word
    return [line.rstrip() for line in lines]


def _by_entry(text: str, *sections: str) -> str | None:
    for exact, patterns in map(_catalog().__getitem__, sections):
        if text in exact:
            return exact[text]
        for pattern, target in patterns:
            if match := pattern.fullmatch(text):
                return target.format(*(_by_entry(gap, "sentences", "facts") or gap for gap in match.groups()))
    return None


@functools.cache
def _catalog() -> dict[str, tuple[Mapping[str, str], list[tuple[re.Pattern[str], str]]]]:
    """Return section -> its entries, and the patterns of those with gaps, from the most specific on."""
    catalog: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("words.zh.json").read_text("utf-8"))
    return {section: (words, _patterns(words)) for section, words in catalog.items()}


def _patterns(words: Mapping[str, str]) -> list[tuple[re.Pattern[str], str]]:
    parts = {text: _GAP.split(text) for text in words if _GAP.search(text)}
    specific = sorted(parts, key=lambda text: -sum(map(len, parts[text])))
    return [(re.compile("(.*?)".join(map(re.escape, parts[text])), re.DOTALL), words[text]) for text in specific]
