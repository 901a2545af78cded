"""The file of a one-pass network: an uncompressed zip of a card and ONNX graphs.

::

    card.json       format, kind, sizes, the sha256 of every graph, and what the network was trained on
    encoder.onnx    style (1, 3, h, w) -> code (1, code); only in networks of any style
    painter.onnx    see `pinxit.training.onnx_graph.transform_net_model`

A network of trained styles has no encoder: its code is a share for each row of the card's ``styles``, and a last one
for the photo as it is.
"""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from pinxit.errors import BadWeights
from pinxit.files import graph
from pinxit.files.reading import read_file

FORMAT = 2
CARD, ENCODER, PAINTER = "card.json", "encoder.onnx", "painter.onnx"
ANY, TRAINED = "any", "taught"
"""Kinds of networks, as cards say them: for any style, or for trained styles. A card without a kind is of the first."""
ENDING = ".pinxit"
NAME = re.compile(r"[\w][\w .'-]{,199}")  # a valid name of a style: never a path, nor ``FILE:NAME``
MOST_BYTES = 1 << 27  # those that come with pinxit have 4 to 7 million
CARD_BYTES, THUMBNAIL_BYTES = 4 << 20, 1 << 17  # most bytes of a card, and characters of a thumbnail
MOST_LEVELS, MOST_STYLES = 8, 256
CURE = "export it again, or give another file"


def read_bytes(path: Path) -> bytes:
    """Return the content of a network's file; raises `NotFound`, `BadWeights` for one too large or unreadable."""
    too_large = BadWeights(f"{path.name} is larger than {MOST_BYTES:,} bytes, so it is not a network of pinxit")
    return read_file(path, MOST_BYTES, "a network", BadWeights, too_large)


def dump(card: dict[str, Any], graphs: dict[str, bytes]) -> bytes:
    """Return the file of a network; format and checksums are added to its card. Equal networks give equal bytes."""
    complete = {"format": FORMAT, **card, "sha256": _checksums(graphs)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {CARD: json.dumps(complete, indent=2, ensure_ascii=False).encode(), **graphs}.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time
    return buffer.getvalue()


def load(data: bytes, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the card and the graphs of a network's file, as a stranger may have made it; ``name`` is for messages.

    Raises `BadWeights` for any other file, a card out of its ranges, and graphs that `pinxit.files.graph` refuses.
    """
    try:
        card, graphs = _unzipped(data)
        if card["format"] != FORMAT or card["kind"] not in (ANY, TRAINED):
            raise BadWeights(f"{name} is a network of another version of pinxit: {CURE}")
        _check_card(card)
        if {part: card["sha256"][part] for part in graphs} != _checksums(graphs):
            raise BadWeights(f"{name} is damaged: {CURE}")
    except BadWeights:
        raise
    except Exception as error:  # zipfile and JSON raise a dozen types for broken bytes
        raise BadWeights(f"{name} is damaged, or not a network of pinxit: {CURE}") from error
    try:
        for each in graphs.values():
            graph.check(each)
    except (ValueError, RecursionError) as error:
        raise BadWeights(
            f"{name} holds a graph that pinxit did not write and does not run: it may read other files, or never end"
        ) from error
    return card, graphs


def _unzipped(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return card and graphs, unchecked; raises anything for broken bytes."""
    end = data[-22:]  # of a zip without a comment; its directory has some 60 bytes for each file
    if not end.startswith(b"PK\5\6") or int.from_bytes(end[12:16], "little") > 4096 or data[-42:-38] == b"PK\6\7":
        raise ValueError("no zip, a larger one than a network needs, or one of more than 4 GB")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not plain or sum(entry.file_size for entry in entries) > len(data):
            raise ValueError("compressed")
        if archive.getinfo(CARD).file_size > CARD_BYTES:
            raise ValueError("a card of megabytes")
        card = json.loads(archive.read(CARD))
        parts = (ENCODER, PAINTER) if card.setdefault("kind", ANY) == ANY else (PAINTER,)
        return card, {part: archive.read(part) for part in parts}


def _check_card(card: dict[str, Any]) -> None:
    """Raise `ValueError`, or what wrong types raise, for a card whose values are out of their ranges."""
    shape = card.get("shape", {}).values()
    lists = [[card["levels"]], *(value if isinstance(value, list) else [value] for value in shape)]
    sizes = [card["channels"], card["code"], *(number for numbers in lists for number in numbers)]
    if not all(type(size) is int and 0 <= size <= 65_536 for size in sizes) or max(map(len, lists)) > MOST_LEVELS:
        raise ValueError("sizes")
    if not (1 <= card["levels"] <= MOST_LEVELS and card["channels"] and card["code"]):
        raise ValueError("levels")
    styles = card["styles"] if card["kind"] == TRAINED else []
    if card["kind"] == TRAINED and not 1 <= len(styles) == card["code"] - 1 < MOST_STYLES:
        raise ValueError("styles")
    for style in styles:
        facts = [value for key, value in style.items() if key != "thumbnail"]
        if not (NAME.fullmatch(style["name"]) and re.fullmatch("[0-9a-f]{64}", style["sha256"])):
            raise ValueError("names")
        if len(style["thumbnail"].encode()) > THUMBNAIL_BYTES or not all(map(_is_fact, facts)):
            raise ValueError("facts")
    each = card.get("scores", {}).get("each", {})
    if not all(_is_fact(value) and 0 <= value < 1e6 for scores in each.values() for value in scores.values()):
        raise ValueError("scores")


def _is_fact(value: object) -> bool:
    """Return whether a value is nothing, a number, or a text of one line."""
    if type(value) is str:
        return len(value) <= 1000 and value.isprintable()
    return value is None or (isinstance(value, int | float) and abs(value) < 1e15)


def _checksums(graphs: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(graph).hexdigest() for name, graph in graphs.items()}
