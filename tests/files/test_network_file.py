"""The file of a network: the same bytes for the same network, and never another network for damaged ones."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pinxit.errors import BadWeights, NotFound
from pinxit.files import network_file, reading
from pinxit.files.network_file import CARD, PAINTER, dump, load
from support.networks import write_styles

STYLE: dict[str, Any] = {"name": "wave", "sha256": "0" * 64, "thumbnail": ""}
WRONG_FACTS: list[dict[str, Any]] = [
    {"name": "../wave"},
    {"sha256": "0" * 63},
    {"thumbnail": "A" * 200_000},
    {"title": "a\x1b[2Jb"},
    {"title": "x" * 2000},
    {"title": ["The Wave"]},
    {"year": float("nan")},
]
WRONG_SCORES: list[Any] = [5, [], "each", {"each": [1]}, {"each": {"wave": {"content": "near"}}}]
CARD_OF_ONE: dict[str, Any] = {
    "kind": "taught",
    "levels": 3,
    "channels": 5,
    "code": 2,
    "styles": [STYLE],
}


def test_dump_and_load() -> None:
    data = dump(CARD_OF_ONE, {PAINTER: b"\x08\x08"})
    assert data == dump(CARD_OF_ONE, {PAINTER: b"\x08\x08"})
    card, graphs = load(data, "x.pinxit")
    assert graphs == {PAINTER: b"\x08\x08"}
    assert card["styles"] == CARD_OF_ONE["styles"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"styles": []},
        {"code": 3},
        {"code": "2"},
        {"styles": [{"name": 5, "sha256": "", "thumbnail": ""}]},
        {"styles": [{"name": "wave"}]},
        {"levels": 1.5},
        *({"levels": levels} for levels in (-1, 0, 30, 10**18, True, None, [3])),
        *({"channels": channels} for channels in (0, 10**12, "5")),
        {"shape": {"widths": [4] * 1000}},
        {"shape": {"blocks": [10**12]}},
        {"shape": []},
        *({"scores": scores} for scores in WRONG_SCORES),
        *({"styles": [{**STYLE, **fact}]} for fact in WRONG_FACTS),
        {"styles": [STYLE] * 300, "code": 301},
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadWeights, match=r"x\.pinxit"):
        load(dump({**CARD_OF_ONE, **change}, {PAINTER: b"\x08\x08"}), "x.pinxit")


@pytest.mark.parametrize("position", [0.001, 0.02, 0.2, 0.5, 0.9, 0.999])
def test_a_flipped_byte_is_found(tmp_path: Path, position: float) -> None:
    data = bytearray(write_styles(tmp_path / "x.pinxit", "wave").read_bytes())
    expected = load(bytes(data), "x.pinxit")[1]
    data[int(position * len(data))] ^= 1
    try:
        graphs = load(bytes(data), "x.pinxit")[1]
    except BadWeights:
        return
    assert graphs == expected, "a zip stores some bytes twice, and some that are not read"


def test_a_compressed_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pinxit"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CARD, json.dumps(CARD_OF_ONE))
        archive.writestr(PAINTER, bytes(10_000_000))
    with pytest.raises(BadWeights, match="not a network of pinxit"):
        load(path.read_bytes(), "x.pinxit")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"^nothing\.pinxit: there is no such file"):
        network_file.read_bytes(tmp_path / "nothing.pinxit")


def test_an_endless_device_is_read_to_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no /dev/zero")
    monkeypatch.setattr(network_file, "MOST_BYTES", 100_000)
    with pytest.raises(BadWeights, match="zero is larger than 100,000 bytes"):
        network_file.read_bytes(Path("/dev/zero"))


def test_unreadable_files_have_their_own_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match=r"none\.pinxit: there is no such file"):
        network_file.read_bytes(tmp_path / "none.pinxit")
    with pytest.raises(BadWeights, match=f"{tmp_path.name} is a folder, not a network; name a file in it"):
        network_file.read_bytes(tmp_path)

    def forbidden(*arguments: object, **options: object) -> None:
        raise PermissionError

    (tmp_path / "kept.pinxit").touch()
    monkeypatch.setattr(reading, "open", forbidden, raising=False)
    with pytest.raises(BadWeights, match=r"kept\.pinxit may not be read: change its permissions"):
        network_file.read_bytes(tmp_path / "kept.pinxit")
