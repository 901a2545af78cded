"""What a batch paints: the pictures of a folder, a pattern or a list."""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pinxit.batch.storage import Storage
from pinxit.config.options import METHOD_OPTIONS, Look
from pinxit.config.spec import Options, Value, specs
from pinxit.errors import BadImage, BadOption, NotFound, nearest
from pinxit.images.sources import SUFFIXES

LISTS = (".txt", ".csv", ".parquet")
LIST_BYTES = 2**30
"""Most bytes of a list."""
PATH, STYLE = "path", "style"
"""Columns of a list; the others are options."""


@dataclass(frozen=True, slots=True)
class Item:
    """A picture to paint."""

    url: str
    key: str
    """Its name within the source, by which its paintings are named: ``shoes/001.jpg``."""
    etag: str = ""
    """See `Found`; '' where it was not listed."""
    style: str = ""
    """A style of its own, in place of the batch's."""
    options: dict[str, Value] = field(default_factory=dict)
    """Options of its own."""


def read_items(source: str) -> Iterator[Item]:
    """Yield the pictures of a folder, a pattern, a list (.txt, .csv or .parquet), or one picture.

    Raises `NotFound` for one that is missing, `BadImage` for a folder without pictures, `BadOption` for a list with
    unknown columns.
    """
    storage = Storage(source)
    if storage.path.lower().endswith(LISTS):
        return _listed(storage)
    return _pictures(storage)


def _pictures(storage: Storage) -> Iterator[Item]:
    folder = storage.path.partition("*")[0].rpartition("/")[0] if "*" in storage.path else storage.path
    count = 0
    for file in storage.find(storage.path):
        if file.path.lower().endswith(tuple(SUFFIXES)) and "/_pinxit/" not in file.path:
            count += 1
            key = file.path.removeprefix(folder).lstrip("/") or os.path.basename(file.path)
            yield Item(storage.named(file.path), key, file.etag)
    if not count and "*" not in storage.path and not storage.system.exists(storage.path):
        raise NotFound(f"{storage.path!r} does not exist: check its name")
    if not count:
        raise BadImage(f"{storage.path!r} has no pictures in it")


def _listed(storage: Storage) -> Iterator[Item]:
    folder = storage.path.rpartition("/")[0]
    for row in _rows(storage):
        name = str(row.get(PATH) or "").strip()
        if not name:
            continue
        absolute = "://" in name or name.startswith("/")
        url = name if absolute else storage.named(f"{folder}/{name}")
        key = "/".join(part for part in name.split("://")[-1].split("/") if part not in ("", ".", ".."))
        options = {column: value for column in row if (value := _value(column, row[column])) is not None}
        yield Item(url, key, style=str(row.get(STYLE) or ""), options=options)


def _rows(storage: Storage) -> Iterator[Mapping[str, object]]:
    if storage.path.lower().endswith(".parquet"):
        import pyarrow.parquet as parquet

        with storage.system.open(storage.path, "rb") as file:
            for batch in parquet.ParquetFile(file).iter_batches():
                yield from batch.to_pylist()
        return
    text = storage.read(storage.path, LIST_BYTES).decode("utf-8-sig")
    if storage.path.lower().endswith(".txt"):
        yield from ({PATH: line} for line in text.splitlines())
    else:
        yield from csv.DictReader(io.StringIO(text))


_CLASSES: tuple[type[Options], ...] = (Look, *METHOD_OPTIONS.values())
_KINDS = {name: field.kind for cls in _CLASSES for name, field in specs(cls).items()}


def _value(column: str, value: object) -> Value | None:
    """Return a cell as the option's type; None for an empty one, and where the column is no option."""
    if column in (PATH, STYLE):
        return None
    if column not in _KINDS:
        raise BadOption(f"the list has an unknown column {column!r}{nearest(column, [PATH, STYLE, *_KINDS])}")
    if value is None or value == "":
        return None
    try:
        made: Value = _KINDS[column](value)
    except (TypeError, ValueError) as error:
        raise BadOption(f"the list says {column} = {value!r}, which is no {_KINDS[column].__name__}") from error
    return made
