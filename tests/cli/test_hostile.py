"""Command lines that nobody should type: each ends in one clear line, and leaves nothing half-done behind."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from pinxit.cli.progress import printable
from pinxit.errors import BadOption
from pinxit.images.encoding import check_format
from support.fakes import Pictures, Run

pytestmark = pytest.mark.usefixtures("fake_stylizer")

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids such names")


def left() -> set[str]:
    """All files and folders in the current folder."""
    return {str(path) for path in Path().rglob("*")}


def refused(pinxit: Run, *words: str | Path, code: int = 2) -> str:
    """What is said of a command line that is refused, and leaves everything as it was."""
    before = left()
    result = pinxit(*words)
    assert result.code == code, result.said
    assert left() == before
    return result.said


@pytest.mark.parametrize("output", ["new/", "new", "deep/new/"])
def test_a_folder_of_one_picture_goes_to_a_folder_that_is_made(pinxit: Run, picture: Pictures, output: str) -> None:
    picture("one/x.png")
    assert pinxit("stylize", "one", "--style", "style.png", "-o", output).code == 0
    assert (Path(output) / "x.png").is_file()
    assert pinxit("stylize", "one", "--style", "style.png", "-o", output, "--resume").code == 0


def test_an_output_with_a_slash_is_a_folder_that_is_made(pinxit: Run) -> None:
    assert pinxit("stylize", "a.png", "--style", "style.png", "-o", "new/").code == 0
    assert Path("new/a.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stylize", "", "-s", "style.png"], "the name is empty"),
        (["stylize", "a.png", "-s", ""], "the name is empty"),
        (["stylize", "a.png", "-s", "style.png", "-o", ""], "the name is empty"),
        (["sheet", "a.png", "style.png", "-o", ""], "the name is empty"),
        (["code", ""], "the name is empty"),
        (
            ["code", "a.png", "-o", "b.PNG"],
            "end its name in .style",
        ),
        (["video", "", "-s", "style.png"], "the name is empty"),
        (["stylize", "a.png", "-s", "style.png", "-o", "text.txt/"], "'text.txt' is a file, not a folder"),
        (["stylize", "a.png", "style.png", "-s", "b.png", "-o", "text.txt"], "'text.txt' is a file, not a folder"),
        (["stylize", ".", "-s", "style.png"], "several pictures, or a folder of them, need a folder"),
        (["stylize", "a.png", "./a.png", "-s", "style.png", "-o", "new"], "'a.png' is named twice"),
        (["stylize", ".", "a.png", "-s", "style.png", "-o", "new"], "'a.png' is named twice"),
        (["stylize", "a.png", "-s", "style.png", "-o", "x.png", "--format", "jpeg"], "x.png ends in 'png'"),
        (["stylize", "a.png", "-s", "style.png", "-o", "x.jpg", "--format", "png"], "x.jpg ends in 'jpg'"),
        (["stylize", "a.png", "-s", "style.png", "-o", "x", "--format", "bmp"], "format is 'bmp'; pinxit writes png"),
        (["stylize", "a.png", "-s", "style.png", "--format", ".png"], "format is '.png'; pinxit writes png"),
        (["stylize", "a.png", "-s", "style.png", "-o", "-", "--format", "bmp"], "format is 'bmp'; pinxit writes png"),
        (["stylize", "a.png", "-s", "style.png", "-o", "x."], "does not say the format"),
        (["stylize", "a.png", "-s", "style.png", "-o", ".png"], "does not say the format"),
        (
            ["stylize", "a.png", "-s", "style.png", "-o", "x.png", "--trace", "./x.png", "--method", "optimize"],
            "would both be 'x.png'",
        ),
        (["sheet", "a.png", "style.png", "--quality", "0"], "quality is 0; it must be from 1 to 100"),
        (["video", "a.png", "-s", "style.png", "--preview", "x.txt"], "the output x.txt ends in 'txt'"),
        (
            ["video", "film", "-s", "style.png", "-o", "-"],
            "the name '-' is neither a film's, such as x.mp4, nor a folder's",
        ),
        (["video", "film", "-s", "style.png", "-o", "x."], "the name 'x.' is neither a film's"),
        (["video", "film", "-s", "style.png", "-o", ".MP4"], "the name '.MP4' is neither a film's"),
        (["video", "a.png", "-s", "style.png", "--preview", "x.webp", "-o", "./x.webp"], "would both be 'x.webp'"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    pinxit: Run, picture: Pictures, words: list[str], said: str
) -> None:
    if "film" in words:
        picture("film/1.png")
    Path("text.txt").write_text("precious", encoding="utf-8")
    assert said in refused(pinxit, *words)
    assert Path("text.txt").read_text(encoding="utf-8") == "precious"


def test_options_of_the_file_are_checked_before_the_picture_is_painted(
    pinxit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinxit.cli.stylize.Stylizer", lambda *words, **options: pytest.fail("begun"))
    assert "quality is 0" in refused(pinxit, "stylize", "a.png", "-s", "style.png", "--quality", "0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "text.txt/x.png"], "x.png cannot be written: text.txt is a file, not a folder"),
        (["-o", "no/x.png"], "x.png cannot be written: the folder no does not exist; create it first"),
        (
            ["--steps", "9", "--trace", "text.txt"],
            "text.txt/loss.csv cannot be written: text.txt is a file, not a folder",
        ),
        (["-o", "text.txt/deep/"], "deep cannot be written: text.txt is a file, not a folder"),
        (["-o", "o" * 300 + "/x.png"], "too long"),
    ],
    ids=["file", "absent", "trace", "deep", "long"],
)
def test_what_is_in_the_way_of_an_output_is_named(pinxit: Run, words: list[str], said: str) -> None:
    Path("text.txt").touch()
    assert said in refused(pinxit, "stylize", "a.png", "--style", "style.png", *words, code=73)


@posix
def test_a_link_that_leads_to_itself_is_no_bug(pinxit: Run) -> None:
    os.symlink("loop.png", "loop.png")
    assert "loop.png" in refused(pinxit, "stylize", "loop.png", "--style", "style.png", "-o", "x.png", code=65)
    assert pinxit("stylize", "a.png", "--style", "style.png", "-o", "loop.png").code == 0
    assert Path("loop.png").is_file(), "it leads nowhere and is replaced"


LONG = "o" * 300


@pytest.mark.parametrize(
    "words",
    [
        ["stylize", LONG, "-s", "style.png", "-o", "x.png"],
        ["stylize", "a.png", "-s", LONG, "-o", "x.png"],
        ["stylize", LONG, "a.png", "-s", "style.png", "-o", LONG],
        ["stylize", "a.png", "-s", "style.png", "-o", LONG],
        ["stylize", "a.png", "-s", "style.png", "-o", f"{LONG}.png"],
        ["stylize", "a.png", "-s", "style.png", "-o", f"{LONG}/"],
        ["stylize", "a.png", "-s", "style.png", "--mask", LONG, "-o", "x.png", "--trace", LONG],
        ["stylize", "--recipe", LONG],
        ["sheet", LONG, "style.png"],
        ["sheet", "a.png", LONG],
        ["sheet", "a.png", "style.png", "-o", f"{LONG}.png"],
        ["code", LONG],
        ["score", LONG, LONG, LONG],
        ["score", LONG, "--pairs", LONG],
        ["recipe", LONG],
        ["styles", "add", LONG],
        ["styles", "remove", LONG],
        ["video", LONG, "-s", "style.png", "-o", "x.mp4"],
        ["video", "a.png", "-s", "style.png", "-o", "x.mp4", "--preview", f"{LONG}.png"],
        ["score-video", LONG, LONG],
    ],
    ids=lambda words: " ".join(words).replace(LONG, "LONG"),
)
def test_names_too_long_for_any_disk_are_no_bugs(pinxit: Run, words: list[str]) -> None:
    result = pinxit(*words)
    assert result.code in {2, 65, 66, 73}, result.said
    assert result.said.startswith("pinxit: ")
    assert "bug" not in result.said


@posix
def test_names_do_nothing_to_the_terminal(pinxit: Run, picture: Pictures) -> None:
    picture("new\nline\x1b[2J.png")
    result = pinxit("stylize", "new\nline\x1b[2J.png", "--style", "style.png")
    assert result.code == 0
    assert Path("new\nline\x1b[2J_pinxit.png").is_file()
    assert r"painted new\nline\x1b[2J_pinxit.png (32 x 24)" in result.said
    assert result.said.count("\n") == 2, "with the stand-in's warning"
    missing = refused(pinxit, "stylize", "no\r\n.png", "--style", "style.png", "-o", "x.png", code=66)
    assert r"no\r\n.png" in missing


def test_what_can_be_printed_is() -> None:
    for text in ("ünï 漢字\u3000😀.png", "a\xa0b", "👩\u200d👧"):
        assert printable(text) == text
    assert printable("a\tb\x7f\x9b\udcff\u2028") == r"a\tb\x7f\x9b\udcff\u2028"


def test_a_folder_as_a_style_is_said_to_be_one(pinxit: Run, picture: Pictures) -> None:
    picture("styles/x.png")
    assert "styles is a folder, not a picture" in refused(pinxit, "sheet", "a.png", "styles", code=65)


@pytest.mark.parametrize("name", ["x.png", "x.PNG", "x", "x.txt", "-", "/dev/stdout"])
def test_a_format_that_fits_the_name_or_a_name_without_one_is_taken(name: str) -> None:
    check_format("png", name)
    check_format("PNG", name)
    if name.lower() == "x.png":
        with pytest.raises(BadOption, match="format is 'webp'"):
            check_format("webp", name)


def test_jpg_and_jpeg_are_one_format() -> None:
    check_format("jpeg", "x.jpg")
    check_format("jpg", "x.JPEG")
    check_format("tif", "x.tiff")


@pytest.mark.parametrize("pairs", [True, False])
def test_a_score_of_nothing_is_refused(pinxit: Run, pairs: bool) -> None:
    Path("none").mkdir()
    Path("none.txt").write_text("# nothing\n", encoding="utf-8")
    words = ["none", "--pairs", "none.txt"] if pairs else ["none", "style.png", "none"]
    said = refused(pinxit, "score", *words)
    assert ("'none.txt' names no pictures" if pairs else "'none' contains no pictures") in said


def test_closed_streams_are_said_to_be_closed(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input is closed" in refused(pinxit, "stylize", "-", "--style", "style.png", "-o", "x.png")
    monkeypatch.setattr(sys, "stdout", None)
    assert "standard output is closed" in refused(pinxit, "stylize", "a.png", "--style", "style.png", "-o", "-")
    assert pinxit("styles").code == 0
    assert pinxit("stylize", "a.png", "--style", "style.png", "--json", "-o", "x.png").code == 0


def test_without_standard_error_nothing_is_said_anywhere(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    result = pinxit("stylize", "a.png", "--style", "style.png", "-o", "x.png")
    assert (result.code, result.out, result.said) == (0, b"", "")
    result = pinxit("stylize", "absent.png", "--style", "style.png", "-o", "x.png")
    assert (result.code, result.out) == (66, b"")


@posix
def test_a_current_folder_that_is_gone_is_no_bug(pinxit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = pinxit("stylize", tmp_path / "a.png", "--style", tmp_path / "style.png")
    assert (result.code, result.said) == (66, "pinxit: the current folder is no longer there: change to one that is\n")


def test_a_full_disk_under_standard_output_is_no_bug(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: object, **settings: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("builtins.print", full)
    result = pinxit("styles", "--plain")
    assert result.code == 74
    assert "no space left to write standard output" in result.said


def test_a_picture_that_may_not_be_read_is_no_wrong_use(pinxit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As whose reading fails, in pinxit's words; an output need not be readable at all."""
    monkeypatch.setattr(os, "access", lambda path, mode, **settings: not mode & os.R_OK)
    assert pinxit("stylize", "a.png", "--style", "style.png", "-o", "x.png").code == 0
    assert pinxit("stylize", "a.png", "--style", "style.png", "-o", "x.png").code == 0
