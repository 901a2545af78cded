"""``pinxit score``: one picture, folders, pairs; tables and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinxit.errors import BadImage
from pinxit.metrics.distances import Score
from support.fakes import Pictures, Run


class FakeScorer:
    """Scores by the lengths of the names; refuses pictures called bad."""

    asked: list[tuple[Path, Path, Path]]

    def __init__(self, *, vgg: str, size: int) -> None:
        self.factor = size / 512
        FakeScorer.asked = []

    def score(self, content: Path, style: Path, painted: Path) -> Score:
        if painted.stem == "bad":
            raise BadImage("broken [picture]")
        FakeScorer.asked.append((content, style, painted))
        return Score(content=len(content.stem) * self.factor, style=0.25, ssim=0.5, patch_precision=0.125)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pinxit.cli.score.Scorer", FakeScorer)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folders(picture: Pictures) -> None:
    """Contents a, bbb and c, of which c was not painted; styles of the same names."""
    for name in ("in/a.png", "in/bbb.jpg", "styles/a.jpg", "styles/bbb.png", "out/a.png", "out/bbb.jpg"):
        picture(name)


def test_one_picture_is_one_row(pinxit: Run) -> None:
    result = pinxit("score", "a.png", "style.png", "out.png")
    assert result.code == 0
    assert "1.0000" in result.out.decode()
    assert "mean" not in result.out.decode()
    assert FakeScorer.asked == [(Path("a.png"), Path("style.png"), Path("out.png"))]


def test_json_has_rows_and_means(pinxit: Run) -> None:
    printed = json.loads(pinxit("score", "a.png", "style.png", "out.png", "--json", "--size", "1024").out)
    row = {"content": 2.0, "style": 0.25, "ssim": 0.5, "patch_precision": 0.125}
    assert printed == {"mean": row, "rows": [{"name": "out.png", **row}]}


@pytest.mark.usefixtures("folders")
def test_folders_are_matched_by_name(pinxit: Run) -> None:
    printed = json.loads(pinxit("score", "in", "styles", "out", "--json").out)
    assert [row["name"] for row in printed["rows"]] == ["a", "bbb"]
    assert printed["mean"]["content"] == 2.0
    assert FakeScorer.asked[1] == (Path("in/bbb.jpg"), Path("styles/bbb.png"), Path("out/bbb.jpg"))
    assert "mean of 2" in pinxit("score", "in", "styles", "out").out.decode()


@pytest.mark.usefixtures("folders")
def test_one_style_serves_a_whole_folder(pinxit: Run) -> None:
    assert pinxit("score", "in", "style.png", "out").code == 0
    assert {style for _, style, _ in FakeScorer.asked} == {Path("style.png")}


def test_contents_that_share_a_stem_are_found_as_stylize_wrote_them(pinxit: Run, picture: Pictures) -> None:
    for name in ("in/a.png", "in/a.jpg", "out/a.png.png", "out/a.jpg.png"):
        picture(name)
    assert pinxit("score", "in", "style.png", "out").code == 0
    assert [painted.name for _, _, painted in FakeScorer.asked] == ["a.jpg.png", "a.png.png"]
    assert [content.name for content, _, _ in FakeScorer.asked] == ["a.jpg", "a.png"]


@pytest.mark.usefixtures("folders")
def test_pairs_name_content_and_style_from_their_own_folder(pinxit: Run) -> None:
    Path("sub").mkdir()
    Path("sub/pairs.tsv").write_text("# name, content, style\n\na\t../in/a.png\t../styles/a.jpg\n")
    assert pinxit("score", "--pairs", "sub/pairs.tsv", "out").code == 0
    assert FakeScorer.asked == [(Path("sub/../in/a.png"), Path("sub/../styles/a.jpg"), Path("out/a.png"))]


def test_one_bad_picture_is_reported_and_the_others_scored(pinxit: Run, picture: Pictures) -> None:
    for name in ("in/good.png", "in/bad.png", "out/good.png", "out/bad.png"):
        picture(name)
    result = pinxit("score", "in", "style.png", "out", "--json")
    assert result.code == 3
    assert "bad: broken [picture]" in result.said
    assert [row["name"] for row in json.loads(result.out)["rows"]] == ["good"]


def test_where_nothing_could_be_scored_there_is_no_mean(pinxit: Run) -> None:
    Path("pairs.tsv").write_text("bad\ta.png\tstyle.png\nbad\ta.png\tstyle.png\n")
    Path("out").mkdir()
    result = pinxit("score", "--pairs", "pairs.tsv", "out", "--json")
    assert result.code == 3
    assert json.loads(result.out) == {"mean": None, "rows": []}


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("a.png style.png", 2, "three pictures"),
        ("in style.png out/a.png", 2, "must be the folder"),
        ("in empty out", 66, "'a'"),
        ("--pairs gone.tsv out", 66, "'gone.tsv' is not a text file"),
        ("--pairs a.png out", 66, "not a text file"),
        ("--pairs pairs.tsv out", 2, "line 2 of 'pairs.tsv'"),
        ("--pairs pairs.tsv a.png", 2, "name only the folder"),
        ("a.png style.png out/a.png --size 8", 2, "from 16 to 8192"),
        ("", 2, "CONTENT STYLE PAINTED"),
    ],
)
def test_wrong_use_is_explained(pinxit: Run, words: str, code: int, message: str) -> None:
    Path("empty").mkdir()
    Path("pairs.tsv").write_text("a\tin/a.png\tstyle.png\nonly two\twords\n")
    result = pinxit("score", *words.split())
    assert result.code == code
    assert message in result.said


@pytest.mark.parametrize(
    ("language", "words"), [("en", "style: how far from the painting"), ("zh", "style：离风格画有多远")]
)
def test_the_table_says_which_number_is_the_distance_from_the_painting(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setattr("pinxit.cli.language.chinese", lambda: language == "zh")
    run = pinxit("score", "a.png", "style.png", "out.png")
    assert any(line.startswith(words) for line in run.out.decode().splitlines())
