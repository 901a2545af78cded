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
import zipfile
from pathlib import Path
from typing import Any

from pinxit.config.options import Limits
from pinxit.errors import BadWeights
from pinxit.files.reading import read_file

FORMAT = 2
CARD, ENCODER, PAINTER = "card.json", "encoder.onnx", "painter.onnx"
ANY, TRAINED = "any", "taught"
"""Kinds of networks, as cards say them: for any style, or for trained styles. A card without a kind is of the first."""
ENDING = ".pinxit"
CURE = "export it again, or give another file"


def read_bytes(path: Path) -> bytes:
    """Return the content of a network's file; raises `NotFound`, `BadWeights` for one too large or unreadable."""
    limit = Limits().weights_bytes
    too_large = BadWeights(f"{path.name} is larger than {limit:,} bytes, so it is not a network of pinxit")
    return read_file(path, limit, "a network", BadWeights, too_large)


def dump(card: dict[str, Any], graphs: dict[str, bytes]) -> bytes:
    """Return the file of a network; format and checksums are added to its card. Equal networks give equal bytes."""
    complete = {"format": FORMAT, **card, "sha256": _checksums(graphs)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {CARD: json.dumps(complete, indent=2, ensure_ascii=False).encode(), **graphs}.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time
    return buffer.getvalue()


def load(data: bytes, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the card and the graphs of a network's file; raises `BadWeights`. ``name`` is for messages."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries.values())
            if not plain or sum(entry.file_size for entry in entries.values()) > len(data):
                raise BadWeights(f"{name} is not a network of pinxit: {CURE}")
            card = json.loads(archive.read(CARD))
            kind = card.setdefault("kind", ANY)
            graphs = {part: archive.read(part) for part in ((ENCODER, PAINTER) if kind == ANY else (PAINTER,))}
        readable = card["format"] == FORMAT and all(type(card[key]) is int for key in ("levels", "channels"))
        readable = readable and (kind == ANY or (kind == TRAINED and _has_styles(card)))
        checksums = {part: card["sha256"][part] for part in graphs}
    except BadWeights:
        raise
    except Exception as error:  # zipfile and JSON raise a dozen types for broken bytes
        raise BadWeights(f"{name} is damaged, or not a network of pinxit: {CURE}") from error
    if not readable:
        raise BadWeights(f"{name} is a network of another version of pinxit: {CURE}")
    if checksums != _checksums(graphs):
        raise BadWeights(f"{name} is damaged: {CURE}")
    return card, graphs


def _checksums(graphs: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(graph).hexdigest() for name, graph in graphs.items()}


def _has_styles(card: dict[str, Any]) -> bool:
    styles = card["styles"]
    texts = all(type(each[key]) is str for each in styles for key in ("name", "sha256", "thumbnail"))
    return bool(styles) and texts and card["code"] == len(styles) + 1
