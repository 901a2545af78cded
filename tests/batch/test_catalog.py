"""A table of works: read, matched with pictures, trained together, described on a card and on sheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinxit import images
from pinxit.batch import catalog
from pinxit.errors import BadOption, NotFound
from support.fakes import Pictures, gradient
from support.networks import write_styles

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "models" / "gallery" / "gallery.toml"

LINE = '[wave]\nwork = "nga_7"\ntitle = "T"\nartist = "A"\nyear = "1900"\nmuseum = "M"\nlicence = "CC0"\n'


def test_the_gallery_has_at_least_twelve_free_works_by_name() -> None:
    works = catalog.read(GALLERY)
    assert len(works) >= 12
    assert len({work.facts["work"] for work in works}) == len(works)
    assert all(work.facts["licence"] in ("CC0", "public domain") for work in works)
    assert all(work.facts["artist"] and work.facts["title"] for work in works)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no work"),
        ("wave = 1", "'wave' in table.toml must have exactly"),
        (LINE.replace('year = "1900"', "year = 1900"), "all of them texts"),
        (LINE + 'more = "x"\n', "must have exactly"),
        (LINE + 'strong = "very"\n', "strong is 'very'"),
        (LINE + "strong = 1\n", "all of them texts"),
        (LINE + 'trim = "5"\n', "trim is '5'; it must be a share"),
        ("[wave", "is no TOML: look at its end$"),
        ("a = 1\nb = ]\n", "is no TOML: look at line 2$"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "table.toml").write_text(text)
    with pytest.raises(BadOption, match=words):
        catalog.read(tmp_path / "table.toml")
    with pytest.raises(NotFound):
        catalog.read(tmp_path / "nothing.toml")


def test_a_work_may_say_how_strongly_it_is_to_be_trained_and_what_is_frame(tmp_path: Path) -> None:
    more = 'strong = "wild"\ntrim = "5% 3% 5% 3%"\n'
    (tmp_path / "table.toml").write_text(LINE + more + LINE.replace("wave", "mist"))
    wave, mist = catalog.read(tmp_path / "table.toml")
    assert (wave.facts["strong"], wave.facts["trim"]) == ("wild", "5% 3% 5% 3%")
    assert not {"strong", "trim"} & set(mist.facts)


def test_a_work_is_found_by_museum_and_number(tmp_path: Path, picture: Pictures) -> None:
    (tmp_path / "table.toml").write_text(LINE)
    (work,) = catalog.read(tmp_path / "table.toml")
    picture("pictures/oa_nga_77.png")
    with pytest.raises(NotFound, match=r"no picture of 'wave': nga_7 \(T\)"):
        catalog.picture(work, tmp_path / "pictures")
    wanted = picture("pictures/oa_nga_7.png")
    assert catalog.picture(work, tmp_path / "pictures") == wanted


def test_a_network_gets_a_card_and_a_sheet(tmp_path: Path) -> None:
    network = write_styles(tmp_path / "works.pinxit", "wave", title="T", artist="A", museum="M", work="nga_7")
    images.write(gradient(30, 40), tmp_path / "harbor.png")
    card, sheet = catalog.publish(network, tmp_path, [tmp_path / "harbor.png"])
    assert (card.name, sheet.name) == ("works.md", "works-harbor.jpg")
    assert "| wave | A, *T* | M (nga_7) |" in card.read_text(encoding="utf-8")
    assert images.read(sheet).shape[2] == 3
