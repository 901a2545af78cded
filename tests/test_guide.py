"""The guide shows lines of the source, which must be the lines that run, and figures, which a script makes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from matplotlib.patches import Rectangle

from pinxit import images
from pinxit.explain.pair import Pair, Sizes, tensor
from pinxit.methods.optimize import losses
from pinxit.nn.gram import gram
from support.networks import tiny_vgg

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools" / "assets"))

import make_guide  # noqa: E402
from figures import drawing, material  # noqa: E402

GUIDES = sorted(ROOT.glob("docs/guide*.md"))
EXCERPT = re.compile(r"<!-- (?P<source>\S+\.py) -->\n```python\n(?P<code>.*?)```", re.DOTALL)

FIGURE = re.compile(r"!\[([^\]]*)\]\(pictures/guide/(\w+)\.webp\)")
MOST_BYTES = 1_500_000


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_excerpt_stands_in_the_source_it_names(guide: Path) -> None:
    excerpts = list(EXCERPT.finditer(guide.read_text(encoding="utf-8")))
    assert len(excerpts) >= 10
    for excerpt in excerpts:
        source = (ROOT / excerpt["source"]).read_text(encoding="utf-8")
        assert excerpt["code"] in source, f"{excerpt['source']} no longer has:\n{excerpt['code']}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_no_python_stands_in_the_guide_without_its_source(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    assert text.count("```python") == len(EXCERPT.findall(text))


def test_both_languages_show_the_same_lines() -> None:
    shown = [EXCERPT.findall(guide.read_text(encoding="utf-8")) for guide in GUIDES]
    assert len(shown) == 2
    assert shown[0] == shown[1]


def figures(guide: Path) -> list[tuple[str, str]]:
    """Return the figures of a guide, in order: their names and what is said for those who cannot see them."""
    return [(name, words) for words, name in FIGURE.findall(guide.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_figure_has_its_file_and_the_function_that_makes_it(guide: Path) -> None:
    shown = [name for name, words in figures(guide)]
    assert sorted(shown) == sorted(make_guide.FIGURES)
    assert {path.stem for path in make_guide.FOLDER.glob("*.webp")} == set(shown)
    assert sum(path.stat().st_size for path in make_guide.FOLDER.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_chapter_has_a_figure_with_a_description(guide: Path) -> None:
    chapters = re.split(r"^## (?=\d)", guide.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [chapter.split("\n")[0] for chapter in chapters if not FIGURE.search(chapter)] == []
    assert all(len(words) > 15 for _, words in figures(guide))


def test_both_languages_show_the_same_figures() -> None:
    english, chinese = ([name for name, _ in figures(guide)] for guide in GUIDES)
    assert english == chinese


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)
    sizes = Sizes(picture=64, comparison=32, steps=5, short=2, rebuilt=2, frames=5, nearest=3, shown=96)
    return material.pair(sizes)


@pytest.mark.parametrize("name", ["features", "descent", "neighbors", "network"])
def test_a_figure_is_made_again(name: str, small: Pair, tmp_path: Path) -> None:
    drawing.write(make_guide.FIGURES[name], small, tmp_path / f"{name}.webp")
    picture = images.read(tmp_path / f"{name}.webp")
    assert picture.shape[1] == 900
    assert picture.std() > 0.05


def test_the_bars_are_the_losses(small: Pair) -> None:
    published = make_guide.FIGURES["layers"](small).axes[0]
    photo, painting = small.at(64)
    with torch.no_grad():
        target, features = (small.network(tensor(image))["conv3_1"] for image in (painting, photo))
        loss = float(losses.Style(gram(target)[0])(features))
    assert [bar.get_width() for bar in published.patches if isinstance(bar, Rectangle)][2] == pytest.approx(loss)


def letters(text: str) -> set[str]:
    """Return the single letters of a text, without its markup."""
    return set(re.findall(r"(?<![^\W\d_])[A-Za-z\u03b1-\u03c9](?![^\W\d_])", re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_letter_of_a_formula_is_explained_at_the_start(guide: Path) -> None:
    start, chapters = guide.read_text(encoding="utf-8").split("\n## 1. ")
    rows = re.findall(r"^\| ([^|]+) \|[^|]+\| [\d, 、]+ \|$", start, re.MULTILINE)
    explained = [letter for row in rows for letter in letters(row.replace("G<sub>p</sub>", "").replace("e₀", ""))]
    assert len(explained) > 30
    assert len(explained) == len(set(explained)), "one letter, one meaning"
    formulas = re.findall(r"^> (.*)$", chapters, re.MULTILINE)
    assert len(formulas) > 15
    assert {letter for formula in formulas for letter in letters(formula)} - set(explained) == set()


def test_words_in_italics_are_in_the_glossary() -> None:
    text, glossary = GUIDES[0].read_text(encoding="utf-8").split("\n## Glossary\n")
    text = re.sub(
        r"^```.*?^```$|\n\n\*[^*]+\*$", "", text, flags=re.DOTALL | re.MULTILINE
    )  # captions are in italics, too
    words = {" ".join(word.split()).lower() for word in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text)} - {"italics"}
    assert {"bias", "covariance", "curvature", "optical flow", "patch precision", "ssim"} < words
    entries = {
        entry.lower() for row in re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE) for entry in row.split(", ")
    }
    assert words - entries - {"change", "large", "painting", "square root"} == set()
