"""Blind votes: sheets that do not tell, keys that do, Wilson's interval, and the judges' page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from benchmarks.pairs import Pair
from benchmarks.votes import __main__ as votes
from benchmarks.votes import ballots, sheets
from benchmarks.votes.ballots import Vote, wilson
from benchmarks.votes.page import Ballot
from benchmarks.votes.sheets import GAP, LABEL, TOP, WIDTH, Key

from pinxit import images
from pinxit.errors import BadOption, NotFound

COLORS = {"ours": (1.0, 0.0, 0.0), "peers": (0.0, 0.0, 1.0)}


def flat(path: Path, color: tuple[float, float, float], size: tuple[int, int] = (40, 60)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images.write(np.full((*size, 3), color, np.float32), path)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of eight pairs, and results of two programs in flat colors."""
    lines = []
    for number in range(8):
        photo = flat(tmp_path / f"photo{number}.png", (0.5, 0.5, 0.5))
        style = flat(tmp_path / f"style{number}.png", (0.0, 1.0, 0.0))
        lines.append(f"p{number}\t{photo.name}\t{style.name}\n")
        for program, color in COLORS.items():
            flat(tmp_path / program / f"p{number}.png", color, (40, 60) if program == "ours" else (38, 58))
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(lines))
    return path


def make(table: Path, *more: str) -> Path:
    folder = table.parent
    words = [
        "sheets",
        str(folder / "ours"),
        str(folder / "peers"),
        "--tsv",
        str(table),
        "--sheets",
        str(folder / "out"),
    ]
    assert votes.main([*words, "--keys", str(folder / "keys.json"), *more]) == 0
    return folder


def test_a_sheet_shows_what_its_key_says(table: Path) -> None:
    folder = make(table)
    keys = sheets.read_keys(folder / "keys.json")
    assert len(keys) == 8
    assert {key.A for key in keys.values()} == {"ours", "peers"}, "the order changes"
    for key in keys.values():
        sheet = images.read(folder / "out" / f"{key.sheet}.png")
        assert sheet.shape[1] == 2 * WIDTH + GAP
        middle = TOP + LABEL + 100
        assert sheet[middle, 100] == pytest.approx(COLORS[key.A])
        assert sheet[middle, WIDTH + GAP + 100] == pytest.approx(COLORS[key.B])
        assert sheet[50, 50] == pytest.approx((0.5, 0.5, 0.5), abs=0.01)


def test_the_seed_settles_the_order(table: Path) -> None:
    first = (make(table) / "keys.json").read_bytes()
    assert (make(table) / "keys.json").read_bytes() == first
    assert (make(table, "--seed", "1") / "keys.json").read_bytes() != first


def test_keys_stay_apart_and_nothing_may_be_missing(table: Path, tmp_path: Path) -> None:
    pair = Pair("p0", tmp_path / "photo0.png", tmp_path / "style0.png")
    both = (tmp_path / "ours", tmp_path / "peers")
    with pytest.raises(BadOption, match="apart"):
        sheets.make([pair], both, tmp_path / "out", tmp_path / "out" / "keys.json")
    with pytest.raises(BadOption, match="different names"):
        sheets.make([pair], (both[0], both[0]), tmp_path / "out", tmp_path / "keys.json")
    (tmp_path / "peers" / "p0.png").unlink()
    with pytest.raises(NotFound, match="peers has no result of the pair p0"):
        sheets.make([pair], both, tmp_path / "out", tmp_path / "keys.json")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("won", "of", "low", "high"), [(24, 36, 0.503, 0.798), (10, 12, 0.552, 0.953), (0, 10, 0, 0.278), (0, 0, 0, 1)]
)
def test_wilsons_interval(won: int, of: int, low: float, high: float) -> None:
    assert wilson(won, of) == pytest.approx((low, high), abs=6e-4)


def test_the_tally_counts_by_contender_not_by_letter() -> None:
    keys = {"01": Key("01", "p0", "ours", "peers"), "02": Key("02", "p1", "peers", "ours")}
    cast = [
        Vote("01", "a", "A", ((), ("bars", "dull"))),
        Vote("02", "a", "B", (("bars",), ())),
        Vote("01", "b", "B"),
        Vote("02", "b", "tie", ((), ("mush",))),
    ]
    page = ballots.tally(keys, cast)
    assert page.startswith("4 votes by 2 judges, 1 of them ties")
    assert "| ours | 2 of 3 | 67% | 21% to 94% |" in page
    assert "| peers | bars | 2 of 2 | 01 02 |" in page
    assert "| ours | mush | 1 of 2 | 02 |" in page
    with pytest.raises(BadOption, match="sheet 09"):
        ballots.tally(keys, [Vote("09", "a", "A")])


def test_a_file_of_votes_is_read_back_and_the_last_vote_counts(tmp_path: Path) -> None:
    path = tmp_path / "votes.tsv"
    last = Vote("01", "a", "B", (("bars", "dull"), ()))
    path.write_text("# by hand\n" + Vote("01", "a", "A").line() + last.line() + "02\ta\ttie\n")
    assert ballots.read(path) == [last, Vote("02", "a", "tie")]
    path.write_text("01\ta\tC\n")
    with pytest.raises(BadOption, match="no vote"):
        ballots.read(path)


@pytest.fixture
def ballot(table: Path) -> Iterator[Ballot]:
    folder = make(table, "--pairs", "2")
    with Ballot(folder / "out", folder / "votes.tsv") as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_page_shows_one_sheet_after_the_other(ballot: Ballot, capsys: pytest.CaptureFixture[str]) -> None:
    with httpx.Client(base_url=ballot.url, follow_redirects=True, trust_env=False) as client:
        assert "Your name" in client.get("/").text
        page = client.get("/", params={"judge": "<b>"}).text
        assert "1 of 2" in page
        assert "<b>" not in page
        assert "ours" not in page
        assert client.get("/sheets/01.png").content == ballot.sheets["01"].read_bytes()
        assert client.get("/sheets/../keys.json").status_code == 404
        form = {"sheet": "01", "judge": "ann", "choice": "A", "faults-B": ["bars", "odd;\thue"], "faults-A": [""]}
        assert "2 of 2" in client.post("/", data=form).text
        assert client.post("/", data={**form, "choice": "both"}).status_code == 400
        assert "done" in client.post("/", data={**form, "sheet": "02", "choice": "tie"}).text
    cast = ballots.read(ballot.votes)
    assert cast[0] == Vote("01", "ann", "A", ((), ("bars", "odd, hue")))
    assert [vote.choice for vote in cast] == ["A", "tie"]
    words = ["tally", "--keys", str(ballot.votes.parent / "keys.json"), "--votes", str(ballot.votes)]
    capsys.readouterr()
    assert votes.main(words) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_an_error_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert votes.main(["serve", "--sheets", str(tmp_path)]) == NotFound.exit_code
    assert "make them first" in capsys.readouterr().err
