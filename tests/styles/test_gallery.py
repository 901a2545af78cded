"""Trained styles by name: found in files and folders, listed, installed, removed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinxit import images
from pinxit.errors import BadOption, BadWeights, NotFound
from pinxit.styles import gallery
from support.fakes import gradient
from support.networks import write_styles


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, and no gallery."""
    monkeypatch.setenv("PINXIT_STYLES", str(tmp_path / "own"))
    monkeypatch.setattr(gallery, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "own"


def test_styles_of_a_file_have_rows_thumbnails_and_credits(tmp_path: Path) -> None:
    path = write_styles(tmp_path / "x.pinxit", "wave", "night", title="The Wave", artist="Someone", year="1900")
    wave, night = gallery.read(path)
    assert (wave.name, wave.row, night.row, night.rows) == ("wave", 0, 1, 2)
    assert wave.credit == "The Wave, Someone, 1900"
    assert wave.thumbnail.shape == (12, 16, 3)
    assert wave.fingerprint == night.fingerprint
    assert wave.scores == {}


def test_a_file_comes_before_a_name(user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_styles(user_folder / "x.pinxit", "wave")
    monkeypatch.chdir(tmp_path)
    assert getattr(gallery.find("wave"), "name", "") == "wave"
    images.write(gradient(), tmp_path / "wave.png")
    (tmp_path / "wave.png").rename(tmp_path / "wave")
    assert gallery.find("wave") is None


def test_paths_are_left_to_be_read_as_pictures(user_folder: Path, tmp_path: Path) -> None:
    for word in ("wave.jpg", "folder/wave", str(tmp_path / "nothing.png"), "a\0b.png"):
        assert gallery.find(word) is None
    with pytest.raises(NotFound, match="no style is installed"):
        gallery.find("wave")


def test_one_of_several_styles_in_a_file_must_be_named(tmp_path: Path) -> None:
    path = write_styles(tmp_path / "x.pinxit", "wave", "night")
    style = gallery.find(f"{path}:night")
    assert style is not None
    assert style.row == 1
    with pytest.raises(BadOption, match=re.escape("x.pinxit has 2 styles; say which, as x.pinxit:wave")):
        gallery.find(str(path))
    with pytest.raises(BadOption, match=r"no style 'nihgt': did you mean 'night'\?"):
        gallery.find(f"{path}:nihgt")


def test_installed_styles_hide_the_gallerys_and_damaged_files_are_left_out(user_folder: Path, tmp_path: Path) -> None:
    write_styles(tmp_path / "shipped" / "gallery.pinxit", "wave", "night")
    mine = write_styles(user_folder / "mine.pinxit", "wave", seed=1)
    (user_folder / "broken.pinxit").write_bytes(mine.read_bytes()[:-50])
    assert [(style.name, style.network.name) for style in gallery.installed()] == [
        ("wave", "mine.pinxit"),
        ("night", "gallery.pinxit"),
    ]
    with pytest.raises(BadWeights, match="broken"):
        gallery.find(str(user_folder / "broken.pinxit"))


def test_adding_and_removing(user_folder: Path, tmp_path: Path) -> None:
    path = write_styles(tmp_path / "x.pinxit", "wave", "night")
    assert [style.name for style in gallery.add(path)] == ["wave", "night"]
    gallery.add(path)  # again: in place of itself
    twin = write_styles(tmp_path / "y.pinxit", "night")
    with pytest.raises(BadOption, match=r"'night' is already installed from x\.pinxit"):
        gallery.add(twin)
    assert gallery.remove("night") == ["wave", "night"]
    assert gallery.installed() == []
    with pytest.raises(NotFound, match="no style 'night' is installed"):
        gallery.remove("night")
    write_styles(tmp_path / "shipped" / "gallery.pinxit", "night")
    with pytest.raises(NotFound, match="comes with pinxit and cannot be removed"):
        gallery.remove("night")


def test_a_damaged_network_can_be_removed_by_its_files_name(user_folder: Path, tmp_path: Path) -> None:
    path = write_styles(user_folder / "x.pinxit", "wave")
    path.write_bytes(b"nothing")
    gallery.remove("x")
    assert not path.exists()
