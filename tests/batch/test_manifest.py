"""The manifest of a folder: only a complete and unchanged picture counts as done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinxit.batch.manifest import NAME, Manifest
from pinxit.errors import NotFound, WriteFailed
from support.fakes import Pictures


def manifest(folder: Path, style: Path, made_of: object = 1, *, resume: bool = True) -> Manifest:
    return Manifest(folder, made_of, [style], resume=resume)


def test_what_was_added_is_done(tmp_path: Path, picture: Pictures) -> None:
    photo, style, output = picture("photo.png"), picture("style.png", 0.5), picture("out/photo.png", 0.2)
    fresh = manifest(output.parent, style)
    assert not fresh.done(photo, output)
    fresh.add(photo, output)
    assert manifest(output.parent, style).done(photo, output)
    assert not manifest(output.parent, style, made_of=2).done(photo, output)
    assert not manifest(output.parent, photo).done(photo, output), "another style"
    assert not manifest(output.parent, style).done(style, output), "another photo"
    assert not manifest(output.parent, style, resume=False).done(photo, output)
    assert not (output.parent / NAME).exists()


def test_a_changed_or_missing_picture_is_not_done(tmp_path: Path, picture: Pictures) -> None:
    photo, style, output = picture("photo.png"), picture("style.png", 0.5), picture("out/photo.png", 0.2)
    manifest(output.parent, style).add(photo, output)
    output.write_bytes(output.read_bytes() + b"x")
    assert not manifest(output.parent, style).done(photo, output)
    output.unlink()
    assert not manifest(output.parent, style).done(photo, output)


def test_a_torn_line_counts_as_nothing_and_spoils_nothing(tmp_path: Path, picture: Pictures) -> None:
    photo, style, output = picture("photo.png"), picture("style.png", 0.5), picture("out/photo.png", 0.2)
    (output.parent / NAME).write_bytes(b'[]\n{"output": 1}\n\xff\n{"output": "photo.png", "ma')
    torn = manifest(output.parent, style)
    assert not torn.done(photo, output)
    torn.add(photo, output)
    assert manifest(output.parent, style).done(photo, output)
    assert json.loads((output.parent / NAME).read_bytes().splitlines()[-1])["output"] == "photo.png"


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path, picture: Pictures) -> None:
    with pytest.raises(NotFound):
        manifest(tmp_path, tmp_path / "none.png")
    style = picture("style.png")
    (tmp_path / NAME).mkdir()
    with pytest.raises(WriteFailed):
        manifest(tmp_path, style).add(style, style)
