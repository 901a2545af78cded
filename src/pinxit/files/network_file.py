"""The file of a one-pass network: a plain zip, nothing in it compressed, of a card and ONNX graphs.

::

    card.json       format, kind, sizes, the sha256 of every graph, and what the network was taught
    encoder.onnx    style (1, 3, h, w) -> code (1, code); only where the network paints any style
    painter.onnx    see `pinxit.training.export.onnx_graph.painter_model`

A network of trained styles has no encoder: a code is there a share for each row of ``styles`` in its card, and last one
for the photo as it is. The card has the sha256 of all graphs, so that a damaged file is found before it paints.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from pinxit.config.options import Limits
from pinxit.errors import BadWeights, NotFound

FORMAT = 2
CARD, ENCODER, PAINTER = "card.json", "encoder.onnx", "painter.onnx"
ANY, TRAINED = "any", "taught"
"""Kinds of networks: for any style, or for those that it was taught. A card without a kind is of the first."""
ENDING = ".pinxit"
CURE = "export it again, or give another file"


def read_bytes(path: Path) -> bytes:
    """Return what a network's file holds.

    Raises `NotFound`, and `BadWeights` for a file that is too large or may not be read.
    """
    try:
        size = path.stat().st_size
        if size > Limits().weights_bytes:
            raise BadWeights(f"{path.name} is larger than {Limits().weights_bytes:,} bytes, so no network of pinxit's")
        return path.read_bytes()
    except IsADirectoryError as error:
        raise BadWeights(f"{path.name or path} is a folder, not a network; name a file in it") from error
    except PermissionError as error:
        raise BadWeights(f"{path.name} may not be read: change its permissions") from error
    except (OSError, ValueError) as error:
        raise NotFound(f"no network {path.name!r}: give the name of a file that pinxit exported") from error


def packed(card: dict[str, Any], graphs: dict[str, bytes]) -> bytes:
    """Return the file of a network; its card gets format and checksums. The same network gives the same bytes."""
    whole = {
        "format": FORMAT,
        **card,
        "sha256": {name: hashlib.sha256(graph).hexdigest() for name, graph in graphs.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {CARD: json.dumps(whole, indent=2, ensure_ascii=False).encode(), **graphs}.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # no time in it
    return buffer.getvalue()


def parts(data: bytes, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the card and the graphs, whole, of a network's file; ``name`` is for messages.

    Raises `BadWeights`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries.values())
            if not plain or sum(entry.file_size for entry in entries.values()) > len(data):
                raise BadWeights(f"{name} is no network of pinxit's: {CURE}")
            card = json.loads(archive.read(CARD))
            kind = card.setdefault("kind", ANY)
            graphs = {part: archive.read(part) for part in ((ENCODER, PAINTER) if kind == ANY else (PAINTER,))}
        own = card["format"] == FORMAT and all(type(card[key]) is int for key in ("levels", "channels"))
        own = own and (kind == ANY or (kind == TRAINED and _has_styles(card)))
        sums = [card["sha256"][part] for part in graphs]
    except BadWeights:
        raise
    except Exception as error:  # zipfile and JSON raise a dozen types for broken bytes
        raise BadWeights(f"{name} is damaged, or no network of pinxit's: {CURE}") from error
    if not own:
        raise BadWeights(f"{name} is a network of another version of pinxit: {CURE}")
    if sums != [hashlib.sha256(graph).hexdigest() for graph in graphs.values()]:
        raise BadWeights(f"{name} is damaged: {CURE}")
    return card, graphs


def _has_styles(card: dict[str, Any]) -> bool:
    styles = card["styles"]
    texts = all(type(each[key]) is str for each in styles for key in ("name", "sha256", "thumbnail"))
    return bool(styles) and texts and card["code"] == len(styles) + 1
